import { homedir } from 'node:os';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import { type AppError, AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import { backoffDelayMs } from '../backoff.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { connectSsh, type SshConnectOptions, type UnlockedKeys } from '../ssh/client.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { createTunnelListener } from './listener.ts';
import { isPermanent, raceConnections } from './race.ts';
import { createSideForwards, type SideForward, type SideForwardState } from './side-forwards.ts';
import { type Watch, watchConnection } from './watch.ts';

/** What makes a connection. Rejects with an AppErrorException. */
export type SshEngine = (options: SshConnectOptions) => Promise<SshConnection>;

/** In milliseconds. */
export type TunnelTimings = {
  readonly pingEveryMs: number;
  /** At least; four round trips on a slow path. */
  readonly missedAfterMs: number;
  /** Between the attempts that race a silent connection. */
  readonly raceEveryMs: number;
  /** A connection that was silent for so long is given up. */
  readonly lostAfterMs: number;
};

const usualTimings: TunnelTimings = {
  pingEveryMs: 2000,
  missedAfterMs: 1000,
  raceEveryMs: 800,
  lostAfterMs: 20_000,
};

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
  /** `connectSsh` when absent. */
  readonly connect?: SshEngine | undefined;
  /** Further ports, each with a listener and troubles of its own. */
  readonly sideForwards?: readonly SideForward[] | undefined;
  readonly timings?: TunnelTimings | undefined;
};

export type Tunnel = {
  /** Resolves when the listener is up, or has failed. Does nothing unless the tunnel is stopped. */
  start(): Promise<void>;
  /** Settles questions and timers, closes every socket. The state is `stopped` at once. */
  stop(): Promise<void>;
  /** Skips the countdown, or leaves `failed`. Does nothing in other states. */
  retryNow(): void;
  /** After a wake-up, or when the network changed: asks the server at once, or tries again at once. */
  probeNow(): void;
  state(): TunnelState;
  onDidChange(listener: (state: TunnelState) => void): () => void;
  /** Why the last connection found no far end; null since one did. FORWARD_NOTHING_LISTENING, FORWARD_PROHIBITED. */
  lastForwardError(): AppError | null;
  sideForwardStates(): readonly SideForwardState[];
  /** The session that carries the tunnel, for commands on the host; null while there is none. */
  connection(): SshConnection | null;
  /** Of the latest question to the server, in milliseconds; null before one was answered. */
  rttMs(): number | null;
};

/** A session that lived this long was a good one: the next loss starts the back-off anew. */
const stableMs = 10_000;
/** A server that was reached before is not waited for as long as one that may be far away. */
const reconnectTimeoutMs = 8000;
const raceTimeoutMs = 5000;
const probeMs = 2000;
const graceMs = 150;

