import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** A running `ssh` that can't outlive this process. */
export type SshProcess = {
  /** Its stderr, as it comes. */
  onOutput(listener: (text: string) => void): void;
  /** Of a command that runs on the host. */
  onStdout(listener: (chunk: Buffer) => void): void;
  /** Once, after the last output. */
  onExit(listener: (exit: SshExit) => void): void;
  /** Asks it to end; all it started ends too. */
  end(): void;
  /** Ends it at once. */
  kill(): void;
};

export type SshExit = {
  readonly code: number | null;
  /** Set where it could not be started: ENOENT, EACCES, … */
  readonly startError: string | null;
};

export type SpawnSsh = (
  ssh: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly dir: string; readonly platform: NodeJS.Platform },
) => SshProcess;

/**
 * `exec` leaves `ssh` with the process id of the shell, and a watcher that waits on a pipe whose other end only this
 * process has. However this process ends, the pipe ends too; the watcher then removes the directory and ends the group.
 */
const watched = `
dir=$1
shift
( read -r word <&3 || { rm -rf -- "$dir"; kill -s TERM -- "-$$"; } ) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** A child of `ssh` (a ProxyCommand) may hold stderr open after it. */
const lastWordsMs = 200;

/** Spawns `ssh` in a process group of its own, so that jump hosts and askpass helpers end with it. */
export const spawnSsh: SpawnSsh = (ssh, args, { env, dir, platform }) => {
  const isWindows = platform === 'win32';
  const child = isWindows
    ? spawn(ssh, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    : spawn('/bin/sh', ['-c', watched, 'chela-ssh', dir, ssh, ...args], {
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
  const watcher = isWindows && child.pid !== undefined ? watchOnWindows(child.pid, env) : null;
  child.stdio[3]?.on('error', () => {});

  let hasExited = false;
  const signal = (name: 'SIGTERM' | 'SIGKILL') => {
    // Afterwards the number may be another's.
    if (child.pid === undefined || hasExited) return;
    try {
      if (isWindows) child.kill(name);
      else process.kill(-child.pid, name);
    } catch {
      // All of it has ended already.
    }
  };

  let takeStdout = (_chunk: Buffer) => {};
  let announce = (_exit: SshExit) => {};
  let ended: SshExit | null = null;
  const finish = (exit: SshExit) => {
    if (ended) return;
    ended = exit;
    watcher?.kill();
    announce(exit);
  };
  child.once('error', (error) => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    if (child.pid === undefined) finish({ code: null, startError: code });
  });
  child.once('exit', (code) => {
    // The watcher is still in the group, so the group's number is not anybody else's.
    signal('SIGKILL');
    hasExited = true;
    child.stdio[3]?.destroy();
    const exit = { code, startError: null };
    const timer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      finish(exit);
    }, lastWordsMs);
    child.once('close', () => {
      clearTimeout(timer);
      finish(exit);
    });
  });
  child.stderr?.setEncoding('utf8');
  child.stdout?.on('data', (chunk: Buffer) => takeStdout(chunk));

  return {
    onOutput: (listener) => void child.stderr?.on('data', listener),
    onStdout(listener) {
      takeStdout = listener;
    },
    onExit(listener) {
      announce = listener;
      if (ended) listener(ended);
    },
    end: () => signal('SIGTERM'),
    kill: () => signal('SIGKILL'),
  };
};

/** Windows has neither groups nor `exec`: a second process waits for our end, beside the start and not before it. */
function watchOnWindows(pid: number, env: NodeJS.ProcessEnv): ChildProcess {
  const command = `$null = [Console]::In.ReadLine(); Stop-Process -Force -Id ${pid}`;
  const root = env.SystemRoot ?? 'C:\\Windows';
  const powershell = join(root, 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  const watcher = spawn(powershell, ['-NoProfile', '-NonInteractive', '-Command', command], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  watcher.on('error', () => {});
  watcher.stdin?.on('error', () => {});
  return watcher;
}
