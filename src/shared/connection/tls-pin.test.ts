import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTlsFingerprint, parseTlsFingerprint, shortTlsFingerprint } from './tls-pin.ts';

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

describe('R26 a fingerprint in a line', () => {
  it('shows its two ends', () => {
    const hex = `9a1b2c3d${'0'.repeat(48)}789a9bab`;
    expect(shortTlsFingerprint(hex)).toBe('9A:1B:2C:3D…78:9A:9B:AB');
    expect(shortTlsFingerprint(formatTlsFingerprint(hex))).toBe('9A:1B:2C:3D…78:9A:9B:AB');
  });

  it('leaves alone what is none', () => {
    expect(shortTlsFingerprint('SHA256:9sQm4nU7y5dYp6Qd3vKq1Zz0Xb2Wc4Ve6Rt8Yu0Io2A')).toBe(
      'SHA256:9sQm4nU7y5dYp6Qd3vKq1Zz0Xb2Wc4Ve6Rt8Yu0Io2A',
    );
  });
});
