import { describe, expect, it } from 'vitest';
import { formatTlsFingerprint } from '../../shared/connection/tls-pin.ts';
import { appError } from '../../shared/errors.ts';
import { pinFor } from './pin-certificate.ts';

const hex = '0f'.repeat(32);
const actual = formatTlsFingerprint(hex);
const refusal = appError('GATEWAY_TLS_PIN_MISMATCH', '', { details: { host: 'studio.example', actual } });

describe('R26: a pin is replaced by a deliberate act only', () => {
  it('with the name typed and the very certificate that was shown', () => {
    expect(pinFor(refusal, { typedHost: ' studio.example ', fingerprint: actual })).toEqual({
      ok: true,
      value: hex,
    });
  });

  it.each([
    ['another name', refusal, { typedHost: 'studio', fingerprint: actual }],
    ['nothing typed', refusal, { typedHost: '', fingerprint: actual }],
    ['another certificate', refusal, { typedHost: 'studio.example', fingerprint: 'ff'.repeat(32) }],
    ['no fingerprint', refusal, { typedHost: 'studio.example', fingerprint: '' }],
    ['no refusal', null, { typedHost: 'studio.example', fingerprint: actual }],
    [
      'a refusal that showed no certificate',
      appError('GATEWAY_TLS_MISSING', '', { details: { host: 'studio.example' } }),
      { typedHost: 'studio.example', fingerprint: actual },
    ],
  ])('not with %s', (_what, error, request) => {
    expect(pinFor(error, request)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
  });
});
