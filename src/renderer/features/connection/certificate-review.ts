import type { AppError } from '../../../shared/errors.ts';

/** A certificate that was refused, for a person to judge. */
export type CertificateReview = {
  host: string;
  /** The pinned one's fingerprint; null where none was pinned. */
  expected: string | null;
  actual: string;
  subject: string;
  issuer: string;
  validFrom: string;
  validTo: string;
};

/** Null for an error that shows no certificate. Pure. */
export function certificateReviewOf({ code, details = {} }: AppError): CertificateReview | null {
  if (!code.startsWith('GATEWAY_TLS_') || typeof details.actual !== 'string') return null;
  const text = (key: string) => String(details[key] ?? '-');
  return {
    host: text('host'),
    expected: typeof details.expected === 'string' ? details.expected : null,
    actual: details.actual,
    subject: text('subject'),
    issuer: text('issuer'),
    validFrom: text('validFrom'),
    validTo: text('validTo'),
  };
}
