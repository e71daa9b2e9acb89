import { constants, type Stats } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import { type AppError, AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { diskCause } from '../disk-cause.ts';
import { isAlive } from '../is-alive.ts';
import { statOwn } from '../own-file.ts';

/** As many as upstream keeps: `.bak`, `.bak.1` … `.bak.4`. */
const BACKUPS = 5;
const OWNER_ONLY = 0o600;

/** What is used of `node:fs/promises`; an argument, so that tests can have a full disk. */
export type WriteFs = Pick<typeof nodeFs, 'mkdir' | 'open' | 'readFile' | 'rename' | 'rm'> & {
  lstat(path: string): Promise<Stats>;
  readdir(path: string): Promise<string[]>;
};

/** The text to write when `current` (null: no file) is what is there now; called under the lock, perhaps twice. */
export type Decide = (current: string | null) => Result<string>;

/**
 * Replaces a file as a whole, 0600, and keeps what was there as `<file>.bak`. Our own processes wait for each other
 * (a lock file beside it); that somebody else has written meanwhile is noticed up to the moment of the rename, and `decide` is asked
 * again. On an error nothing has changed: FILE_NOT_OURS (a link, another owner), CONFIG_BUSY, CONFIG_CONFLICT,
 * CONFIG_UNWRITABLE, or what `decide` said.
 */
export async function writeCarefully(
  file: string,
  decide: Decide,
  fs: WriteFs = nodeFs,
): Promise<Result<{ written: boolean }>> {
  let release: () => Promise<void>;
  try {
    await fs.mkdir(dirname(file), { recursive: true, mode: 0o700 });
    release = await takeLock(file);
  } catch (thrown) {
    return err(failure(file, thrown));
  }
  try {
    await sweep(file, fs);
    // A program without our lock may write at any time; once is bad luck, again and again is a fight.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const done = await attemptWrite(file, decide, fs);
      if (done !== 'changed') return ok({ written: done === 'written' });
    }
    return err(appError('CONFIG_CONFLICT', 'it keeps changing', { details: { file } }));
  } catch (thrown) {
    return err(failure(file, thrown));
  } finally {
    await release().catch(() => undefined);
  }
}

/** The text of our own plain file; null where there is none. Rejects with {@link AppErrorException} for anything else. */
export async function readOwnFile(file: string, fs: WriteFs = nodeFs): Promise<string | null> {
  return (await statOwn(file, fs)) && fs.readFile(file, 'utf8');
}

async function attemptWrite(
  file: string,
  decide: Decide,
  fs: WriteFs,
): Promise<'written' | 'unchanged' | 'changed'> {
  const current = await readOwnFile(file, fs);
  const decided = decide(current);
  if (!decided.ok) throw new AppErrorException(decided.error);
  if (decided.value === current) return 'unchanged';
  const draft = draftOf(file);
  const backup = `${draft}.bak`;
  try {
    await stage(draft, decided.value, fs);
    if (current !== null) await stage(backup, current, fs);
    if ((await readOwnFile(file, fs)) !== current) return 'changed';
    if (current !== null) await rotate(file, backup, fs);
    await fs.rename(draft, file);
    return 'written';
  } finally {
    await fs.rm(draft, { force: true });
    await fs.rm(backup, { force: true });
  }
}

const draftOf = (file: string) => `${file}.${process.pid}-${crypto.randomUUID()}.tmp`;
const DRAFT = /^\.(\d+)-[\da-f-]{36}\.tmp(?:\.bak)?$/;

/** Drafts hold secrets, and a process that was killed leaves its own behind. Never rejects. */
async function sweep(file: string, fs: WriteFs): Promise<void> {
  const [folder, name] = [dirname(file), basename(file)];
  for (const found of await fs.readdir(folder).catch(() => [])) {
    const pid = found.startsWith(name) ? DRAFT.exec(found.slice(name.length))?.[1] : undefined;
    if (pid === undefined || isAlive(Number(pid))) continue;
    await fs.rm(join(folder, found), { force: true }).catch(() => undefined);
  }
}

/** On the disk before anything else is touched: a full disk shows here. */
async function stage(path: string, text: string, fs: WriteFs): Promise<void> {
  const handle = await fs.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function rotate(file: string, newest: string, fs: WriteFs): Promise<void> {
  const name = (index: number) => (index === 0 ? `${file}.bak` : `${file}.bak.${index}`);
  for (let index = BACKUPS - 1; index > 0; index -= 1) {
    await fs.rename(name(index - 1), name(index)).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ENOENT') throw thrown;
    });
  }
  await fs.rename(newest, name(0));
}

function takeLock(file: string): Promise<() => Promise<void>> {
  return lock(file, {
    realpath: false,
    lockfilePath: `${file}.chela-lock`,
    stale: 10_000,
    retries: { retries: 60, minTimeout: 20, maxTimeout: 200, factor: 1.5, randomize: true },
    // The compromise of a lock ends nothing: what is there is compared once more before the rename.
    onCompromised: () => undefined,
  });
}

function failure(file: string, thrown: unknown): AppError {
  if (thrown instanceof AppErrorException) return thrown.error;
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ELOCKED') return appError('CONFIG_BUSY', 'locked', { details: { file } });
  if (code === undefined) return toAppError(thrown);
  return appError('CONFIG_UNWRITABLE', code, { details: { file, reason: code, ...diskCause(code) } });
}
