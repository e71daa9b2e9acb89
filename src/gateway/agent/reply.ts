import type { UserRow } from '../sessions/history-row.ts';
import type { TokenUsage } from '../sessions/row-parts.ts';
import type { AssistantFacts, ToolResultFacts } from '../sessions/tool-rows.ts';
import type { AgentStream, StatusPhase } from './run-events.ts';

/** How a reply came out, when it came out well. */
export type ReplyEnd = {
  /** `stop`, `length`, … as the model said it. */
  readonly stopReason: string;
  /** Of the last call, for its row; the run's sum is kept by whoever runs it. */
  readonly usage: TokenUsage;
  readonly responseId?: string;
  /** Which model said it in the end; absent where it is the one the reply was chosen with. */
  readonly by?: { readonly api: string; readonly provider: string; readonly model: string };
  readonly toolNames?: readonly string[];
  /** The model that the provider says has answered. */
  readonly responseModel?: string | undefined;
};

/** What a reply may do while it runs. After an abort all of it does nothing. */
export type RunSink = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly sessionId: string;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  /** Streams a piece of the answer. */
  say(piece: string): void;
  /** Takes back what was said since the last finished step: it is about to be said again. */
  unsay(): void;
  /** `chat` status and the `agent` stream `run_status`; `details` go with the second only. */
  status(phase: StatusPhase, details?: Record<string, unknown>): void;
  emit(stream: AgentStream, data: Record<string, unknown>): void;
  /** Writes a step that called tools, with the text before the calls. Returns what the step said. */
  finishStep(step: AssistantFacts): string;
  toolResult(result: ToolResultFacts): void;
  /** Keeps an image that a tool gave. Its artifact id; null where it could not be kept. */
  keep(bytes: Buffer): string | null;
  /** Whether a message waits to be taken: what was not begun yet need not be done. */
  isSteered(): boolean;
  /** Messages to answer together with this one; they are in the transcript when this returns. */
  takeSteered(): readonly UserRow[];
  /**
   * The same when the model has answered: the answer is written before them, and the run goes on. Without such messages
   * nothing is written: the answer is the end of the run.
   */
  answerAndTakeSteered(answer: ReplyEnd & NonNullable<ReplyEnd['by']>): readonly UserRow[];
};

/**
 * One way to answer a message. `run` throws {@link ReplyFailure} for what a person should read, and may end
 * early when the signal aborts.
 */
export type Reply = {
  readonly kind: 'model' | 'builtin';
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  /** Neither the message nor the answer is shown to a model later. */
  readonly excluded: boolean;
  run(sink: RunSink): Promise<ReplyEnd>;
};

export type ReplyErrorKind = 'refusal' | 'timeout' | 'rate_limit' | 'context_length' | 'unknown';

/** What went wrong with a model, in the words that a real Gateway uses (observed: the first four and timeout). */
export type FailureReason =
  | 'auth'
  | 'billing'
  | 'rate_limit'
  | 'server_error'
  | 'timeout'
  | 'model_not_found'
  | 'context_overflow'
  | 'format'
  | 'unreachable'
  | 'empty'
  | 'unknown';

export type FailureFacts = {
  readonly kind?: ReplyErrorKind;
  readonly reason?: FailureReason;
  readonly httpStatus?: number;
  /** The provider's own words, short and without secrets. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  readonly model?: { readonly provider: string; readonly model: string };
};

/** A reply that failed. `message` is a sentence in the user's language. */
export class ReplyFailure extends Error {
  readonly kind: ReplyErrorKind;
  readonly reason: FailureReason;
  readonly facts: FailureFacts;
  constructor(message: string, facts: FailureFacts = {}) {
    super(message);
    this.name = 'ReplyFailure';
    this.kind = facts.kind ?? 'unknown';
    this.reason = facts.reason ?? 'unknown';
    this.facts = facts;
  }
}
