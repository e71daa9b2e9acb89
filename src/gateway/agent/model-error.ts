import { APICallError, RetryError, StreamProviderError } from 'ai';
import type { Translate } from '../../shared/errors.ts';
import type { ModelConfig } from '../options.ts';
import { type ReplyErrorKind, ReplyFailure } from './reply.ts';

/** What the model server said is shown up to this length. */
const MAX_REASON_LENGTH = 300;

/** Turns whatever a model call threw into a sentence. The API key never stands in it. */
export function describeModelError(thrown: unknown, model: ModelConfig, t: Translate): ReplyFailure {
  const cause = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  const status =
    APICallError.isInstance(cause) || StreamProviderError.isInstance(cause) ? cause.statusCode : undefined;
  const { key, kind } = classify(cause, status);
  const sentence = t(`responder.modelError.${key}`, {
    model: `${model.providerId}/${model.modelId}`,
    url: model.baseUrl,
    status: status ?? '',
    reason: reasonOf(cause, model),
  });
  return new ReplyFailure(sentence, kind, status);
}

type Key =
  | 'unreachable'
  | 'auth'
  | 'notFound'
  | 'rateLimit'
  | 'contextLength'
  | 'server'
  | 'refused'
  | 'other';

function classify(cause: unknown, status: number | undefined): { key: Key; kind: ReplyErrorKind } {
  if (status === undefined) {
    return APICallError.isInstance(cause)
      ? { key: 'unreachable', kind: 'unknown' }
      : { key: 'other', kind: 'unknown' };
  }
  if (status === 401 || status === 403) return { key: 'auth', kind: 'unknown' };
  if (status === 404) return { key: 'notFound', kind: 'unknown' };
  if (status === 429) return { key: 'rateLimit', kind: 'rate_limit' };
  if (status === 413 || isContextLength(cause)) return { key: 'contextLength', kind: 'context_length' };
  if (status >= 500) return { key: 'server', kind: 'unknown' };
  return { key: 'refused', kind: 'unknown' };
}

/** Providers agree on no code for it, only on the words. */
function isContextLength(cause: unknown): boolean {
  return cause instanceof Error && /context[ _](length|window|size)|maximum context/i.test(cause.message);
}

function reasonOf(cause: unknown, model: ModelConfig): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const safe = model.apiKey === undefined ? message : message.replaceAll(model.apiKey, '***');
  return safe.replace(/[.\s]+$/, '').slice(0, MAX_REASON_LENGTH);
}
