import { fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { withoutSecrets } from '../../shared/child-environment.ts';
import type { ChildLauncher } from './child.ts';
import { gatewayV8Flags } from './gateway-flags.ts';

const TAIL_CHARS = 4_000;

/** Forks `modulePath` on the Node that runs now. Options and secrets travel as messages only. */
export function createNodeLauncher(modulePath: string): ChildLauncher {
  return ({ secrets }) => {
    // Where this process keeps compiled code, the child does; its start is half as long.
    const codeCache = getCompileCacheDir();
    const child = fork(modulePath, [], {
      env: {
        ...withoutSecrets(process.env, secrets),
        ...(codeCache !== undefined && { NODE_COMPILE_CACHE: codeCache }),
      },
      execArgv: gatewayV8Flags,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let tail = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-TAIL_CHARS);
    });
    let exited = false;
    let announceExit = (_code: number | null, _signal: string | null) => {};
    const exit = (code: number | null, signal: string | null) => {
      if (exited) return;
      exited = true;
      announceExit(code, signal);
    };
    // `close` and not `exit`: by then all of stderr is here.
    child.once('close', exit);
    child.on('error', () => {
      // Not started, or a message to a child that has just gone; only the first is an end.
      if (child.pid === undefined) exit(null, null);
    });
    return {
      send: (message) => {
        // A child that has gone tells so itself.
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => {
        announceExit = listener;
      },
      kill: () => void child.kill('SIGKILL'),
      errorTail: () => tail,
    };
  };
}
