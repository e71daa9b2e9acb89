import { APICallError, RetryError, StreamProviderError } from 'ai';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { modelRef } from '../../shared/config/model-config.ts';
import { redactUrl } from '../../shared/config/redact-url.ts';
import type { Translate } from '../../shared/errors.ts';
import { maskSecrets } from './mask-secrets.ts';
import { type FailureReason, type ReplyErrorKind, ReplyFailure } from './reply.ts';

/** What the model server said is shown up to this length. */
const MAX_REASON_LENGTH = 300;

type SentenceKey =
  | 'unreachable'
  | 'auth'
  | 'notFound'
  | 'rateLimit'
  | 'billing'
  | 'contextLength'
  | 'server'
  | 'refused'
  | 'other'
  | 'timeout';

type Class = { readonly key: SentenceKey; readonly reason: FailureReason; readonly kind?: ReplyErrorKind };

/** Turns whatever a model call threw into a sentence. Neither the API key nor a header stands in it. */
export function describeModelError(thrown: unknown, model: ModelConfig, t: Translate): ReplyFailure {
  if (thrown instanceof ReplyFailure) return thrown;
  const cause = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  const isCall = APICallError.isInstance(cause);
  const status = isCall || StreamProviderError.isInstance(cause) ? cause.statusCode : undefined;
  const { key, reason, kind } = classify(cause, status);
  const detail = wordsOf(cause, model);
  const sentence = t(`responder.modelError.${key}`, {
    model: modelRef(model),
    url: redactUrl(model.baseUrl),
    status: status ?? '',
    reason: detail,
  });
  const retryAfterMs = isCall ? retryAfter(cause.responseHeaders) : undefined;
  return new ReplyFailure(sentence, {
    reason,
    detail: status === undefined ? detail : `${status} ${detail}`,
    model: { provider: model.providerId, model: model.modelId },
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined ? {} : { httpStatus: status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function classify(cause: unknown, status: number | undefined): Class {
  if (status === undefined) {
    if (isTimeout(cause)) return { key: 'timeout', reason: 'timeout', kind: 'timeout' };
    if (isContextLength(cause)) {
      return { key: 'contextLength', reason: 'context_overflow', kind: 'context_length' };
    }
    return APICallError.isInstance(cause)
      ? { key: 'unreachable', reason: 'unreachable' }
      : { key: 'other', reason: 'unknown' };
  }
  if (status === 401 || status === 403) return { key: 'auth', reason: 'auth' };
  if (status === 402) return { key: 'billing', reason: 'billing' };
  if (status === 404) return { key: 'notFound', reason: 'model_not_found' };
  if (status === 408) return { key: 'timeout', reason: 'timeout', kind: 'timeout' };
  if (status === 429) return { key: 'rateLimit', reason: 'rate_limit', kind: 'rate_limit' };
  if (status === 413 || isContextLength(cause)) {
    return { key: 'contextLength', reason: 'context_overflow', kind: 'context_length' };
  }
  if (status >= 500) return { key: 'server', reason: 'server_error' };
  return { key: 'refused', reason: 'format' };
}

/** Providers agree on no code for it, only on the words. */
function isContextLength(cause: unknown): boolean {
  return cause instanceof Error && /context[ _](length|window|size)|maximum context/i.test(cause.message);
}

function isTimeout(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return /timeout/i.test(cause.name) || (cause.cause !== undefined && isTimeout(cause.cause));
}

/** `Retry-After` in seconds or as a date, or its millisecond cousin. */
function retryAfter(headers: Record<string, string> | undefined): number | undefined {
  const ms = Number(headers?.['retry-after-ms']);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const value = headers?.['retry-after'];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

function wordsOf(cause: unknown, model: ModelConfig): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const safe = maskSecrets(message, [model.apiKey ?? '', ...Object.values(model.headers ?? {})]);
  return safe.replace(/[.\s]+$/, '').slice(0, MAX_REASON_LENGTH);
}
