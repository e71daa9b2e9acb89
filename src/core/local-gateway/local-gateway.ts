import { z } from 'zod';
import type { GatewayConfig, ParentMessage } from '../../gateway/index.ts';
import { appErrorSchema } from '../../shared/contract/app-error.ts';
import { type AppError, appError, toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { backoffDelayMs } from '../backoff.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { RestartNotice } from '../link/restart-notice.ts';
import { createListeners } from '../listeners.ts';
import type { ChildHandle, ChildLauncher } from './child.ts';

/**
 *            start              started
 *  stopped ─────────► starting ─────────► running{url, port}
 *    ▲                 ▲    │ crashed        │ crashed
 *    │ stop   due,     │    ▼                ▼
 *    │        retryNow └─ backingOff{attempt, retryAt}
 *    │                 └─ failed: permanent (a taken port, …); retryNow leaves it
 *    └── (from every state)
 */
export type LocalGatewayState =
  | { readonly tag: 'stopped' }
  | { readonly tag: 'starting' }
  | { readonly tag: 'running'; readonly url: string; readonly port: number }
  | {
      readonly tag: 'backingOff';
      /** 1 for the first retry. */
      readonly attempt: number;
      /** Epoch milliseconds. */
      readonly retryAt: number;
      readonly error: AppError;
    }
  | { readonly tag: 'failed'; readonly error: AppError };

export type LocalGateway = {
  start(): void;
  /** Asks the child to end, kills it after 3 s. Resolves when it is gone. May be started again. */
  stop(): Promise<void>;
  /** Skips the countdown, or leaves `failed`; elsewhere it does nothing. */
  retryNow(): void;
  /** The child announced that it goes in order to come back: its end in good order is then no reason to stop. */
  expectRestart(notice: RestartNotice): void;
  state(): LocalGatewayState;
  onDidChange(listener: (state: LocalGatewayState) => void): () => void;
};

export type LocalGatewayOptions = {
  /** Goes to the child as it is, in its first message. It holds secrets. */
  options: GatewayConfig;
  launch: ChildLauncher;
  /** Makes this process the owner of the Gateway, from before the first child until after the last. */
  claim?: () => Promise<Result<{ release(): void }>>;
  /** Until `started`. */
  startTimeoutMs?: number;
  /** Until it is killed that was asked to stop. */
  stopTimeoutMs?: number;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
};

/** What is heard of a child; its other messages (`stopped`) say nothing that its exit does not. */
const childMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), url: z.string(), port: z.number().int() }),
  z.object({ type: z.literal('failed'), error: appErrorSchema }),
]);

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 3_000;
/** A run that ends sooner counts as one more failure. */
const STABLE_AFTER_MS = 10_000;

