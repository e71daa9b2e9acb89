import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Client } from 'ssh2';
import { withoutOurVariables } from '../../shared/child-environment.ts';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import { type Carrier, StreamCarrier } from './carrier.ts';
import { type Destination, describeEarlyEnd, describeLoss, describeSocketError } from './failures.ts';

/** The way to a server, up to the point where SSH begins. */
export type Dial = {
  /** Rejects with an AppErrorException, or with an error for `describe`. Ends with the signal until it is open. */
  open(signal: AbortSignal): Promise<Carrier>;
  /** What a failure of the way means. `greeted`: the server's identification was seen. Null: it just ended. */
  describe(error: Error | null, greeted: boolean): AppError;
};

export function dialTcp(where: Destination, timeoutMs: number, platform: NodeJS.Platform): Dial {
  let isConnected = false;
  return {
    open: (signal) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: where.host, port: where.port, noDelay: true });
        const abort = () => socket.destroy();
        signal.addEventListener('abort', abort, { once: true });
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('closed')));
        socket.once('connect', () => {
          isConnected = true;
          signal.removeEventListener('abort', abort);
          socket.off('error', reject);
          resolve(socket);
        });
      }),
    describe(error, greeted) {
      const isReset = error === null || ('code' in error && error.code === 'ECONNRESET');
      if (isConnected && !greeted && isReset) return describeEarlyEnd(error?.message ?? '', where);
      return error ? describeSocketError(error, where, timeoutMs, platform) : describeLoss('', where);
    },
  };
}

/** Through an authenticated jump host, as `ssh -W` does. */
export function dialThrough(hop: Client, hopName: string, where: Destination): Dial {
  return {
    open: () =>
      new Promise((resolve, reject) => {
        const fail = (error: Error) => reject(new AppErrorException(describeJump(error, hopName, where)));
        try {
          hop.forwardOut('127.0.0.1', 0, where.host, where.port, (error, channel) => {
            if (error) return fail(error);
            resolve(
              new StreamCarrier({ readable: channel, writable: channel, destroy: () => channel.destroy() }),
            );
          });
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
      }),
    describe: (error, greeted) =>
      greeted ? describeLoss(error?.message ?? '', where) : describeEarlyEnd(error?.message ?? '', where),
  };
}

/** Reason codes: RFC 4254 §5.1; the words are those of the jump host's system. */
function describeJump(error: Error, hopName: string, where: Destination): AppError {
  const reason = 'reason' in error ? error.reason : undefined;
  const details = { host: where.host, port: where.port };
  const message = `${hopName}: ${error.message}`;
  if (reason === 1 || reason === 3) {
    return appError('FORWARD_PROHIBITED', message, { details: { host: hopName, port: where.port } });
  }
  if (reason !== 2) return describeLoss(error.message, where);
  if (/refused/i.test(error.message)) return appError('SSH_REFUSED', message, { details });
  if (/not known|resol|no address|nodename/i.test(error.message)) {
    return appError('SSH_HOST_NOT_FOUND', message, { details });
  }
  return appError('SSH_UNREACHABLE', message, { details });
}

const stderrTailLength = 1000;

/** A command of the person's configuration, run by the person's shell, as `ssh` runs it. */
export function dialProxyCommand(command: string, where: Destination, env: NodeJS.ProcessEnv): Dial {
  let stderr = '';
  let ending = '';
  return {
    open: () =>
      new Promise((resolve, reject) => {
        const isWindows = process.platform === 'win32';
        const childEnv = withoutOurVariables(env);
        const child = isWindows
          ? spawn(command, { shell: true, env: childEnv, stdio: 'pipe', windowsHide: true })
          : // Its own group, so that a pipeline ends as a whole.
            spawn(env.SHELL || '/bin/sh', ['-c', `exec ${command}`], {
              env: childEnv,
              stdio: 'pipe',
              detached: true,
            });
        let isOver = false;
        const kill = () => {
          if (isOver || child.pid === undefined) return;
          try {
            if (isWindows) child.kill();
            else process.kill(-child.pid, 'SIGHUP');
          } catch {
            // It ended by itself.
          }
        };
        const ended: (() => void)[] = [];
        child.stderr.setEncoding('utf8');
        child.stderr.on('data', (text: string) => {
          stderr = (stderr + text).slice(-stderrTailLength);
        });
        child.once('error', (error) => {
          ending = error.message;
          reject(error);
        });
        child.once('close', (code, signal) => {
          isOver = true;
          ending ||= signal === null ? `exit ${code}` : signal;
          for (const listener of ended) listener();
        });
        child.once('spawn', () =>
          resolve(
            new StreamCarrier({
              readable: child.stdout,
              writable: child.stdin,
              destroy: kill,
              onDidEnd: (listener) => void ended.push(listener),
            }),
          ),
        );
      }),
    describe(error, greeted) {
      if (greeted) return describeLoss(error?.message ?? '', where);
      const reason = stderr.trim() || ending || error?.message || '';
      return appError('SSH_PROXY_FAILED', `proxy command: ${ending}`, {
        details: { host: where.host, reason },
      });
    },
  };
}
