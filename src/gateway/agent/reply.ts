import type { TokenUsage } from '../sessions/history-row.ts';

/** How a reply came out, when it came out well. */
export type ReplyEnd = {
  /** `stop`, `length`, … as the model said it. */
  readonly stopReason: string;
  readonly usage: TokenUsage;
  readonly responseId?: string;
};

/**
 * One way to answer a message. `stream` yields pieces of text in order; it throws {@link ReplyFailure} for
 * what a person should read, and may end early when the signal aborts.
 */
export type Reply = {
  readonly kind: 'model' | 'builtin';
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  /** Neither the message nor the answer is shown to a model later. */
  readonly excluded: boolean;
  stream(signal: AbortSignal): AsyncGenerator<string, ReplyEnd>;
};

export type ReplyErrorKind = 'refusal' | 'timeout' | 'rate_limit' | 'context_length' | 'unknown';

/** A reply that failed. `message` is a sentence in the user's language. */
export class ReplyFailure extends Error {
  readonly kind: ReplyErrorKind;
  readonly httpStatus: number | undefined;
  constructor(message: string, kind: ReplyErrorKind, httpStatus?: number) {
    super(message);
    this.name = 'ReplyFailure';
    this.kind = kind;
    this.httpStatus = httpStatus;
  }
}
