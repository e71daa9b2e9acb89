import type { ResetRow } from './notice-rows.ts';
import { type AnswerFile, type RowPosition, type RowUsage, rowUsage, type TokenUsage } from './row-parts.ts';
import type { ToolStepRow } from './tool-rows.ts';

/**
 * The rows of `chat.history` and `session.message`, shaped as a real Gateway writes them (observed). `seq`
 * counts from 1 within a session and never has a gap.
 */
export type Sender = { readonly id: string; readonly mode: string; readonly displayName?: string };

/** What a client sent along with a message. The file itself lies in the state directory. */
export type MediaFact = {
  /** `media://inbound/<file name in the directory>` */
  readonly url: string;
  readonly contentType: string;
  readonly kind: 'image' | 'document';
  readonly fileName?: string;
  readonly sizeBytes: number;
};

type Metadata = {
  id: string;
  seq: number;
  recordTimestampMs: number;
  runId?: string;
  idempotencyKey?: string;
  transport?: { clients: Sender[] };
  media?: readonly MediaFact[];
  steerTargetRunId?: string;
};

export type UserRow = {
  role: 'user';
  content: string;
  timestamp: number;
  idempotencyKey: string;
  excludeFromContext?: true;
  __openclaw: Metadata;
};

export type AssistantRow = {
  role: 'assistant';
  content: [{ type: 'text'; text: string }, ...AnswerFile[]];
  api: string;
  provider: string;
  model: string;
  usage: RowUsage;
  stopReason: string;
  timestamp: number;
  responseId?: string;
  excludeFromContext?: true;
  openclawAbort?: { aborted: true; origin: string; runId: string };
  __openclaw: Metadata;
};

export type FailureRow = {
  role: 'custom';
  customType: 'run-failed-before-reply';
  content: string;
  display: true;
  timestamp: number;
  __openclaw: Metadata;
};

export type HistoryRow = UserRow | AssistantRow | FailureRow | ToolStepRow | ResetRow;

/** How an answer came to be. `excluded`: it was not said by a model, so no model is told about it later. */
export type AnswerFacts = {
  readonly text: string;
  readonly files?: readonly AnswerFile[];
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: TokenUsage;
  readonly stopReason: string;
  readonly responseId?: string;
  readonly excluded: boolean;
  readonly abortOrigin?: string;
};

export function userRow(
  position: RowPosition,
  input: {
    text: string;
    sender: Sender;
    sentAt: number;
    excluded: boolean;
    media: readonly MediaFact[];
    /** The run that it joined on its way. */
    steerTargetRunId?: string | undefined;
  },
): UserRow {
  const idempotencyKey = `${position.runId}:user`;
  return {
    role: 'user',
    content: input.text,
    timestamp: input.sentAt,
    idempotencyKey,
    ...(input.excluded ? { excludeFromContext: true } : {}),
    __openclaw: {
      transport: { clients: [input.sender] },
      ...(input.media.length === 0 ? {} : { media: input.media }),
      ...(input.steerTargetRunId === undefined ? {} : { steerTargetRunId: input.steerTargetRunId }),
      id: position.messageId,
      idempotencyKey,
      recordTimestampMs: position.at,
      seq: position.seq,
    },
  };
}

export function assistantRow(position: RowPosition, answer: AnswerFacts): AssistantRow {
  return {
    role: 'assistant',
    content: [{ type: 'text', text: answer.text }, ...(answer.files ?? [])],
    api: answer.api,
    provider: answer.provider,
    model: answer.model,
    usage: rowUsage(answer.usage),
    stopReason: answer.stopReason,
    timestamp: position.at,
    ...(answer.responseId === undefined ? {} : { responseId: answer.responseId }),
    ...(answer.excluded ? { excludeFromContext: true } : {}),
    ...(answer.abortOrigin === undefined
      ? {}
      : { openclawAbort: { aborted: true, origin: answer.abortOrigin, runId: position.runId } }),
    __openclaw: {
      runId: position.runId,
      id: position.messageId,
      recordTimestampMs: position.at,
      seq: position.seq,
    },
  };
}

export function failureRow(position: RowPosition, sentence: string): FailureRow {
  return {
    role: 'custom',
    customType: 'run-failed-before-reply',
    content: sentence,
    display: true,
    timestamp: position.at,
    __openclaw: {
      id: position.messageId,
      recordTimestampMs: position.at,
      seq: position.seq,
      runId: position.runId,
    },
  };
}