/** The supervisor of one forwarded port. States and their order: `shared/connection/tunnel-state.ts`. */
export function createTunnel(options: TunnelOptions): Tunnel {
  const { target, remotePort } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const timings = options.timings ?? usualTimings;
  const engine = options.connect ?? connectSsh;
  const unlocked: UnlockedKeys = options.unlockedKeys ?? new Map();
  const listener = createTunnelListener(options.localPort, clock, () => forwardError ?? lastLoss);
  const listeners = new Set<(state: TunnelState) => void>();

  let state: TunnelState = { tag: 'stopped' };
  /** The port while the listener is up. */
  let localPort: number | null = null;
  let retries = 0;
  let wasUp = false;
  let forwardError: AppError | null = null;
  /** What ended the last attempt or session. */
  let lastLoss: AppError | null = null;
  let connection: SshConnection | null = null;
  let watch: Watch | null = null;
  let rttMs: number | null = null;
  let cancelRetry = () => {};
  /** Ends what was begun because the connection is silent. */
  let calmDown = () => {};
  /** One per connection. What an attempt does after its signal has fired is dropped. */
  let attempt = new AbortController();
  /** What must be over before stop() may say so. */
  let pending: Promise<void> = Promise.resolve();
  let stopping: Promise<void> = Promise.resolve();

  const announce = () => {
    for (const notify of [...listeners]) notify(state);
  };
  const enter = (next: TunnelState) => {
    state = next;
    announce();
  };
  const sides = createSideForwards(options.sideForwards ?? [], clock, () => {
    if (state.tag !== 'stopped') announce();
  });
  const attend = (work: Promise<unknown>) => {
    pending = Promise.all([pending, work]).then(() => {});
  };

  const begin = (): Promise<void> => {
    attempt.abort();
    attempt = new AbortController();
    const { signal } = attempt;
    const listening = ensureListener(signal);
    attend(listening.then((isUp) => (isUp ? connect(signal) : undefined)));
    return listening.then(() => {});
  };

  const ensureListener = async (signal: AbortSignal): Promise<boolean> => {
    if (localPort !== null) {
      attend(sides.start());
      return true;
    }
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
      attend(sides.start());
      return true;
    } catch (error) {
      if (!signal.aborted) enter({ tag: 'failed', error: toAppError(error) });
      return false;
    }
  };

  const open = (change: Pick<SshConnectOptions, 'signal'> & Partial<SshConnectOptions>) =>
    engine({
      ...target,
      identityFile: options.identityFile,
      ask: options.ask,
      clock,
      homeDir: options.homeDir ?? homedir(),
      env: options.env ?? process.env,
      unlocked,
      // The watch asks, and does not give up a connection before another one is ready.
      keepaliveIntervalMs: 0,
      ...change,
    });

  const connect = async (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    enter({ tag: 'starting', step: 'tcp' });
    try {
      const opened = await open({
        signal,
        ...(wasUp && { readyTimeoutMs: reconnectTimeoutMs }),
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
      release();
      if (clock.now() - sinceMs >= stableMs) retries = 0;
      giveWay(reason);
    });
    if (connection === null) return;
    watch = watchConnection({
      ...timings,
      connection: opened,
      clock,
      onSilent: () => suspect(signal),
      onAnswer: () => {
        calmDown();
        if (state.tag === 'up') enter({ ...state, suspectSinceMs: null });
      },
      onRtt: (ms) => {
        rttMs = ms;
      },
    });
    listener.setOutlet(() => forward(opened, signal));
    sides.setConnection(opened);
    enter({ tag: 'up', localPort, owner: 'app', sinceMs, suspectSinceMs: null });
  };

  /** Lets the present connection go; its streams are cut. */
  const release = (): SshConnection | null => {
    const old = connection;
    connection = null;
    calmDown();
    watch?.stop();
    watch = null;
    listener.setOutlet(null);
    sides.setConnection(null);
    return old;
  };

  /** Silent: it may be dead, or the path may be interrupted and TCP carry on. So both are tried, and the first wins. */
  const suspect = (signal: AbortSignal) => {
    if (state.tag !== 'up' || signal.aborted) return;
    enter({ ...state, suspectSinceMs: clock.now() });
    if (state.tag !== 'up' || signal.aborted) return;
    let refusal: AppError | null = null;
    const cancelLoss = clock.after(timings.lostAfterMs, () => {
      const old = release();
      attempt.abort();
      if (old) attend(old.close());
      giveWay(refusal ?? silence(target));
    });
    const end = new AbortController();
    calmDown = () => {
      calmDown = () => {};
      cancelLoss();
      end.abort();
    };
    if (options.retry === false) return;
    // Nobody is asked while a connection may still answer.
    let needsPerson = false;
    const ask: AskQuestion = (_, askSignal) => {
      needsPerson = true;
      askSignal.throwIfAborted();
      return Promise.reject(
        new AppErrorException(appError('STOPPED', 'nobody is asked for a second connection')),
      );
    };
    attend(
      raceConnections({
        open: (raceSignal) => open({ signal: raceSignal, ask, readyTimeoutMs: raceTimeoutMs }),
        signal: end.signal,
        clock,
        everyMs: timings.raceEveryMs,
        isFinal: (error) => {
          if (needsPerson) return true;
          if (!isPermanent(error) || isWorthRetrying(toAppError(error), wasUp)) return false;
          refusal = toAppError(error);
          return true;
        },
        onReady: (opened) => attend(takeOver(opened)),
      }),
    );
  };

  /** The path is back. The old connection has a moment to show that it survived: its streams are worth it. */
  const takeOver = async (opened: SshConnection) => {
    const { signal } = attempt;
    const survived = await connection?.ping(graceMs).then(
      () => true,
      () => false,
    );
    if (survived || signal.aborted) return opened.close();
    cancelRetry();
    attempt.abort();
    attempt = new AbortController();
    const old = release();
    if (old) attend(old.close());
    settle(opened, attempt.signal);
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
    lastLoss = error;
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
      rttMs = null;
      await begin();
    },
    stop() {
      attempt.abort();
      cancelRetry();
      localPort = null;
      const closing = release()?.close();
      const closed = Promise.all([stopping, pending, closing, listener.stop(), sides.stop()]);
      pending = Promise.resolve();
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
    probeNow() {
      if (state.tag === 'up') watch?.probe(probeMs);
      const isReaching = state.tag === 'starting' && state.step === 'tcp' && wasUp;
      if (state.tag !== 'backingOff' && !isReaching) return;
      cancelRetry();
      void begin();
    },
    state: () => state,
    onDidChange(notify) {
      listeners.add(notify);
      return () => listeners.delete(notify);
    },
    lastForwardError: () => forwardError,
    sideForwardStates: () => sides.states(),
    connection: () => connection,
    rttMs: () => rttMs,
  };
}

function silence({ host, port = 22 }: SshTarget): AppError {
  const details = { host, port, reason: '', cause: 'silent' };
  return appError('SSH_CLOSED', 'the server stopped answering', { details });
}

/** A name that was found before is not misspelled: the network is away, as after a wake-up. */
function isWorthRetrying(error: AppError, wasUp: boolean): boolean {
  return error.retryable || (wasUp && error.code === 'SSH_HOST_NOT_FOUND');
}
