import { chmod, link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { statOwn } from '../own-file.ts';

const OWNER_ONLY = 0o600;

/**
 * A secret's text, or null where there is no file. FILE_NOT_OURS for a symbolic link, anything but a plain
 * file, or somebody else's; DEVICE_FILE_UNUSABLE when it cannot be read. Permissions that let others read are
 * narrowed to 0600.
 */
export async function readPrivateFile(file: string): Promise<Result<string | null>> {
  const refusal = await checkOwn(file);
  if (refusal) return err(refusal);
  try {
    const text = await readFile(file, 'utf8');
    if (process.platform !== 'win32') await chmod(file, OWNER_ONLY);
    return ok(text);
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return ok(null);
    return err(unusable(file, thrown));
  }
}

/** Replaces the file as a whole, 0600. The same refusals as {@link readPrivateFile}. */
export async function writePrivateFile(file: string, text: string): Promise<Result<void>> {
  const refusal = await checkOwn(file);
  if (refusal) return err(refusal);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, text, { mode: OWNER_ONLY });
    return ok(undefined);
  } catch (thrown) {
    return err(unusable(file, thrown));
  }
}

/**
 * Writes the file unless there is one already: of two processes that start together one wins and the other is
 * told `exists`. Atomic, 0600.
 */
export async function createPrivateFile(file: string, text: string): Promise<Result<'created' | 'exists'>> {
  const draft = `${file}.${process.pid}-${crypto.randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode: OWNER_ONLY, flag: 'wx', flush: true });
    try {
      await link(draft, file);
      return ok('created');
    } finally {
      await unlink(draft);
    }
  } catch (thrown) {
    if (errno(thrown) === 'EEXIST') return ok('exists');
    // A file system without hard links: there the last of two writers wins.
    if (['EPERM', 'ENOTSUP', 'ENOSYS'].includes(errno(thrown))) {
      const written = await writePrivateFile(file, text);
      return written.ok ? ok('created') : written;
    }
    return err(unusable(file, thrown));
  }
}

/** Renames a damaged file to `<file>.broken-<epoch ms>`, so that nothing is lost. */
export async function setAside(file: string, nowMs: number): Promise<Result<string>> {
  const kept = `${file}.broken-${nowMs}`;
  try {
    await rename(file, kept);
    return ok(kept);
  } catch (thrown) {
    return err(unusable(file, thrown));
  }
}

async function checkOwn(file: string): Promise<AppError | null> {
  try {
    await statOwn(file);
    return null;
  } catch (thrown) {
    return thrown instanceof AppErrorException ? thrown.error : unusable(file, thrown);
  }
}

function unusable(file: string, thrown: unknown): AppError {
  const reason = errno(thrown) || 'unknown';
  return appError('DEVICE_FILE_UNUSABLE', reason, { details: { file, reason } });
}

function errno(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? '';
}
