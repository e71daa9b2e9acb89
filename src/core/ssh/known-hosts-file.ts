import { constants } from 'node:fs';
import { lstat, mkdir, open, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { errnoOf, FileProblem } from './file-problem.ts';
import { formatKnownHostLine, type KnownHostEntry, parseKnownHosts } from './known-hosts.ts';

export type KnownHostsFiles = {
  /** The first is the one that new lines go to. */
  readonly user: readonly string[];
  /** Read only, and skipped where they can't be read, as `ssh` does. */
  readonly system: readonly string[];
};

/** The files that OpenSSH reads when nothing is configured. Source: ssh_config(5). */
export function defaultKnownHostsFiles(homeDir: string, env: NodeJS.ProcessEnv = {}): KnownHostsFiles {
  const system =
    process.platform === 'win32' ? join(env.ProgramData ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  return {
    user: [join(homeDir, '.ssh', 'known_hosts'), join(homeDir, '.ssh', 'known_hosts2')],
    system: [join(system, 'ssh_known_hosts'), join(system, 'ssh_known_hosts2')],
  };
}

/**
 * All entries, the user's first. A missing file is an empty one. A file of the user that is there but can't be
 * read is an error (KNOWN_HOSTS_UNWRITABLE): going on would ask about a host that is known, or was revoked.
 */
export async function readKnownHosts(files: KnownHostsFiles): Promise<KnownHostEntry[]> {
  const entries: KnownHostEntry[] = [];
  for (const file of files.user) {
    try {
      entries.push(...parseKnownHosts(await readPlainFile(file), file));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw knownHostsUnwritable(file, error);
    }
  }
  for (const file of files.system) {
    const text = await readPlainFile(file).catch(() => '');
    entries.push(...parseKnownHosts(text, file));
  }
  return entries;
}

/**
 * Adds one line and touches nothing else: existing lines, mode and owner stay. A new file gets 0600, a new
 * directory 0700. Where known_hosts is a symbolic link (dotfile set-ups), the line goes to the plain file
 * behind it, if that belongs to this user. Throws KNOWN_HOSTS_UNWRITABLE.
 */
export async function appendKnownHost(file: string, host: string, port: number, key: Buffer): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const linked = await isSymbolicLink(file);
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    // Without O_NONBLOCK, opening a FIFO would wait for its other end.
    const handle = await open(
      linked ? await realpath(file) : file,
      flags | (constants.O_NONBLOCK ?? 0),
      0o600,
    );
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw new FileProblem('notAFile');
      const isOurs = process.getuid === undefined || info.uid === process.getuid();
      if (linked && !isOurs) throw new FileProblem('foreignLink');
      const newline = info.size > 0 && (await lastByte(handle, info.size)) !== 0x0a ? '\n' : '';
      // One write on an O_APPEND handle: a line that `ssh` adds at the same moment is not torn.
      await handle.write(`${newline}${formatKnownHostLine(host, port, key)}\n`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw knownHostsUnwritable(file, error);
  }
}

async function isSymbolicLink(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isSymbolicLink();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function lastByte(handle: Awaited<ReturnType<typeof open>>, size: number): Promise<number | undefined> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0];
}

/** Empty for a device such as /dev/null, which people link known_hosts to. */
async function readPlainFile(file: string): Promise<string> {
  const info = await stat(file);
  if (info.isDirectory()) throw new FileProblem('notAFile');
  return info.isFile() ? readFile(file, 'utf8') : '';
}

const problems: Record<string, string> = {
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EISDIR: 'notAFile',
  ENOTDIR: 'notAFile',
  EEXIST: 'notAFile',
  // Of realpath: every other way to here makes the file.
  ENOENT: 'danglingLink',
  EROFS: 'readOnly',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

/** For an error of the system, or a {@link FileProblem}. */
export function knownHostsUnwritable(file: string, error: unknown): AppErrorException {
  const reason = error instanceof Error ? error.message : String(error);
  const cause = error instanceof FileProblem ? error.problem : problems[errnoOf(error)];
  const details = { file, reason, ...(cause !== undefined && { cause }) };
  return new AppErrorException(appError('KNOWN_HOSTS_UNWRITABLE', `${file}: ${reason}`, { details }));
}
