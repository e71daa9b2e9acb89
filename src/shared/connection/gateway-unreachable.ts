import { type AppError, appError } from '../errors.ts';

/** The keys of `causes.GATEWAY_UNREACHABLE`. */
type UnreachableCause = 'refused' | 'noRoute' | 'silent' | 'closed';

/**
 * Nobody spoke as a Gateway at `url`. `reason` is for logs and scripts: an errno, or what the library said; a person is
 * told which of four things it means.
 */
export function gatewayUnreachable(url: string, reason: string): AppError {
  return appError('GATEWAY_UNREACHABLE', reason, { details: { url, reason, cause: causeOf(reason) } });
}

function causeOf(reason: string): UnreachableCause {
  switch (reason) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
      return 'noRoute';
    case 'ETIMEDOUT':
    case 'no answer':
      return 'silent';
    default:
      return 'closed';
  }
}
