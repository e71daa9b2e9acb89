import type { AppError } from '../../shared/errors.ts';
import { describeHolder } from './adopt.ts';
import { findPortHolder } from './find-port-holder.ts';
import { isListening } from './is-listening.ts';
import { refuseForeignPort } from './port-owner.ts';
import { probeGateway } from './probe-gateway.ts';
import { stablePortFor } from './stable-port.ts';
import { realSystem, type System } from './system.ts';

export type PortVerdict =
  /** Nobody listens there. */
  | { readonly tag: 'free' }
  /** Whoever it is sends a Gateway's challenge. `pid` is null where the system does not tell. */
  | { readonly tag: 'gateway'; readonly pid: number | null }
  /** PORT_IN_USE, or PORT_IN_USE_BY with `pid` and `command`; both with `suggestedPort`, 0 where none is free.
   * LOCAL_GATEWAY_NOT_OURS, with `suggestedPort` too: a Gateway's challenge from another user's program. */
  | { readonly tag: 'stranger'; readonly error: AppError };

const CHALLENGE_TIMEOUT_MS = 3000;

/** Who listens on 127.0.0.1:`port`. Says nothing to it, least of all a token, and ends no process. Never throws. */
export async function lookAtPort(port: number, system: System = realSystem): Promise<PortVerdict> {
  if (!(await isListening(port))) return { tag: 'free' };
  const [isGateway, holder, foreign] = await Promise.all([
    probeGateway(port, { timeoutMs: CHALLENGE_TIMEOUT_MS }),
    findPortHolder(port, system),
    refuseForeignPort(port, system),
  ]);
  if (isGateway && foreign) {
    const suggestedPort = (await stablePortFor(`local:${port}`)) ?? 0;
    return { tag: 'stranger', error: { ...foreign, details: { ...foreign.details, suggestedPort } } };
  }
  if (isGateway) return { tag: 'gateway', pid: holder?.pid ?? null };
  // It may have ended meanwhile, as a Gateway does that is told to stop.
  if (!(await isListening(port))) return { tag: 'free' };
  const suggested = await stablePortFor(`local:${port}`);
  return { tag: 'stranger', error: describeHolder(port, holder, suggested) };
}
