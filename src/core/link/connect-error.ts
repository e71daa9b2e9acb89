import { GatewayProtocolRequestError } from '@openclaw/gateway-client/browser';
import {
  ConnectErrorDetailCodes as Code,
  readConnectErrorDetailCode,
  readPairingConnectErrorDetails,
} from '@openclaw/gateway-protocol/connect-error-details';
import { resolveGatewayStartupRetryAfterMs } from '@openclaw/gateway-protocol/startup-unavailable';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import { type AppError, AppErrorException, appError, type ErrorDetails } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';

/** How far a connect attempt came and what ended it. */
export type ConnectFailure = {
  /** The WebSocket upgrade succeeded. */
  socketOpened: boolean;
  /** The challenge came and was answered. */
  connectSent: boolean;
  closeCode: number;
  closeReason: string;
  /** What the client library or the Gateway's answer said, if anything. */
  cause?: Error;
  /** Nothing ended it but our own patience. */
  timedOut: boolean;
};

/** Where the attempt went; `origin` only where one was sent. */
export type ConnectTarget = { url: string; origin?: string };

/** `details.code` of the Gateway's answer to `connect`, or null when there was no such answer. */
export function connectDetailCode(cause: Error | undefined): string | null {
  return cause instanceof GatewayProtocolRequestError ? readConnectErrorDetailCode(cause.details) : null;
}

/**
 * Turns a failed connect into an AppError, by the Gateway's `details.code` (never by its text, which differs per
 * client id) and by how far the attempt came.
 *
 * Silence is told apart on purpose: a TCP connection on which nobody ever speaks may be a tunnel that just lost
 * its network (GATEWAY_UNREACHABLE, tried again), but whoever accepts a WebSocket and then sends no challenge is
 * no Gateway (NOT_A_GATEWAY, permanent): a Gateway sends it at once.
 */
export function mapConnectFailure(failure: ConnectFailure, target: ConnectTarget): AppError {
  const { cause } = failure;
  if (cause instanceof GatewayProtocolRequestError) return mapConnectRefusal(cause, target);
  if (cause instanceof AppErrorException && !failure.timedOut) return cause.error;
  if (cause && isNotWebSocket(cause)) return notAGateway(target, cause.message);
  if (failure.timedOut) {
    if (failure.socketOpened && !failure.connectSent) return notAGateway(target, 'no challenge');
    return unreachable(target, failure.socketOpened ? 'no hello' : 'no answer');
  }
  if (failure.closeCode === 1013) return appError('GATEWAY_STARTING', 'closed with 1013');
  return unreachable(target, cause ? describeCause(cause) : `closed with ${failure.closeCode}`);
}

/** A connection that was open and ended. */
export function closedError(closeCode: number, closeReason: string): AppError {
  const reason = brief(closeReason) || 'no reason given';
  return appError('GATEWAY_CLOSED', `closed with ${closeCode}: ${reason}`, {
    details: { reason, closeCode },
  });
}

