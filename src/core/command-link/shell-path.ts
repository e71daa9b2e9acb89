import { spawn } from 'node:child_process';

const PATIENCE_MS = 3000;

/** Says the PATH of a person's shell, where this process has another one; undefined where that is not known. */
export type ShellPath = () => Promise<string | undefined>;

/** The environment with what `shellPath` says. */
export async function withShellPath<Env extends Readonly<Record<string, string | undefined>>>(
  env: Env,
  shellPath: ShellPath | undefined,
): Promise<Env> {
  const path = await shellPath?.();
  return path === undefined ? env : { ...env, PATH: path };
}

/**
 * The PATH that a terminal would have: an app that was not started from one gets the system's shortest. Undefined where the
 * shell does not say. Never rejects.
 */
export function askShellForPath(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  const shell = env.SHELL;
  if (platform === 'win32' || !shell) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let said = '';
    // A session of its own: an interactive shell would take the terminal from whoever has it.
    const child = spawn(shell, ['-ilc', 'printenv PATH'], {
      env: { ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', () => resolve(undefined));
    // Not `close`: what a start-up file left running may hold the pipe.
    child.once('exit', (code) => {
      setImmediate(() => {
        // Whatever the start-up files print comes before.
        resolve(code === 0 ? said.trimEnd().split('\n').at(-1) || undefined : undefined);
        child.stdout.destroy();
      });
    });
  });
}
