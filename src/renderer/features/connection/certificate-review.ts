import { shortTlsFingerprint } from '../../../shared/connection/tls-pin.ts';
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

/** A certificate's date, as OpenSSL prints it, in the locale's words; what cannot be read stays as it is. Pure. */
export function certificateDate(text: string, date: (atMs: number) => string): string {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? text : date(atMs);
}

/** A rung's or an error's values as a line tells them: a fingerprint by its two ends, and days without seconds. Pure. */
export function briefValues<T extends Record<string, unknown>>(values: T, date: (atMs: number) => string): T {
  const day = (text: string) => certificateDate(text, date);
  const shorten = {
    expected: shortTlsFingerprint,
    actual: shortTlsFingerprint,
    fingerprint: shortTlsFingerprint,
    validFrom: day,
    validTo: day,
    until: day,
  };
  const brief = Object.entries(shorten).flatMap(([key, make]) => {
    const value = values[key];
    return typeof value === 'string' ? [[key, make(value)]] : [];
  });
  return { ...values, ...Object.fromEntries(brief) };
}

/** The error as a banner tells it; the dialog shows all of it. Pure. */
export function briefly(error: AppError, date: (atMs: number) => string): AppError {
  if (!certificateReviewOf(error)) return error;
  return { ...error, details: briefValues(error.details ?? {}, date) };
}
