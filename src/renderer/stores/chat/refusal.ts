import {
  ConnectErrorDetailCodes,
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
  readConnectErrorDetailCode,
  readPairingConnectErrorDetails,
} from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { type AppError, appError, type ErrorCode } from '../../../shared/errors.ts';

const byDetailCode: Record<string, ErrorCode> = {
  [ConnectErrorDetailCodes.AUTH_TOKEN_MISSING]: 'GATEWAY_TOKEN_MISSING',
  [ConnectErrorDetailCodes.AUTH_TOKEN_MISMATCH]: 'GATEWAY_TOKEN_MISMATCH',
  [ConnectErrorDetailCodes.AUTH_PASSWORD_MISSING]: 'GATEWAY_PASSWORD_MISMATCH',
  [ConnectErrorDetailCodes.AUTH_PASSWORD_MISMATCH]: 'GATEWAY_PASSWORD_MISMATCH',
  [ConnectErrorDetailCodes.PAIRING_REQUIRED]: 'GATEWAY_PAIRING_REQUIRED',
  [ConnectErrorDetailCodes.CONTROL_UI_ORIGIN_NOT_ALLOWED]: 'GATEWAY_ORIGIN_REFUSED',
  [ConnectErrorDetailCodes.DEVICE_AUTH_SIGNATURE_INVALID]: 'GATEWAY_DEVICE_REFUSED',
  [ConnectErrorDetailCodes.DEVICE_AUTH_SIGNATURE_EXPIRED]: 'GATEWAY_DEVICE_REFUSED',
  [ConnectErrorDetailCodes.DEVICE_AUTH_DEVICE_ID_MISMATCH]: 'GATEWAY_DEVICE_REFUSED',
};

/** A refused `connect` as an error with a sentence. `origin` is the page's own. */
export function refusalError(error: GatewayProtocolRequestError, origin: string): AppError {
  const detailCode = readConnectErrorDetailCode(error.details);
  const code = (detailCode !== null && byDetailCode[detailCode]) || 'GATEWAY_AUTH_REFUSED';
  const requestId = readPairingConnectErrorDetails(error.details)?.requestId ?? '';
  return appError(code, `connect refused: ${detailCode ?? error.gatewayCode}`, {
    details: { reason: error.message, origin, requestId },
  });
}

/** As the client says that there is no connection, or that it ended before the answer (gateway-client 2026.9). */
const notConnected = /^gateway (not connected|closed|client stopped)/;

const missingScopeSchema = z.looseObject({ code: z.literal('MISSING_SCOPE'), missingScope: z.string() });

/** A refused or unanswered request as an error with a sentence. */
export function requestError(thrown: unknown, method: string): AppError {
  const lacks = missingScopeSchema.safeParse(
    thrown instanceof GatewayProtocolRequestError ? thrown.details : null,
  );
  if (lacks.success) {
    const { missingScope: scope } = lacks.data;
    return appError('GATEWAY_SCOPE_MISSING', `${method}: missing scope`, { details: { method, scope } });
  }
  if (thrown instanceof GatewayProtocolRequestTimeoutError) {
    const seconds = Math.round(thrown.timeoutMs / 1000);
    return appError('GATEWAY_REQUEST_TIMEOUT', `${method}: no answer`, { details: { method, seconds } });
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  if (!(thrown instanceof GatewayProtocolRequestError) && notConnected.test(reason)) {
    return appError('GATEWAY_NOT_CONNECTED', `${method}: ${reason}`, { details: { method } });
  }
  return appError('GATEWAY_REQUEST_FAILED', reason, {
    details: { method, reason: reason.replace(/\.$/, '') },
  });
}