/** The Gateway's answer to `connect` when it is not `hello-ok`. */
function mapConnectRefusal(cause: GatewayProtocolRequestError, target: ConnectTarget): AppError {
  const reason = brief(cause.message);
  const retryAfterMs = resolveGatewayStartupRetryAfterMs(cause) ?? undefined;
  const refuse = (
    code: Parameters<typeof appError>[0],
    details: ErrorDetails = { reason },
    options: { retryAfterMs?: number } = {},
  ) => appError(code, `connect refused: ${reason}`, { details, ...options });

  const detailCode = readConnectErrorDetailCode(cause.details);
  switch (detailCode) {
    case Code.AUTH_TOKEN_MISSING:
    case Code.AUTH_REQUIRED:
      return refuse('GATEWAY_TOKEN_MISSING');
    case Code.AUTH_TOKEN_MISMATCH:
    case Code.AUTH_DEVICE_TOKEN_MISMATCH:
      return refuse('GATEWAY_TOKEN_MISMATCH');
    case Code.AUTH_PASSWORD_MISSING:
    case Code.AUTH_PASSWORD_MISMATCH:
      return refuse('GATEWAY_PASSWORD_MISMATCH');
    case Code.PAIRING_REQUIRED: {
      const pairing = readPairingConnectErrorDetails(cause.details);
      return refuse('GATEWAY_PAIRING_REQUIRED', {
        requestId: pairing?.requestId ?? '',
        reason: pairing?.reason ?? 'not-paired',
      });
    }
    case Code.PROTOCOL_MISMATCH:
    case Code.CLIENT_VERSION_MISMATCH:
      return refuse('GATEWAY_PROTOCOL_MISMATCH', {
        ours: PROTOCOL_VERSION,
        theirs: readNumber(cause.details, 'expectedProtocol') ?? '?',
      });
    case Code.CONTROL_UI_ORIGIN_NOT_ALLOWED:
      return refuse('GATEWAY_ORIGIN_REFUSED', { origin: target.origin ?? '', reason });
    case Code.DEVICE_IDENTITY_REQUIRED:
    case Code.CONTROL_UI_DEVICE_IDENTITY_REQUIRED:
    case Code.DEVICE_AUTH_INVALID:
    case Code.DEVICE_AUTH_DEVICE_ID_MISMATCH:
    case Code.DEVICE_AUTH_NONCE_MISMATCH:
    case Code.DEVICE_AUTH_NONCE_REQUIRED:
    case Code.DEVICE_AUTH_PUBLIC_KEY_INVALID:
    case Code.DEVICE_AUTH_SIGNATURE_EXPIRED:
    case Code.DEVICE_AUTH_SIGNATURE_INVALID:
      return refuse('GATEWAY_DEVICE_REFUSED');
    default:
      if (retryAfterMs !== undefined || (cause.gatewayCode === 'UNAVAILABLE' && cause.retryable)) {
        return refuse('GATEWAY_STARTING', {}, { retryAfterMs: retryAfterMs ?? cause.retryAfterMs });
      }
      // Without a code it is no matter of credentials: the Gateway disliked the request as such.
      return detailCode === null
        ? refuse('GATEWAY_REQUEST_FAILED', { reason, method: 'connect' })
        : refuse('GATEWAY_AUTH_REFUSED', { reason, detailCode });
  }
}

/** An HTTP answer in place of the upgrade. `body`: its beginning. */
export function describeUpgradeRefusal(status: number, body: string, target: ConnectTarget): AppError {
  const refusal = readUpgradeRefusal(body);
  // A Gateway behind a proxy that it does not trust refuses with a body of its own making.
  if (refusal) {
    const reason = brief(refusal.message ?? refusal.type);
    return appError('GATEWAY_AUTH_REFUSED', `upgrade refused: ${brief(refusal.type)}`, {
      details: { reason },
    });
  }
  // A proxy whose Gateway is away for a moment.
  if (status === 502 || status === 503 || status === 504) return unreachable(target, `HTTP ${status}`);
  return notAGateway(target, `HTTP ${status}`);
}

/** `{error: {type, message?}}`; null for any other body. */
function readUpgradeRefusal(body: string): { type: string; message?: string } | null {
  const { type, message } = (parseJson(body) as { error?: Record<string, unknown> } | null)?.error ?? {};
  if (typeof type !== 'string') return null;
  return { type, ...(typeof message === 'string' && { message }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Bytes that are no HTTP, or an upgrade that is no WebSocket. */
function isNotWebSocket(cause: Error): boolean {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return code.startsWith('HPE_') || /^Invalid (Upgrade|Sec-WebSocket-\w+) header/.test(cause.message);
}

/** Something answers there, but not as a Gateway does. `why` is for logs. */
export function notAGateway({ url }: ConnectTarget, why: string): AppError {
  return appError('NOT_A_GATEWAY', why, { details: { port: portOf(url) } });
}

function unreachable({ url }: ConnectTarget, why: string): AppError {
  return gatewayUnreachable(url, why);
}

function describeCause(cause: Error): string {
  return (cause as NodeJS.ErrnoException).code ?? brief(cause.message);
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port) return Number(port);
  return protocol === 'wss:' || protocol === 'https:' ? 443 : 80;
}

function readNumber(details: unknown, key: string): number | undefined {
  const found = (details as Record<string, unknown> | null | undefined)?.[key];
  return typeof found === 'number' ? found : undefined;
}
