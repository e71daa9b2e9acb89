import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { statOwn } from '../own-file.ts';

/** A file as it is: its bytes and its permissions. */
export type FileState = { readonly bytes: Buffer; readonly mode: number };

/** Of a change that is compared with what is on the disk. */
export function digestOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
}

/** Whether anything is there, a link that leads nowhere included. Never rejects. */
export function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Null where there is none. Rejects as {@link statOwn} does. */
export async function readOwned(file: string): Promise<FileState | null> {
  const stats = await statOwn(file);
  return stats && { bytes: await readFile(file), mode: stats.mode & 0o777 };
}

/**
 * Puts `after` in the place of `before` (null: no file) as a whole: by a rename, or by removing it. Rejects with TUNNEL_PLAN_STALE
 * where something else is there by now. Answers the directories that it made, the outermost first.
 */
export async function replaceOwned(
  file: string,
  before: Buffer | null,
  after: FileState | null,
): Promise<string[]> {
  const stale = () =>
    new AppErrorException(appError('TUNNEL_PLAN_STALE', 'changed meanwhile', { details: { file } }));
  const isAsExpected = async () => digestOf((await readOwned(file))?.bytes ?? null) === digestOf(before);
  if (!(await isAsExpected())) throw stale();
  if (after === null) {
    await rm(file, { force: true });
    return [];
  }
  const made = await makeDirectories(dirname(file));
  const draft = `${file}.${process.pid}-${crypto.randomUUID()}.tmp`;
  const handle = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, after.mode);
  try {
    await handle.writeFile(after.bytes);
    // The umask may have taken bits away.
    await handle.chmod(after.mode);
    await handle.sync();
    if (!(await isAsExpected())) throw stale();
    await rename(draft, file);
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  return made;
}

/** Answers those that were not there, the outermost first. */
export async function makeDirectories(dir: string): Promise<string[]> {
  const outermost = await mkdir(dir, { recursive: true, mode: 0o700 });
  const made: string[] = [];
  for (let at = dir; outermost !== undefined && at.length >= outermost.length; at = dirname(at))
    made.unshift(at);
  return made;
}

/** Removes those that are empty, the innermost first. Never rejects. */
export async function removeDirectories(made: readonly string[]): Promise<void> {
  for (const dir of made.toReversed()) await rmdir(dir).catch(() => undefined);
}
