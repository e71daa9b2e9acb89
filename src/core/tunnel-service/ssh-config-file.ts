import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { diskCause } from '../disk-cause.ts';
import type { Exec } from '../ssh/config.ts';
import { includedFiles, userConfigFile } from '../ssh/config-file.ts';
import { parseSshDump, type SshKeywords } from '../ssh/config-keywords.ts';
import { type FileState, readOwned } from './owned-file.ts';
import { findBlock, hostLinesOf, includesOf } from './ssh-config-text.ts';

export type SshTools = {
  /** The system's ssh, absolute. */
  readonly ssh: string;
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
};

/** The person's configuration; `problem` says why Chela leaves it alone. */
export type SshConfigFile = {
  readonly file: string;
  /** Null where there is none, or it cannot be read. */
  readonly state: FileState | null;
  /** Its bytes, one a character; empty where there is none. */
  readonly text: string;
  readonly problem: AppError | null;
};

/** Never rejects. */
export async function readSshConfig(homeDir: string): Promise<SshConfigFile> {
  const file = userConfigFile(homeDir);
  const refused = (details: Record<string, string>): SshConfigFile => ({
    file,
    state: null,
    text: '',
    problem: appError('SSH_CONFIG_UNWRITABLE', details.cause ?? 'unknown', { details: { file, ...details } }),
  });
  try {
    const state = await readOwned(file);
    if (state === null) return { file, state, text: '', problem: null };
    const text = state.bytes.toString('latin1');
    // Who took the right to write away meant it, although a rename would still do.
    if ((state.mode & 0o200) === 0) return { ...refused({ cause: 'readOnlyFile' }), state, text };
    if (findBlock(text).tag === 'broken') return { ...refused({ cause: 'brokenMark' }), state, text };
    return { file, state, text, problem: null };
  } catch (thrown) {
    if (thrown instanceof AppErrorException) {
      // What a link leads to is what `ssh` reads.
      const text = await readFile(file, 'latin1').catch(() => '');
      return { ...refused({ cause: await whyNotOurs(file) }), text };
    }
    const reason = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
    return refused({ reason, ...diskCause(reason) });
  }
}

async function whyNotOurs(file: string): Promise<'link' | 'foreign' | 'notAFile'> {
  const stats = await lstat(file).catch(() => null);
  if (stats?.isSymbolicLink()) return 'link';
  return stats?.isFile() ? 'foreign' : 'notAFile';
}

/**
 * What `ssh` would make of a target if `text` were the person's configuration. Rejects with SSH_CONFIG_UNWRITABLE (`invalid`) where
 * it does not understand it, and with OPENSSH_MISSING where it does not run.
 */
export async function dumpWith(tools: SshTools, text: string, target: SshTarget): Promise<SshKeywords> {
  return withConfig(tools, text, async (configFile) => {
    const args = ['-G', '-N', '-F', configFile];
    if (target.port !== undefined) args.push('-p', String(target.port));
    if (target.user !== undefined) args.push('-l', target.user);
    const { exec, env, homeDir } = tools;
    const outcome = await exec(tools.ssh, [...args, '--', target.host], { timeoutMs: 5000, env });
    if (outcome.kind !== 'exited') {
      throw new AppErrorException(
        appError('OPENSSH_MISSING', outcome.kind, { details: { program: tools.ssh } }),
      );
    }
    if (outcome.code === 0) return parseSshDump(outcome.stdout);
    const file = userConfigFile(homeDir);
    const line = brief(outcome.stderr.split('\n')[0]?.replaceAll(configFile, file) ?? '');
    const details = { file, cause: 'invalid', line };
    throw new AppErrorException(appError('SSH_CONFIG_UNWRITABLE', line, { details }));
  });
}

/** Runs with a file that holds `text` and what the system's own configuration adds, which `ssh -F` leaves out. */
export async function withConfig<T>(
  { env, homeDir, platform }: Pick<SshTools, 'env' | 'homeDir' | 'platform'>,
  text: string,
  run: (configFile: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'chela-ssh-'));
  try {
    const configFile = join(dir, 'config');
    const isOwnHome = homeDir === userInfo().homedir;
    const system = isOwnHome ? await systemConfig(platform, env) : null;
    const tail =
      system === null ? '' : `${text === '' || text.endsWith('\n') ? '' : '\n'}Host *\nInclude "${system}"\n`;
    await writeFile(configFile, Buffer.from(text + tail, 'latin1'), { mode: 0o600 });
    return await run(configFile);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function systemConfig(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Promise<string | null> {
  const file =
    platform === 'win32'
      ? `${(env.PROGRAMDATA ?? 'C:\\ProgramData').replaceAll('\\', '/')}/ssh/ssh_config`
      : '/etc/ssh/ssh_config';
  return readFile(file).then(
    () => file,
    () => null,
  );
}

export type ForeignHost = { readonly file: string; readonly line: number };

const maxDepth = 16;

/** The first Host line that names one of `aliases` and is not in our block, in the file or in what it includes. */
export async function findForeignHost(
  config: SshConfigFile,
  homeDir: string,
  alias: string,
): Promise<ForeignHost | null> {
  const found = findBlock(config.text);
  // Blank lines in its place, so that the numbers stay those of the file.
  const bare =
    found.tag === 'block'
      ? config.text.slice(0, found.start) + found.text.replace(/[^\n]/g, '') + config.text.slice(found.end)
      : config.text;
  return searchHost(config.file, bare, homeDir, alias, 0);
}

async function searchHost(
  file: string,
  text: string,
  homeDir: string,
  alias: string,
  depth: number,
): Promise<ForeignHost | null> {
  const wanted = alias.toLowerCase();
  const own = hostLinesOf(text).find(({ patterns }) => patterns.some((one) => one.toLowerCase() === wanted));
  if (own) return { file, line: own.line };
  if (depth === maxDepth) return null;
  for (const include of includesOf(text)) {
    for (const included of await includedFiles(`"${include}"`, homeDir)) {
      const inside = await readFile(included, 'latin1').catch(() => null);
      const found = inside === null ? null : await searchHost(included, inside, homeDir, alias, depth + 1);
      if (found) return found;
    }
  }
  return null;
}

/** `remote-gateway-2` and so on, the first that nobody has. */
export async function freeAlias(config: SshConfigFile, homeDir: string, alias: string): Promise<string> {
  for (let number = 2; ; number += 1) {
    const candidate = `${alias}-${number}`;
    if ((await findForeignHost(config, homeDir, candidate)) === null) return candidate;
  }
}
