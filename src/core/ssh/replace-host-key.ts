import { lstat, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { errnoOf, FileProblem } from './file-problem.ts';
import { knownAs } from './host-key-check.ts';
import { formatKnownHostLine, knownHostName, matchesHost, parseKnownHostLine } from './known-hosts.ts';
import { type KnownHostsFiles, knownHostsUnwritable } from './known-hosts-file.ts';

export type HostKeyReplacement = {
  readonly host: string;
  readonly port: number;
  readonly hostKeyAlias?: string | null | undefined;
  readonly files: KnownHostsFiles;
  /** As the person saw it; a `key` of another type is refused. */
  readonly keyType: string;
  /** The public key blob to trust from now on. */
  readonly key: Buffer;
};

/**
 * Forgets all keys of exactly this host in the user's files, as `ssh-keygen -R` does, and adds the new one to the
 * first. Lines of several hosts lose only this name; a wildcard that covers it gets an exception (`!name`);
 * `@revoked` and `@cert-authority` lines and all other bytes stay. Each changed file is kept as `<file>.old`, written
 * at once (rename) and keeps its mode. Nothing is changed on an error: KNOWN_HOSTS_UNWRITABLE, also where the old
 * key stands in a system file, which is not ours to change.
 */
export async function replaceHostKey(replacement: HostKeyReplacement): Promise<Result<void>> {
  const { host, port, files, key } = replacement;
  const name = knownAs(host, port, replacement.hostKeyAlias ?? null);
  const known = knownHostName(name.host, name.port);
  const line = formatKnownHostLine(name.host, name.port, key);
  if (line.split(' ')[1] !== replacement.keyType) {
    return err(toAppError(new Error(`the key is not of type ${replacement.keyType}`)));
  }
  let current = files.user[0] ?? '';
  try {
    if (files.user.length === 0) throw new FileProblem('noFile');
    for (const file of files.system) {
      current = file;
      const text = await readBytes(file).catch(() => '');
      if (removeHost(text, known) !== text) throw new FileProblem('systemFile');
    }
    const changes: { file: string; before: string; after: string }[] = [];
    for (const [index, file] of files.user.entries()) {
      current = file;
      const before = await readBytes(await behind(file));
      const removed = removeHost(before, known);
      const after = index === 0 ? withLine(removed, line) : removed;
      if (after !== before) changes.push({ file, before, after });
    }
    for (const { file, before, after } of changes) {
      current = file;
      const real = await behind(file);
      const mode = await modeOf(real);
      await rm(`${file}.old`, { force: true });
      if (mode !== null) await writeFile(`${file}.old`, before, { encoding: 'latin1', mode, flag: 'wx' });
      else await mkdir(dirname(real), { recursive: true, mode: 0o700 });
      await writeFileAtomic(real, Buffer.from(after, 'latin1'), { mode: mode ?? 0o600 });
    }
    return ok(undefined);
  } catch (error) {
    return err(toAppError(knownHostsUnwritable(current, error)));
  }
}

/** The text without this host. `name` as known_hosts writes it. */
function removeHost(text: string, name: string): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const rest = lineWithout(line, name);
      return rest === null ? [] : [rest];
    })
    .join('\n');
}

/** The same line, a shorter one, or null when it was about this host alone. */
function lineWithout(line: string, name: string): string | null {
  const entry = parseKnownHostLine(line);
  if (entry === null || entry.marker !== 'none' || !matchesHost(entry.hosts, name)) return line;
  if (entry.hosts.kind === 'hashed') return null;
  const [, indent = '', field = '', rest = ''] = /^(\s*)(\S+)([\s\S]*)$/.exec(line) ?? [];
  const others = field.split(',').filter((pattern) => pattern.toLowerCase() !== name);
  const isStillMatched = matchesHost(
    { kind: 'plain', patterns: others.map((one) => one.toLowerCase()) },
    name,
  );
  const kept = isStillMatched ? [...others, `!${name}`] : others;
  const hasHost = kept.some((pattern) => pattern !== '' && !pattern.startsWith('!'));
  return hasHost ? `${indent}${kept.join(',')}${rest}` : null;
}

function withLine(text: string, line: string): string {
  const newline = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${newline}${line}\n`;
}

/** As latin1, in which every byte is one character and comes back as it was. Empty for a missing file. */
async function readBytes(file: string): Promise<string> {
  try {
    const info = await stat(file);
    if (!info.isFile()) throw new FileProblem('notAFile');
    return await readFile(file, 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The file itself, or the plain file of this user behind a symbolic link. */
async function behind(file: string): Promise<string> {
  try {
    if (!(await lstat(file)).isSymbolicLink()) return file;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return file;
    throw error;
  }
  const real = await realpath(file);
  const isOurs = process.getuid === undefined || (await stat(real)).uid === process.getuid();
  if (!isOurs) throw new FileProblem('foreignLink');
  return real;
}

async function modeOf(file: string): Promise<number | null> {
  return stat(file).then(
    (info) => info.mode & 0o777,
    () => null,
  );
}
