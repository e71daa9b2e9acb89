import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppError, appError } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import { realSystem } from '../port-holder/system.ts';
import type { ChildHandle, ChildLauncher } from './child.ts';
import type { OpenclawInstall } from './openclaw-install.ts';
import { askToEnd, isRunning, type KnownProcess, signalGroup, untilEnded } from './processes.ts';

export type OpenclawOptions = {
  /** Asked at each start, since it may have been updated or moved. */
  find: () => Promise<Result<StartableOpenclaw>>;
  port: number;
  /** The last one that was started here, also by a Chela that was killed since; it may have ended. */
  last: () => KnownProcess | null;
  /** So that it is known again. */
  onDidStart: (pid: number) => void;
};

type StartableOpenclaw = OpenclawInstall & {
  /** What its owner's shell would give it, and a credential where nobody configured one. */
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** EX_CONFIG. Source: the `openclaw` package's docs/gateway/embedding.md. */
const EXIT_CONFIG = 78;
const READY_POLL_MS = 200;
const DOCTOR_TIMEOUT_MS = 120_000;
const TAIL_CHARS = 4000;

/** A Gateway that it starts needs eight seconds on an idle computer, and says goodbye to its channels at the end. */
export const openclawPatience = { startTimeoutMs: 180_000, stopTimeoutMs: 15_000 };

/**
 * Runs the installed OpenClaw as the child of a {@link createLocalGateway}, which speaks to it as to our own:
 *
 *  start ──► spawn ──/readyz 200──► `started` ──exit ≠ 0──► onExit: the supervisor backs off
 *              │  exit 78, once: doctor ──ok──► spawn         └─exit 0, unasked──► `failed`: somebody stopped it
 *              └──exit 78 again────────────────► `failed`
 *  stop ───► SIGTERM, and SIGKILL for what is left of its process group
 *
 * One that outlived the Chela that started it takes the place of the first spawn; how it ends, nobody is told.
 */
export function createOpenclawLauncher({ find, port, last, onDidStart }: OpenclawOptions): ChildLauncher {
  /** Since it was last ready. */
  let isRepaired = false;

  return () => {
    let announce = (_message: unknown) => {};
    let announceExit = (_code: number | null, _signal: string | null) => {};
    /** It leads a process group. */
    let pid: number | undefined;
    let isStopping = false;
    let tail = '';

    async function run(): Promise<void> {
      const left = last();
      if (left && (await isRunning(left, realSystem))) {
        await goOnWith(left);
        return announceExit(null, null);
      }
      const found = await find();
      if (!found.ok) return giveUp(found.error);
      const openclaw = found.value;
      const args = ['gateway', 'run', '--port', String(port), '--allow-unconfigured'];
      const { code, signal } = await runOnce(openclaw, args, (ended) => {
        if (pid !== undefined) onDidStart(pid);
        return waitUntilReady(ended);
      });
      if (isStopping) return announceExit(code, signal);
      if (code === 0) return giveUp(appError('OPENCLAW_STOPPED', 'it ended by itself'));
      if (code !== EXIT_CONFIG) return announceExit(code, signal);
      if (isRepaired) return giveUp(refused(openclaw));
      isRepaired = true;
      const doctor = ['doctor', '--fix', '--yes', '--non-interactive'];
      const repair = await runOnce(openclaw, doctor, endLate);
      if (isStopping) return announceExit(repair.code, repair.signal);
      if (repair.code !== 0) return giveUp(refused(openclaw));
      return run();
    }

    function giveUp(error: AppError): void {
      announce({ type: 'failed', error });
      announceExit(null, null);
    }

    async function goOnWith(left: KnownProcess): Promise<void> {
      pid = left.pid;
      if (isStopping) askToEnd(pid);
      const ended = new AbortController();
      void waitUntilReady(ended.signal);
      await untilEnded(left, realSystem);
      ended.abort();
      signalGroup(pid, 'SIGKILL');
      pid = undefined;
    }

    /** `attend` gets a signal that ends with the process. */
    async function runOnce(
      { node, entry, env }: StartableOpenclaw,
      args: readonly string[],
      attend: (ended: AbortSignal) => Promise<void>,
    ): Promise<{ code: number | null; signal: string | null }> {
      if (isStopping) return { code: null, signal: null };
      const started = spawn(node, [entry, ...args], {
        env,
        // A group of its own: it has children, and all of them have to go.
        detached: process.platform !== 'win32',
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
      pid = started.pid;
      for (const stream of [started.stdout, started.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          tail = (tail + text).slice(-TAIL_CHARS);
        });
      }
      const ended = new AbortController();
      void attend(ended.signal);
      return new Promise((resolve) => {
        const settle = (code: number | null, signal: string | null) => {
          ended.abort();
          // What it started may still be there, and hold the port.
          signalGroup(started.pid, 'SIGKILL');
          pid = undefined;
          resolve({ code, signal });
        };
        started.once('exit', settle);
        started.once('error', () => started.pid === undefined && settle(null, null));
      });
    }

    async function waitUntilReady(ended: AbortSignal): Promise<void> {
      while (!ended.aborted) {
        if (await isReady(port, ended)) {
          if (ended.aborted) return;
          isRepaired = false;
          return announce({ type: 'started', url: `ws://127.0.0.1:${port}`, port });
        }
        await delay(READY_POLL_MS, undefined, { signal: ended }).catch(() => undefined);
      }
    }

    async function endLate(ended: AbortSignal): Promise<void> {
      await delay(DOCTOR_TIMEOUT_MS, undefined, { signal: ended }).then(
        () => signalGroup(pid, 'SIGKILL'),
        () => undefined,
      );
    }

    const handle: ChildHandle = {
      send(message) {
        const { type } = message as { type: string };
        if (type === 'start') {
          run().catch((thrown: Error) =>
            giveUp(appError('LOCAL_GATEWAY_FAILED', thrown.message, { details: { reason: thrown.message } })),
          );
        } else if (type === 'stop') {
          isStopping = true;
          if (pid !== undefined) askToEnd(pid);
        }
      },
      onMessage(listener) {
        announce = listener;
      },
      onExit(listener) {
        announceExit = once(listener);
      },
      kill() {
        isStopping = true;
        signalGroup(pid, 'SIGKILL');
      },
      errorTail: () => tail,
    };
    return handle;
  };
}

function refused({ entry }: OpenclawInstall): AppError {
  return appError('OPENCLAW_CONFIG_REFUSED', 'exit 78, also after its doctor', { details: { entry } });
}

function once(listener: (code: number | null, signal: string | null) => void): typeof listener {
  let isDone = false;
  return (code, signal) => {
    if (isDone) return;
    isDone = true;
    listener(code, signal);
  };
}

async function isReady(port: number, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal, redirect: 'error' });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
