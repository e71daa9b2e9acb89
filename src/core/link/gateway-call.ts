import type { ConnectParams } from '@openclaw/gateway-protocol';
import { MIN_PROBE_PROTOCOL_VERSION, PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createListeners } from '../listeners.ts';
import type { GatewayAddress } from './dial.ts';
import type { HelloFacts } from './hello.ts';
import { type GatewayEvent, type RequestOptions, startLinkAttempt } from './link-attempt.ts';
import { OPERATOR_ROLE, type SharedCredentials } from './operator.ts';

/**
 * Who calls. These three greet a Gateway without a device (openclaw 2026.9.6): `cli` and `backend` keep the scopes
 * they ask for, `probe` connects and gets none; `backend` alone is let in where the Gateway asks for no secret at all.
 */
const callers = {
  cli: { id: 'cli', mode: 'cli' },
  probe: { id: 'cli', mode: 'probe' },
  backend: { id: 'gateway-client', mode: 'backend' },
} as const satisfies Record<string, Pick<ConnectParams['client'], 'id' | 'mode'>>;
export type Caller = keyof typeof callers;

export type GatewayCallOptions = GatewayAddress & {
  readonly caller: Caller;
  /** What the methods to be called need, and no more. */
  readonly scopes: readonly string[];
  /** One secret, or none. */
  readonly credentials: SharedCredentials;
  /** Chela's own version. */
  readonly version: string;
  /** Until `hello-ok`, with the wait for a Gateway that is still starting. */
  readonly timeoutMs: number;
  /** Aborted: what is open is closed, what is pending ends with STOPPED. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
};

/** One short connection for one command. */
export type GatewayCall = {
  readonly hello: HelloFacts;
  /** As {@link GatewayLink.request}. Never rejects. */
  request(method: string, params: unknown, options?: RequestOptions): Promise<Result<unknown>>;
  onEvent(listener: (event: GatewayEvent) => void): () => void;
  /** Resolves when the connection ended without `close`. */
  readonly lost: Promise<AppError>;
  close(): Promise<void>;
};

const STARTING_RETRY_MS = 500;

/** Connects and signs in, without a device. A Gateway that is still starting is waited for. Never rejects. */
export async function openGatewayCall(options: GatewayCallOptions): Promise<Result<GatewayCall>> {
  const { clock = systemClock, timeoutMs, signal } = options;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const opened = await openOnce(options, Math.max(1, deadline - clock.now()), clock);
    if (opened.ok || opened.error.code !== 'GATEWAY_STARTING' || signal?.aborted) return opened;
    const waitMs = opened.error.retryAfterMs ?? STARTING_RETRY_MS;
    if (clock.now() + waitMs >= deadline) return opened;
    await pause(waitMs, clock, signal);
  }
}

function openOnce(
  options: GatewayCallOptions,
  handshakeTimeoutMs: number,
  clock: Clock,
): Promise<Result<GatewayCall>> {
  const { url, tlsFingerprint, env, signal } = options;
  return new Promise((settle) => {
    if (signal?.aborted) return settle(err(stopped()));
    const events = createListeners<GatewayEvent>();
    let lose = (_error: AppError) => {};
    const lost = new Promise<AppError>((resolve) => {
      lose = resolve;
    });
    const attempt = startLinkAttempt({
      url,
      tlsFingerprint,
      env,
      clock,
      handshakeTimeoutMs,
      connect: () => connectParams(options),
      onHello: ({ facts }) =>
        settle(ok({ hello: facts, request: attempt.request, onEvent: events.add, lost, close })),
      onEvent: events.announce,
      onEnd({ error }) {
        signal?.removeEventListener('abort', abort);
        settle(err(error));
        lose(error);
      },
    });
    const close = () => {
      signal?.removeEventListener('abort', abort);
      return attempt.stop();
    };
    const abort = () => {
      void close();
      settle(err(stopped()));
      lose(stopped());
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function connectParams({ caller, scopes, credentials, version }: GatewayCallOptions): ConnectParams {
  const { token, password } = credentials;
  return {
    minProtocol: caller === 'probe' ? MIN_PROBE_PROTOCOL_VERSION : PROTOCOL_VERSION,
    maxProtocol: PROTOCOL_VERSION,
    client: { ...callers[caller], displayName: 'chela', version, platform: process.platform },
    role: OPERATOR_ROLE,
    scopes: [...scopes],
    caps: [],
    ...((token ?? password) !== undefined && {
      auth: { ...(token !== undefined && { token }), ...(password !== undefined && { password }) },
    }),
  };
}

function stopped(): AppError {
  return appError('STOPPED', 'the call was given up');
}

function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
