import { GatewayClientRequestError } from '@openclaw/gateway-client';
import {
  ConnectErrorDetailCodes as Code,
  readConnectErrorDetailCode,
  readPairingConnectErrorDetails,
} from '@openclaw/gateway-protocol/connect-error-details';
import { resolveGatewayStartupRetryAfterMs } from '@openclaw/gateway-protocol/startup-unavailable';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { type AppError, appError, type ErrorDetails } from '../../shared/errors.ts';

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
  return cause instanceof GatewayClientRequestError ? readConnectErrorDetailCode(cause.details) : null;
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
  if (cause instanceof GatewayClientRequestError) {
    return isUpgradeRejection(cause) ? mapUpgradeRejection(cause, target) : mapConnectRefusal(cause, target);
  }
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
function mapConnectRefusal(cause: GatewayClientRequestError, target: ConnectTarget): AppError {
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

/** `@openclaw/gateway-client` marks an HTTP answer in place of the upgrade with this reason. */
function isUpgradeRejection(cause: GatewayClientRequestError): boolean {
  return readText(cause.details, 'reason') === 'websocket-upgrade-rejected';
}

function mapUpgradeRejection(cause: GatewayClientRequestError, target: ConnectTarget): AppError {
  const status = readNumber(cause.details, 'httpStatus') ?? 0;
  const errorType = readText(cause.details, 'gatewayErrorType');
  // A Gateway behind a proxy refuses with a body of its own making.
  if (errorType) {
    const reason = brief(readText(cause.details, 'gatewayErrorMessage') ?? errorType);
    return appError('GATEWAY_AUTH_REFUSED', `upgrade refused: ${errorType}`, { details: { reason } });
  }
  // A proxy whose Gateway is away for a moment.
  if (status === 502 || status === 503 || status === 504) return unreachable(target, `HTTP ${status}`);
  return notAGateway(target, `HTTP ${status}`);
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
  return appError('GATEWAY_UNREACHABLE', why, { details: { url, reason: why } });
}

function describeCause(cause: Error): string {
  return (cause as NodeJS.ErrnoException).code ?? brief(cause.message);
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port) return Number(port);
  return protocol === 'wss:' ? 443 : 80;
}

function readText(details: unknown, key: string): string | undefined {
  const found = (details as Record<string, unknown> | null | undefined)?.[key];
  return typeof found === 'string' ? found : undefined;
}

function readNumber(details: unknown, key: string): number | undefined {
  const found = (details as Record<string, unknown> | null | undefined)?.[key];
  return typeof found === 'number' ? found : undefined;
}

/** One printable line: the text comes from another computer and ends up in a sentence. */
export function brief(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
