import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, type Result } from '../../shared/result.ts';
import { backoffDelayMs } from '../backoff.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createListeners } from '../listeners.ts';
import type { DialTools, GatewayAddress } from './dial.ts';
import type { HelloFacts } from './hello.ts';
import {
  type AttemptEnd,
  type AttemptOptions,
  type GatewayEvent,
  type LinkAttempt,
  startLinkAttempt,
} from './link-attempt.ts';
import {
  chooseSignIn,
  forgetAfterRefusal,
  isStaleTokenRefusal,
  OPERATOR_ROLE,
  type SigningParts,
} from './operator.ts';
import { buildLinkConnectParams } from './operator-connect.ts';
import { restartNoticeOf } from './restart-notice.ts';

/**
 *          start                hello
 *  closed ───────► connecting ─────────► open
 *    ▲              ▲  ▲   │ transient    │ lost
 *    │          due │  │   ▼              │
 *    │     retryNow │  │ waiting ◄────────┘
 *    │              │  │
 *    │     retryNow │  └─ the device token was refused: once more with the shared secret
 *    │              └── failed: permanent, or told not to retry
 *    └── stop (from every state)
 */
export type LinkState =
  | { readonly tag: 'closed' }
  | { readonly tag: 'connecting' }
  | ({ readonly tag: 'open'; readonly sinceMs: number } & HelloFacts)
  | {
      readonly tag: 'waiting';
      /** 1 for the first retry. */
      readonly attempt: number;
      /** Epoch milliseconds. */
      readonly retryAt: number;
      readonly error: AppError;
    }
  | { readonly tag: 'failed'; readonly error: AppError };

export type GatewayLink = {
  start(): void;
  /** Pending requests end with STOPPED. Resolves when the socket is gone. May be started again. */
  stop(): Promise<void>;
  /** Skips the countdown, or leaves `failed`; elsewhere it does nothing. */
  retryNow(): void;
  state(): LinkState;
  onDidChange(listener: (state: LinkState) => void): () => void;
  /**
   * One RPC; the answer's payload is not validated here. Fails with GATEWAY_REQUEST_FAILED,
   * GATEWAY_REQUEST_TIMEOUT, GATEWAY_CLOSED, STOPPED, or with what keeps the link from being open.
   * `timeoutMs` defaults to 30 s. Never rejects.
   */
  request(method: string, params: unknown, options?: { timeoutMs?: number }): Promise<Result<unknown>>;
  onEvent(listener: (event: GatewayEvent) => void): () => void;
};

export type GatewayLinkOptions = SigningParts &
  GatewayAddress & {
    clock?: Clock;
    /** In [0, 1). */
    random?: () => number;
    /** False: one attempt, every failure is final. */
    retry?: boolean;
    handshakeTimeoutMs?: AttemptOptions['handshakeTimeoutMs'];
    /** How it dials; the real ones when absent. */
    readonly tools?: Partial<DialTools> | undefined;
  };

/** A connection that ends sooner than this counts as one more failure, so that a flapping Gateway is not hammered. */
const STABLE_AFTER_MS = 10_000;
/** To a Gateway that announced its restart. */
const LONGEST_RETRY_MS = 1_000;

/**
 * The operator connection to one Gateway (R6): connects, signs in, and reconnects with back-off. A stored device token
 * is tried first; when the Gateway refuses it, it is forgotten and the shared secret is tried once, at once. What keeps it
 * from a Gateway that announced its restart is GATEWAY_RESTARTING, for as long as that may take.
 */
export function createGatewayLink(options: GatewayLinkOptions): GatewayLink {
  const { gatewayKey, credentials, deviceTokens, clock = systemClock, random = Math.random } = options;
  const { retry = true } = options;
  const changes = createListeners<LinkState>();
  const events = createListeners<GatewayEvent>();
  let state: LinkState = { tag: 'closed' };
  let attempt: LinkAttempt | null = null;
  /** Grows with every attempt and every stop; what an older attempt says is not heard. */
  let generation = 0;
  let failures = 0;
  let wasOpen = false;
  /** Epoch milliseconds. */
  let restartingUntil = 0;
  let cancelRetry = () => {};

  function enter(next: LinkState): void {
    state = next;
    changes.announce(next);
  }

  function connect(): void {
    cancelRetry();
    const mine = ++generation;
    const signIn = chooseSignIn(deviceTokens.get(gatewayKey, OPERATOR_ROLE), credentials);
    const { url, tlsFingerprint, env, tools, handshakeTimeoutMs } = options;
    attempt = startLinkAttempt({
      url,
      tlsFingerprint,
      env,
      tools,
      connect: (challenge) => buildLinkConnectParams(options, signIn, challenge),
      handshakeTimeoutMs,
      clock,
      onHello({ facts, deviceToken }) {
        if (mine !== generation) return;
        if (deviceToken) {
          deviceTokens.set(gatewayKey, OPERATOR_ROLE, { token: deviceToken, scopes: facts.scopes });
        }
        wasOpen = true;
        restartingUntil = 0;
        enter({ tag: 'open', sinceMs: clock.now(), ...facts });
      },
      onEvent(event) {
        if (mine !== generation) return;
        const restart = restartNoticeOf(event);
        if (restart) restartingUntil = clock.now() + restart.withinMs;
        events.announce(event);
      },
      onEnd(end) {
        if (mine !== generation) return;
        if (signIn.by === 'deviceToken' && isStaleTokenRefusal(end.detailCode)) {
          forgetAfterRefusal(deviceTokens, gatewayKey, end.detailCode);
          connect();
        } else {
          fail(end);
        }
      },
    });
    // Announced last: a listener may stop the link, and must then find an attempt to stop.
    if (state.tag !== 'connecting') enter({ tag: 'connecting' });
  }

  function fail({ error: found }: AttemptEnd): void {
    const isRestarting = found.retryable && clock.now() < restartingUntil;
    const error = isRestarting ? appError('GATEWAY_RESTARTING', found.message) : found;
    if (state.tag === 'open' && clock.now() - state.sinceMs >= STABLE_AFTER_MS) failures = 0;
    failures += 1;
    // A name that was found before is not misspelled: the network is away, as after a wake-up.
    const mayPass = error.retryable || (wasOpen && error.code === 'GATEWAY_HOST_NOT_FOUND');
    if (!retry || !mayPass) {
      enter({ tag: 'failed', error });
      return;
    }
    const backoffMs = found.retryAfterMs ?? backoffDelayMs(failures, random());
    const delayMs = isRestarting ? Math.min(backoffMs, LONGEST_RETRY_MS) : backoffMs;
    cancelRetry = clock.after(delayMs, connect);
    enter({ tag: 'waiting', attempt: failures, retryAt: clock.now() + delayMs, error });
  }

  return {
    start() {
      if (state.tag === 'closed') connect();
    },
    async stop() {
      generation += 1;
      failures = 0;
      cancelRetry();
      const old = attempt;
      attempt = null;
      if (state.tag !== 'closed') enter({ tag: 'closed' });
      await old?.stop();
    },
    retryNow() {
      if (state.tag !== 'waiting' && state.tag !== 'failed') return;
      failures = 0;
      connect();
    },
    state: () => state,
    onDidChange: changes.add,
    onEvent: events.add,
    async request(method, params, requestOptions) {
      if (state.tag === 'open' && attempt) return attempt.request(method, params, requestOptions);
      if (state.tag === 'waiting' || state.tag === 'failed') return err(state.error);
      if (state.tag === 'closed') return err(appError('STOPPED', 'the link is closed'));
      return err(gatewayUnreachable(options.url, 'not connected yet'));
    },
  };
}
