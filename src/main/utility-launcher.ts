import { utilityProcess } from 'electron';
import type { ChildLauncher } from '../core/local-gateway/child.ts';
import { gatewayV8Flags } from '../core/local-gateway/gateway-flags.ts';
import { withoutSecrets } from '../shared/child-environment.ts';

const TAIL_CHARS = 4000;

/** Runs `modulePath` in a utility process: the `runAsNode` fuse is off, so Electron's binary is no Node. */
export function createUtilityLauncher(modulePath: string): ChildLauncher {
  return ({ secrets }) => {
    const child = utilityProcess.fork(modulePath, [], {
      env: withoutSecrets(process.env, secrets),
      // Switches of Chromium, not of Node: Electron puts them on the command line of the process, and its V8 reads this one.
      execArgv: [`--js-flags=${gatewayV8Flags.join(' ')}`],
      stdio: ['ignore', 'ignore', 'pipe'],
      serviceName: 'Chela Gateway',
    });
    let tail = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-TAIL_CHARS);
    });
    return {
      // Electron keeps messages until the child listens.
      send: (message) => child.postMessage(message),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.once('exit', (code) => listener(code, null)),
      // `child.kill()` asks with SIGTERM first. The pid is gone once the child is.
      kill: () => {
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      },
      errorTail: () => tail,
    };
  };
}
