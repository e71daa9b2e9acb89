import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { AppErrorException, appError } from '../../../shared/errors.ts';

export type FindSshOptions = {
  readonly platform?: NodeJS.Platform | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly isExecutable?: ((file: string) => Promise<boolean>) | undefined;
};

/**
 * Absolute path of the system's OpenSSH client: on macOS and Windows the one that the system ships, which knows the
 * keychain and the agent there; then the first on PATH. Rejects with OPENSSH_MISSING.
 */
export async function findSsh(options: FindSshOptions): Promise<string> {
  const platform = options.platform ?? process.platform;
  const isExecutable = options.isExecutable ?? canExecute;
  const { env } = options;
  const isWindows = platform === 'win32';
  const path = isWindows ? win32 : posix;
  const folders = (variableOf(env, 'PATH') ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  const root = env.SystemRoot ?? env.windir ?? 'C:\\Windows';
  const own = isWindows
    ? [win32.join(root, 'System32', 'OpenSSH')]
    : platform === 'darwin'
      ? ['/usr/bin']
      : [];
  const usual = isWindows ? [] : ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  for (const folder of [...own, ...folders, ...usual]) {
    const file = path.join(folder, isWindows ? 'ssh.exe' : 'ssh');
    if (await isExecutable(file)) return file;
  }
  throw new AppErrorException(appError('OPENSSH_MISSING', 'no ssh on PATH'));
}

/** Windows takes the names of variables in any case. */
function variableOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] ?? Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1];
}

async function canExecute(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
