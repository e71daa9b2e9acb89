import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import type { GatewayUrl } from '../../shared/connection/gateway-url.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { dialGateway, type GatewayAddress } from '../link/dial.ts';
import { breaks, evidence, holds, type Outcome } from './ladder.ts';

/** The rungs of name and port speak of SSH; here they are about the Gateway itself. */
export function asDirect<T>(outcome: Outcome<T>, { host, href }: GatewayUrl): Outcome<T> {
  if (outcome.ok) return outcome;
  const { code, message, retryable } = outcome.error;
  if (code === 'SSH_LOCAL_NETWORK_BLOCKED') return outcome;
  const details = { host, cause: retryable ? 'noAnswer' : 'unknown' };
  const error: AppError =
    code === 'SSH_HOST_NOT_FOUND'
      ? { ...appError('GATEWAY_HOST_NOT_FOUND', message, { details }), retryable }
      : gatewayUnreachable(href, errnoSeen(outcome));
  return breaks(error, outcome.evidence);
}

/** What the system called it, where the rung saw that: the sentence in the error is SSH's. */
export function errnoSeen({ error, evidence: seen }: Extract<Outcome<unknown>, { ok: false }>): string {
  return String(seen?.values.errno ?? error.message);
}

/** R24 on the address that was reached, and R26: the handshake and whose certificate it is. */
export async function checkTls(
  address: GatewayAddress,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<Outcome<true>> {
  const dialed = await dialGateway({ ...address, signal, timeoutMs });
  signal.throwIfAborted();
  if (!dialed.ok) {
    const { actual, issuer, validTo } = dialed.error.details ?? {};
    const isShown = typeof actual === 'string' && typeof issuer === 'string' && typeof validTo === 'string';
    return breaks(
      dialed.error,
      isShown ? evidence('certificate', { fingerprint: actual, issuer, until: validTo }) : null,
    );
  }
  const { socket, certificate } = dialed.value;
  socket.destroy();
  if (!certificate) return holds(evidence('plaintext'));
  const { fingerprint, issuer, validTo: until } = certificate;
  return holds(evidence(address.tlsFingerprint ? 'pinned' : 'certificate', { fingerprint, issuer, until }));
}
