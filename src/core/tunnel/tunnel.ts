import { homedir } from 'node:os';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import { type AppError, AppErrorException, toAppError } from '../../shared/errors.ts';
import { backoffDelayMs } from '../backoff.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { connectSsh, type SshConnection, type UnlockedKeys } from '../ssh/client.ts';
import { createTunnelListener } from './listener.ts';

export type TunnelOptions = {
  readonly target: SshTarget;
  /** A picked private key. Absent: the agent and the usual files of `~/.ssh`. */
  readonly identityFile?: string | undefined;
  /** On the remote host's own 127.0.0.1. */
  readonly remotePort: number;
  /** On this computer's 127.0.0.1; 0 for any. */
  readonly localPort: number;
  /** Host key and passphrase questions. */
  readonly ask: AskQuestion;
  readonly clock?: Clock | undefined;
  /** In [0, 1), for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
  /** Where `.ssh` is. */
  readonly homeDir?: string | undefined;
  /** Where SSH_AUTH_SOCK is. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** False: one attempt, and the first error or loss is the end. True when absent. */
  readonly retry?: boolean | undefined;
  /** Passphrases given to one tunnel serve the next one that gets the same map. Its own when absent. */
  readonly unlockedKeys?: UnlockedKeys | undefined;
};

export type Tunnel = {
  /** Resolves when the listener is up, or has failed. Does nothing unless the tunnel is stopped. */
  start(): Promise<void>;
  /** Settles questions and timers, closes every socket. The state is `stopped` at once. */
  stop(): Promise<void>;
  /** Skips the countdown, or leaves `failed`. Does nothing in other states. */
  retryNow(): void;
  state(): TunnelState;
  onDidChange(listener: (state: TunnelState) => void): () => void;
  /** Why the last connection found no far end; null since one did. FORWARD_NOTHING_LISTENING, FORWARD_PROHIBITED. */
  lastForwardError(): AppError | null;
};

/** A session that lived this long was a good one: the next loss starts the back-off anew. */
const stableMs = 10_000;

/** The supervisor of one forwarded port. States and their order: `shared/connection/tunnel-state.ts`. */
export function createTunnel(options: TunnelOptions): Tunnel {
  const { target, remotePort } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const unlocked: UnlockedKeys = options.unlockedKeys ?? new Map();
  const listener = createTunnelListener(options.localPort, clock);
  const listeners = new Set<(state: TunnelState) => void>();

  let state: TunnelState = { tag: 'stopped' };
  /** The port while the listener is up. */
  let localPort: number | null = null;
  let retries = 0;
  let wasUp = false;
  let forwardError: AppError | null = null;
  let connection: SshConnection | null = null;
  let cancelRetry = () => {};
  /** One per attempt. What an attempt does after its signal has fired is dropped. */
  let attempt = new AbortController();
  /** What must be over before stop() may say so. */
  let pending: Promise<void> = Promise.resolve();
  let stopping: Promise<void> = Promise.resolve();

  const enter = (next: TunnelState) => {
    state = next;
    for (const notify of [...listeners]) notify(next);
  };

  const begin = (): Promise<void> => {
    attempt.abort();
    attempt = new AbortController();
    const { signal } = attempt;
    const listening = ensureListener(signal);
    const connecting = listening.then((isUp) => (isUp ? connect(signal) : undefined));
    pending = Promise.all([pending, connecting]).then(() => {});
    return listening.then(() => {});
  };

  const ensureListener = async (signal: AbortSignal): Promise<boolean> => {
    if (localPort !== null) return true;
    enter({ tag: 'starting', step: 'port' });
    // A start right after a stop: the port may still be closing.
    await stopping;
    if (signal.aborted) return false;
    try {
      const port = await listener.start();
      if (signal.aborted) {
        await listener.stop();
        return false;
      }
      localPort = port;
      return true;
    } catch (error) {
      if (!signal.aborted) enter({ tag: 'failed', error: toAppError(error) });
      return false;
    }
  };

  const connect = async (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    enter({ tag: 'starting', step: 'tcp' });
    try {
      const opened = await connectSsh({
        ...target,
        identityFile: options.identityFile,
        ask: options.ask,
        signal,
        clock,
        homeDir: options.homeDir ?? homedir(),
        env: options.env ?? process.env,
        unlocked,
        onStep: (step) => {
          if (!signal.aborted && step !== 'tcp') enter({ tag: 'starting', step });
        },
      });
      if (signal.aborted) await opened.close();
      else settle(opened, signal);
    } catch (error) {
      if (!signal.aborted) giveWay(toAppError(error));
    }
  };

  const settle = (opened: SshConnection, signal: AbortSignal) => {
    if (localPort === null) return;
    const sinceMs = clock.now();
    wasUp = true;
    connection = opened;
    opened.onDidClose((reason) => {
      if (signal.aborted) return;
      connection = null;
      listener.setOutlet(null);
      if (clock.now() - sinceMs >= stableMs) retries = 0;
      giveWay(reason);
    });
    if (connection === null) return;
    listener.setOutlet(() => forward(opened, signal));
    enter({ tag: 'up', localPort, owner: 'app', sinceMs, suspectSinceMs: null });
  };

  const forward = async (through: SshConnection, signal: AbortSignal) => {
    try {
      const channel = await through.forwardOut(remotePort);
      if (!signal.aborted) forwardError = null;
      return channel;
    } catch (error) {
      const isForwarding = error instanceof AppErrorException && error.error.code.startsWith('FORWARD_');
      if (isForwarding && !signal.aborted) forwardError = error.error;
      throw error;
    }
  };

  const giveWay = (error: AppError) => {
    if (options.retry === false || !isWorthRetrying(error, wasUp)) {
      enter({ tag: 'failed', error });
      return;
    }
    retries++;
    const delayMs = backoffDelayMs(retries, random());
    const retryAt = clock.now() + delayMs;
    cancelRetry = clock.after(delayMs, () => void begin());
    enter({ tag: 'backingOff', attempt: retries, retryAt, error });
  };

  return {
    async start() {
      if (state.tag !== 'stopped') return;
      retries = 0;
      wasUp = false;
      forwardError = null;
      await begin();
    },
    stop() {
      attempt.abort();
      cancelRetry();
      localPort = null;
      const closing = connection?.close();
      connection = null;
      const closed = Promise.all([stopping, pending, closing, listener.stop()]);
      stopping = closed.then(() => {});
      if (state.tag !== 'stopped') enter({ tag: 'stopped' });
      return stopping;
    },
    retryNow() {
      if (state.tag !== 'backingOff' && state.tag !== 'failed') return;
      cancelRetry();
      retries = 0;
      void begin();
    },
    state: () => state,
    onDidChange(notify) {
      listeners.add(notify);
      return () => listeners.delete(notify);
    },
    lastForwardError: () => forwardError,
  };
}

/** A name that was found before is not misspelled: the network is away, as after a wake-up. */
function isWorthRetrying(error: AppError, wasUp: boolean): boolean {
  return error.retryable || (wasUp && error.code === 'SSH_HOST_NOT_FOUND');
}
