import {
  GatewayClient,
  type GatewayClientCloseInfo,
  type GatewayClientOptions,
} from '@openclaw/gateway-client';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { Clock } from '../clock.ts';
import { brief, closedError, connectDetailCode, mapConnectFailure, notAGateway } from './connect-error.ts';
import { type Hello, parseHello } from './hello.ts';
import { OPERATOR_ROLE, type SignIn, type SigningParts } from './operator.ts';
import { mapRequestError } from './request-error.ts';

/** An event of the Gateway, as it came over the wire. */
export type GatewayEvent = { readonly event: string; readonly payload: unknown };

export type AttemptEnd = {
  readonly error: AppError;
  /** The Gateway's reason for refusing `connect`; null for every other end. */
  readonly detailCode: string | null;
};

export type LinkAttempt = {
  request(method: string, params: unknown, options?: { timeoutMs?: number }): Promise<Result<unknown>>;
  /** Nothing is announced after this. Resolves when the socket is gone. */
  stop(): Promise<void>;
};

export type AttemptOptions = Pick<SigningParts, 'device' | 'version' | 'platform'> & {
  url: string;
  signIn: SignIn;
  /** From opening the socket to `hello-ok`; at most 15 s, where the client library gives up by itself. */
  handshakeTimeoutMs: number;
  clock: Clock;
  onHello: (hello: Hello) => void;
  onEvent: (event: GatewayEvent) => void;
  /** Once, and never from within the call that started the attempt: it failed, or the connection it made ended. */
  onEnd: (end: AttemptEnd) => void;
};

/**
 * One connection to a Gateway on one GatewayClient: challenge, hello, events, tick watchdog. It never reconnects;
 * when and how to try again is the link's business.
 */
export function startLinkAttempt(options: AttemptOptions): LinkAttempt {
  let phase: 'connecting' | 'open' | 'ended' = 'connecting';
  let timedOut = false;
  let complaint: Error | undefined;

  const client = new GatewayClient({
    ...clientOptions(options),
    onHelloOk(payload) {
      if (phase !== 'connecting') return;
      const hello = parseHello(payload);
      if (!hello) return end({ error: notAGateway(options, 'malformed hello-ok'), detailCode: null });
      phase = 'open';
      cancelDeadline();
      options.onHello(hello);
    },
    onEvent({ event, payload }) {
      if (phase !== 'ended') options.onEvent({ event, payload });
    },
    onConnectError(error) {
      complaint ??= error;
    },
    onClose(code, reason, info) {
      if (phase === 'open') end({ error: closedError(code, reason), detailCode: null });
      else if (phase === 'connecting') end(failedConnect(code, reason, info));
    },
  });

  const cancelDeadline = options.clock.after(options.handshakeTimeoutMs, () => {
    timedOut = true;
    // The close that follows tells how far the handshake came.
    client.stop();
  });

  function failedConnect(closeCode: number, closeReason: string, info?: GatewayClientCloseInfo): AttemptEnd {
    // A client that was stopped complains of just that.
    const cause = timedOut ? undefined : (info?.connectError ?? complaint);
    const failure = {
      socketOpened: info?.socketOpened ?? false,
      connectSent: info?.connectRequestSent ?? false,
      closeCode,
      closeReason,
      timedOut,
      ...(cause ? { cause } : {}),
    };
    return { error: mapConnectFailure(failure, options), detailCode: connectDetailCode(cause) };
  }

  function end(how: AttemptEnd): void {
    if (phase === 'ended') return;
    phase = 'ended';
    cancelDeadline();
    client.stop();
    options.onEnd(how);
  }

  try {
    client.start();
  } catch (thrown) {
    complaint ??= thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  if (complaint) {
    // No socket was made, so no close will come: the URL itself is refused (R24).
    const reason = brief(complaint.message);
    const error = appError('BAD_REQUEST', reason, { details: { reason } });
    queueMicrotask(() => end({ error, detailCode: null }));
  }

  return {
    async request(method, params, { timeoutMs } = {}) {
      try {
        return ok(
          await client.request<unknown>(method, params, timeoutMs === undefined ? {} : { timeoutMs }),
        );
      } catch (thrown) {
        return err(mapRequestError(thrown, method));
      }
    },
    async stop() {
      phase = 'ended';
      cancelDeadline();
      // Rejects when the socket outlives its termination; there is nothing left to do about it then.
      await client.stopAndWait().catch(() => undefined);
    },
  };
}

/**
 * Id `gateway-client` in mode `ui` with a device and without an Origin: a real Gateway pairs it silently on loopback
 * (openclaw 2026.9.6), and unlike mode `backend` it gets a device token.
 */
export const linkClient = { id: 'gateway-client', mode: 'ui' } as const;

function clientOptions({
  url,
  signIn,
  device,
  version,
  platform = process.platform,
}: AttemptOptions): GatewayClientOptions {
  return {
    url,
    clientName: linkClient.id,
    mode: linkClient.mode,
    clientDisplayName: 'Chela',
    clientVersion: version,
    platform,
    role: OPERATOR_ROLE,
    scopes: [...signIn.scopes],
    // The library asks for keys as PEM and hands them back for signing; ours never leaves the device's room.
    deviceIdentity: { deviceId: device.deviceId, privateKeyPem: '', publicKeyPem: '' },
    hostDeps: {
      signDevicePayload: (_privateKeyPem, payload) => device.sign(payload),
      publicKeyRawBase64UrlFromPem: () => device.publicKey,
    },
    // The attempt before this one is over when the Gateway says it is starting; the link waits, not the library.
    notifyOnStartupRetry: true,
    ...(signIn.by === 'deviceToken' ? { deviceToken: signIn.token } : signIn.credentials),
  };
}
