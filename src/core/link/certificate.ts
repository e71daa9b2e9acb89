import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { formatTlsFingerprint } from '../../shared/connection/tls-pin.ts';
import type { ErrorDetails } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';

/** What a person compares. All text is of the other side's making, cut to one printable line each. */
export type CertificateFacts = {
  /** SHA-256 of the whole certificate, upper case with colons. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** As OpenSSL prints a date, in GMT. */
  readonly validFrom: string;
  readonly validTo: string;
};

export function describeCertificate(certificate: X509Certificate): CertificateFacts {
  const name = (text: string) => brief(text.split('\n').join(', ')) || '-';
  return {
    fingerprint: formatTlsFingerprint(digestOf(certificate).toString('hex')),
    subject: name(certificate.subject),
    issuer: name(certificate.issuer),
    validFrom: certificate.validFrom,
    validTo: certificate.validTo,
  };
}

/** R26, in constant time. `pin`: 64 lower-case hexadecimal digits. */
export function matchesPin(certificate: X509Certificate, pin: string): boolean {
  return timingSafeEqual(digestOf(certificate), Buffer.from(pin, 'hex'));
}

/** For an error's details. */
export function certificateDetails({ fingerprint, ...rest }: CertificateFacts): ErrorDetails {
  return { actual: fingerprint, ...rest };
}

function digestOf(certificate: X509Certificate): Buffer {
  return createHash('sha256').update(certificate.raw).digest();
}