/** Runs the embedded Gateway as a child process and starts it again, with back-off, when it dies. */
export function createLocalGateway({
  options,
  launch,
  claim = async () => ok({ release() {} }),
  startTimeoutMs = START_TIMEOUT_MS,
  stopTimeoutMs = STOP_TIMEOUT_MS,
  clock = systemClock,
  random = Math.random,
}: LocalGatewayOptions): LocalGateway {
  const changes = createListeners<LocalGatewayState>();
  let state: LocalGatewayState = { tag: 'stopped' };
  let child: ChildHandle | null = null;
  /** Resolves when the last child is gone; the port is its own until then. */
  let gone: Promise<void> = Promise.resolve();
  /** Grows with every launch and every stop; what an older child says is not heard. */
  let generation = 0;
  let failures = 0;
  let runningSinceMs = 0;
  /** What the present child announced; epoch milliseconds. */
  let restart: { readonly dueAt: number; readonly until: number } | null = null;
  let owned: { release(): void } | null = null;
  let cancelTimer = () => {};

  function enter(next: LocalGatewayState): void {
    state = next;
    changes.announce(next);
  }

  function begin(): void {
    cancelTimer();
    const mine = ++generation;
    gone = gone.then(() => ensureOwned(mine));
    void gone.then(() => {
      if (mine === generation && state.tag === 'starting') launchChild(mine);
    });
    enter({ tag: 'starting' });
  }

  function disown(): void {
    owned?.release();
    owned = null;
  }

  /** Also when a stop came meanwhile, which then gives it back. */
  async function ensureOwned(mine: number): Promise<void> {
    if (owned || mine !== generation) return;
    const claimed = await claim().catch((thrown) => err(toAppError(thrown)));
    if (claimed.ok) owned = claimed.value;
    else if (mine === generation) fail(claimed.error);
  }

  function launchChild(mine: number): void {
    let launched: ChildHandle;
    try {
      launched = launch({ secrets: secretsOf(options) });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      fail(appError('LOCAL_GATEWAY_FAILED', reason, { details: { reason } }));
      return;
    }
    child = launched;
    restart = null;
    let verdict: AppError | null = null;
    const endWith = (error: AppError) => {
      verdict = error;
      launched.kill();
    };
    gone = new Promise((resolve) => {
      launched.onExit((code, signal) => {
        resolve();
        if (mine !== generation) return;
        child = null;
        const error = verdict ?? crashed(code, signal, launched.errorTail?.() ?? '');
        if (error.code === 'OPENCLAW_STOPPED' && restart && clock.now() < restart.until) {
          waitForDue(restart.dueAt, error);
        } else {
          fail(error);
        }
      });
    });
    launched.onMessage((raw) => {
      const message = childMessageSchema.safeParse(raw);
      if (mine !== generation || !message.success) return;
      if (message.data.type === 'failed') {
        endWith(message.data.error);
        return;
      }
      cancelTimer();
      runningSinceMs = clock.now();
      enter({ tag: 'running', url: message.data.url, port: message.data.port });
    });
    cancelTimer = clock.after(startTimeoutMs, () =>
      endWith(appError('LOCAL_GATEWAY_CRASHED', 'no answer', { details: { reason: 'timeout' } })),
    );
    send(launched, { type: 'start', options });
  }

  function fail(error: AppError): void {
    cancelTimer();
    if (!error.retryable) {
      disown();
      enter({ tag: 'failed', error });
      return;
    }
    if (state.tag === 'running' && clock.now() - runningSinceMs >= STABLE_AFTER_MS) failures = 0;
    failures += 1;
    const delayMs = error.retryAfterMs ?? backoffDelayMs(failures, random());
    cancelTimer = clock.after(delayMs, begin);
    enter({ tag: 'backingOff', attempt: failures, retryAt: clock.now() + delayMs, error });
  }

  /** It left its start to whoever watches it, once whatever it made way for is done. */
  function waitForDue(dueAt: number, { message }: AppError): void {
    cancelTimer();
    cancelTimer = clock.after(Math.max(0, dueAt - clock.now()), begin);
    const error = appError('GATEWAY_RESTARTING', message);
    enter({ tag: 'backingOff', attempt: failures + 1, retryAt: dueAt, error });
  }

  return {
    start() {
      if (state.tag === 'stopped') begin();
    },
    async stop() {
      cancelTimer();
      generation += 1;
      failures = 0;
      const old = child;
      child = null;
      if (state.tag !== 'stopped') enter({ tag: 'stopped' });
      if (old) send(old, { type: 'stop' });
      const cancelKill = clock.after(stopTimeoutMs, () => old?.kill());
      gone = gone.then(disown);
      await gone;
      cancelKill();
    },
    retryNow() {
      if (state.tag !== 'backingOff' && state.tag !== 'failed') return;
      failures = 0;
      begin();
    },
    expectRestart({ expectedMs, withinMs }) {
      const now = clock.now();
      if (state.tag === 'running') restart = { dueAt: now + expectedMs, until: now + withinMs };
    },
    state: () => state,
    onDidChange: changes.add,
  };
}

/** The credentials that let callers in, and the keys of the models. */
function secretsOf({ auth, model, agent }: GatewayConfig): string[] {
  const found: string[] = [];
  JSON.stringify([auth, model, agent], (name, value: unknown) => {
    if (typeof value === 'string' && /^(token|password|apiKey)$/.test(name)) found.push(value);
    return value;
  });
  return found;
}

const send = (child: ChildHandle, message: ParentMessage) => child.send(message);

function crashed(code: number | null, signal: string | null, errorTail: string): AppError {
  const reason = signal ?? `exit ${code ?? '?'}`;
  const lastLine = errorTail.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  const message = lastLine ? `${reason}: ${lastLine}` : reason;
  return appError('LOCAL_GATEWAY_CRASHED', message, { details: { reason } });
}
