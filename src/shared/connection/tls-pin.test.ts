import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTlsFingerprint, parseTlsFingerprint } from './tls-pin.ts';

const hex = 'a1'.repeat(32);
const colons = Array.from({ length: 32 }, () => 'A1').join(':');

describe('parseTlsFingerprint (R26)', () => {
  it.each([
    hex,
    hex.toUpperCase(),
    colons,
    colons.toLowerCase(),
    `sha256:${hex}`,
    `SHA256:${colons}`,
    `SHA-256:${hex}`,
    `  sha256: ${hex}\n`,
    `sha256 Fingerprint=${colons}`,
  ])('%s', (text) => {
    expect(parseTlsFingerprint(text)).toEqual({ ok: true, value: hex });
  });

  it.each([
    '',
    hex.slice(2),
    `${hex}00`,
    `sha1:${hex}`,
    `${colons}:`,
    colons.replace(':', ''),
    colons.replaceAll(':', '-'),
    `g${hex.slice(1)}`,
    'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
  ])('never takes %j for "no pin"', (text) => {
    expect(parseTlsFingerprint(text)).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_TLS_PIN_INVALID' },
    });
  });

  it('reads what it prints', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const digits = Buffer.from(bytes).toString('hex');
        expect(parseTlsFingerprint(formatTlsFingerprint(digits))).toEqual({ ok: true, value: digits });
      }),
    );
  });
});
