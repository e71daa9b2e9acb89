import { type AppError, appError } from '../errors.ts';
import type { Bind, ServerAuthConfig } from './gateway-access.ts';

/**
 * R25: a Gateway that other computers can reach needs a credential that somebody chose. SERVER_BIND_NEEDS_AUTH where there
 * is none; null where it may open its door. The caller knows whether `bind` leads out of this computer.
 */
export function refuseExposed(bind: Bind, auth: ServerAuthConfig): AppError | null {
  const isProtected = auth.mode !== 'none' && !('generated' in auth && auth.generated === true);
  if (isProtected) return null;
  return appError('SERVER_BIND_NEEDS_AUTH', `bind ${bind} without authentication`, { details: { bind } });
}
