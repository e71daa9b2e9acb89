import { parseTlsFingerprint } from '../../shared/connection/tls-pin.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';

export type PinRequest = {
  /** The host's name, typed by a person as a deliberate act. */
  readonly typedHost: string;
  /** As it was shown: what is pinned is what was looked at, not what the server shows by now. */
  readonly fingerprint: string;
};

/**
 * The fingerprint to pin for the certificate that the present connection was refused over (R26): BAD_REQUEST unless the
 * host's own name was typed and the fingerprint is still the refused one's. Pure.
 */
export function pinFor(refusal: AppError | null, { typedHost, fingerprint }: PinRequest): Result<string> {
  const { host, actual } = refusal?.details ?? {};
  const offered = typeof actual === 'string' ? parseTlsFingerprint(actual) : null;
  if (!offered?.ok) return refuse('No certificate waits to be accepted');
  const wanted = parseTlsFingerprint(fingerprint);
  if (!wanted.ok || wanted.value !== offered.value) return refuse('The certificate changed again meanwhile');
  if (typedHost.trim() !== host) return refuse('That is not the name of the host');
  return ok(offered.value);
}

function refuse(reason: string): Result<never> {
  return err(appError('BAD_REQUEST', reason, { details: { reason } }));
}
