import { randomUUID } from 'node:crypto';
import {
  GatewayProtocolClient,
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
  type GatewayProtocolSocketHandlers,
} from '@openclaw/gateway-client/browser';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { AppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { Clock } from '../clock.ts';
import { closedError, connectDetailCode, mapConnectFailure, notAGateway } from './connect-error.ts';
import type { DialTools, GatewayAddress } from './dial.ts';
import { type GatewaySocket, openGatewaySocket } from './gateway-socket.ts';
import { type Hello, parseHello } from './hello.ts';
import type { Challenge } from './operator-connect.ts';
import { mapRequestError } from './request-error.ts';

/** An event of the Gateway, as it came over the wire. */
export type GatewayEvent = { readonly event: string; readonly payload: unknown };

export type AttemptEnd = {
  readonly error: AppError;
  /** The Gateway's reason for refusing `connect`; null for every other end. */
  readonly detailCode: string | null;
};

export type RequestOptions = {
  /** 30 s when absent. */
  readonly timeoutMs?: number;
  /** Of a method that answers twice, the second answer. */
  readonly expectFinal?: boolean;
};

export type LinkAttempt = {
  request(method: string, params: unknown, options?: RequestOptions): Promise<Result<unknown>>;
  /** Nothing is announced after this. Resolves when the socket is gone. */
  stop(): Promise<void>;
};

export type AttemptOptions = GatewayAddress & {
  /** The whole `connect`, given the challenge. */
  connect: (challenge: Challenge) => ConnectParams;
  /** From opening the socket to `hello-ok`; 10 s when absent, at most 15 s, where the client library gives up by itself. */
  handshakeTimeoutMs?: number | undefined;
  clock: Clock;
  onHello: (hello: Hello) => void;
  onEvent: (event: GatewayEvent) => void;
  /** Once, and never from within the call that started the attempt: it failed, or the connection it made ended. */
  onEnd: (end: AttemptEnd) => void;
  readonly tools?: Partial<DialTools> | undefined;
};

/** Past this the challenge is not waited for; the attempt's own deadline is sooner. */
const CHALLENGE_TIMEOUT_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_TICK_MS = 30_000;
/** The link decides when to try again; the library never does. */
const NO_RECONNECT = { initialMs: 1, multiplier: 1, maxMs: 1 };

/**
 * One connection to a Gateway: a socket by the rules of {@link openGatewaySocket}, and the library's protocol client on
 * it for challenge, hello, requests and events. It never reconnects; when and how to try again is the link's business.
 */
export function startLinkAttempt(options: AttemptOptions): LinkAttempt {
  const { clock } = options;
  let phase: 'connecting' | 'open' | 'ended' = 'connecting';
  let timedOut = false;
  let complaint: Error | null = null;
  let socket: GatewaySocket | null = null;
  let lastHeardMs = clock.now();
  let cancelWatch = () => {};

  const client = new GatewayProtocolClient<ConnectParams>({
    createSocket(handlers) {
      socket = open(handlers);
      return socket;
    },
    createRequestId: randomUUID,
    createRequestError: (error) => new GatewayProtocolRequestError(error),
    createRequestTimeoutError: (method, timeoutMs, requestSent) =>
      new GatewayProtocolRequestTimeoutError({ method, timeoutMs, requestSent }),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    handshake: { mode: 'require-challenge', timeoutMs: CHALLENGE_TIMEOUT_MS },
    reconnect: NO_RECONNECT,
    nowMs: clock.now,
    buildConnectPlan: ({ nonce, challengeTs }) =>
      options.connect({ nonce: nonce ?? '', ts: challengeTs ?? clock.now() }),
    buildConnectParams: (params) => params,
    onConnectPlanError(error) {
      complaint ??= error;
      return { closeCode: 1008, closeReason: 'connect failed' };
    },
    onConnectFailure(error) {
      complaint ??= error;
      return { closeCode: 1008, closeReason: 'connect refused' };
    },
    onHello(payload) {
      if (phase !== 'connecting') return;
      const hello = parseHello(payload);
      if (!hello) return end({ error: notAGateway(options, 'malformed hello-ok'), detailCode: null });
      phase = 'open';
      cancelDeadline();
      watch(payload.policy?.tickIntervalMs ?? DEFAULT_TICK_MS);
      options.onHello(hello);
    },
    onActivity() {
      lastHeardMs = clock.now();
    },
    onEvent({ event, payload }) {
      if (phase !== 'ended') options.onEvent({ event, payload });
    },
    resolveClose: () => ({ retry: false, notify: true }),
    notifyStoppedClose: true,
    onClose({ code, reason, socketOpened, connectRequestSent }) {
      if (phase === 'open') return end({ error: closedError(code, reason), detailCode: null });
      const failure = {
        socketOpened,
        connectSent: connectRequestSent,
        closeCode: code,
        closeReason: reason,
        timedOut,
        ...(complaint && !timedOut ? { cause: complaint } : {}),
      };
      const detailCode = connectDetailCode(failure.cause);
      if (phase === 'connecting') end({ error: mapConnectFailure(failure, options), detailCode });
    },
  });

  const cancelDeadline = clock.after(options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS, () => {
    timedOut = true;
    // The close that follows tells how far the handshake came.
    socket?.terminate();
  });

  function open(handlers: GatewayProtocolSocketHandlers): GatewaySocket {
    const { url, tlsFingerprint, env, tools } = options;
    return openGatewaySocket({
      address: { url, tlsFingerprint, env },
      tools,
      onOpen: handlers.open,
      onText: handlers.message,
      onClose(code, reason, cause) {
        complaint ??= cause;
        handlers.close(code, reason);
      },
    });
  }

  /** A connection that went silent is dead, even if nobody closed it: twice the Gateway's tick. */
  function watch(tickMs: number): void {
    cancelWatch = clock.after(tickMs, () => {
      if (clock.now() - lastHeardMs > 2 * tickMs) client.closeSocket(4000, 'tick timeout');
      else watch(tickMs);
    });
  }

  function end(how: AttemptEnd): void {
    if (phase === 'ended') return;
    finish();
    options.onEnd(how);
  }

  function finish(): void {
    phase = 'ended';
    cancelDeadline();
    cancelWatch();
    client.stop();
  }

  client.start();

  return {
    async request(method, params, options = {}) {
      try {
        return ok(await client.request(method, params, options));
      } catch (thrown) {
        return err(mapRequestError(thrown, method));
      }
    },
    async stop() {
      finish();
      await socket?.gone;
    },
  };
}
