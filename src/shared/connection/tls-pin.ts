import { appError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

const prefix = /^sha-?256(?::|\s+fingerprint=)/i;
const plainHex = /^[0-9a-f]{64}$/i;
const colonHex = /^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/i;

/**
 * Reads `gateway.remote.tlsFingerprint` (R26): the SHA-256 of the certificate as 64 hexadecimal digits, with or without
 * colons, in either case, after `sha256:` or what `openssl x509 -fingerprint` prints in front. Lower-case hex comes out;
 * anything else is GATEWAY_TLS_PIN_INVALID, never "no pin".
 */
export function parseTlsFingerprint(text: string): Result<string> {
  const value = text.trim().replace(prefix, '').trim();
  if (plainHex.test(value)) return ok(value.toLowerCase());
  if (colonHex.test(value)) return ok(value.replaceAll(':', '').toLowerCase());
  return err(appError('GATEWAY_TLS_PIN_INVALID', 'not a SHA-256 fingerprint'));
}

/** The two ends of one, for a line that only names it. Whoever compares has to see all of it. */
export function shortTlsFingerprint(text: string): string {
  const parsed = parseTlsFingerprint(text);
  if (!parsed.ok) return text;
  const ends = [parsed.value.slice(0, 8), parsed.value.slice(-8)];
  return ends.map(formatTlsFingerprint).join('…');
}

/** For people, as `openssl x509 -fingerprint -sha256` prints it: upper case with colons. */
export function formatTlsFingerprint(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}
