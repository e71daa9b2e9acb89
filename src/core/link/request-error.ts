import {
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
} from '@openclaw/gateway-client/browser';
import { type AppError, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { closedError } from './connect-error.ts';

/**
 * A request that came to nothing after `hello-ok`: GATEWAY_REQUEST_FAILED (the Gateway said no; `gatewayCode` is
 * its code, `detailCode` the finer one where it gives one, `requiredScopes` what was not granted), GATEWAY_REQUEST_TIMEOUT, STOPPED (the link was stopped) or GATEWAY_CLOSED.
 */
export function mapRequestError(thrown: unknown, method: string): AppError {
  if (thrown instanceof GatewayProtocolRequestError) {
    const reason = brief(thrown.message);
    return appError('GATEWAY_REQUEST_FAILED', `${method}: ${reason}`, {
      details: { method, reason, gatewayCode: thrown.gatewayCode, ...machineReadable(thrown.details) },
      ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
    });
  }
  if (thrown instanceof GatewayProtocolRequestTimeoutError) {
    const seconds = Math.round(thrown.timeoutMs / 100) / 10;
    return appError('GATEWAY_REQUEST_TIMEOUT', `${method}: no answer within ${seconds} s`, {
      details: { method, seconds },
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (message === 'gateway client stopped') return appError('STOPPED', message);
  const closed = /^gateway closed \((\d+)\): (.*)$/s.exec(message);
  return closedError(closed ? Number(closed[1]) : 1006, closed?.[2] ?? message);
}

/** What a program may branch on; the rest of the Gateway's details stays here. */
function machineReadable(details: unknown): { detailCode?: string; requiredScopes?: string[] } {
  const { code, requiredScopes } = (details ?? {}) as Record<string, unknown>;
  const isTexts = Array.isArray(requiredScopes) && requiredScopes.every((one) => typeof one === 'string');
  return {
    ...(typeof code === 'string' && { detailCode: code }),
    ...(isTexts && { requiredScopes }),
  };
}
