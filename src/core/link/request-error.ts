import {
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
} from '@openclaw/gateway-client/browser';
import { type AppError, appError } from '../../shared/errors.ts';
import { closedError } from './connect-error.ts';
import { brief } from './printable.ts';

/**
 * A request that came to nothing after `hello-ok`: GATEWAY_REQUEST_FAILED (the Gateway said no; `gatewayCode` is
 * its code), GATEWAY_REQUEST_TIMEOUT, STOPPED (the link was stopped) or GATEWAY_CLOSED.
 */
export function mapRequestError(thrown: unknown, method: string): AppError {
  if (thrown instanceof GatewayProtocolRequestError) {
    const reason = brief(thrown.message);
    return appError('GATEWAY_REQUEST_FAILED', `${method}: ${reason}`, {
      details: { method, reason, gatewayCode: thrown.gatewayCode },
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
