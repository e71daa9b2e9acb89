import {
  createSessionProjection,
  reduceSessionProjection,
  type SessionProjectionState,
} from '@openclaw/gateway-client/browser';
import type { AppError } from '../../../shared/errors.ts';
import type { Outbox, OutboxItem } from './outbox.ts';
import type { ToolDetail } from './tool-details.ts';

export type ToolUse = {
  id: string;
  name: string;
  title: string;
  status: 'running' | 'done' | 'failed';
  detail?: ToolDetail;
};

/** A command that ended with another code than 0 has failed, whatever the Gateway calls it. */
export function hasFailed({ status, detail }: ToolUse): boolean {
  return status === 'failed' || (detail?.exitCode ?? 0) !== 0;
}

/** A run that has begun and not ended, as far as this page knows. */
export type Activity = {
  runId: string;
  startedAtMs: number;
  /** As the Gateway names it (`starting_model`, …), `retrying` or `approval`; null before it said anything. */
  phase: string | null;
  /** Which attempt it is, where `phase` is `retrying` and the Gateway counted. */
  retry?: { attempt: number; max: number } | null;
  tools: readonly ToolUse[];
  /** What was said since the last call, where a Gateway told it apart. */
  remark?: string | null;
  /** Of the run's last `chat` event that was taken in; older ones are repeats. */
  lastSeq: number;
};

/** What events told of a call, and transcripts do not say. */
export type CallFacts = {
  /** How much of the run's text was said when it began; null where that was not heard. */
  saidBefore: number | null;
  /** What was said right before it, where a Gateway told that apart; the run's text may lack it. */
  remark: string | null;
  /** Null until it has ended. */
  tookMs: number | null;
};

/** By the ids of the calls. */
export type Calls = Readonly<Record<string, CallFacts>>;

/**
 * What becomes of a message that came cut, once somebody asked for all of it; it has none any more when it is there.
 * `unavailable`: the Gateway does not give more of it.
 */
export type Whole = { tag: 'reading' } | { tag: 'failed'; error: AppError } | { tag: 'unavailable' };

/** By the ids of the messages. */
export type Wholes = Readonly<Record<string, Whole>>;

/** One session's conversation. Transcript, live rows and runs are folded by OpenClaw's own projection. */
export type ChatModel = {
  /** As WebChat asks for it; `main` is an alias that events do not use. */
  sessionKey: string;
  /** As events name it, once the Gateway said so. */
  canonicalKey: string | null;
  sessionId: string | null;
  /** False until the first history; an empty conversation is only then known to be empty. */
  isLoaded: boolean;
  /** Somebody else has deleted it; what is still here is what this page remembers. */
  isGone: boolean;
  /** The offset of the page before the first row; null where there is none. */
  earlierOffset: number | null;
  /** The row of the last question, where history shows that nothing answers it, nor will; null otherwise. */
  unansweredId: string | null;
  projection: SessionProjectionState;
  activities: Readonly<Record<string, Activity>>;
  outbox: Outbox;
  /** By the ids of the runs; they are known after its end as well. */
  calls: Readonly<Record<string, Calls>>;
  /** Messages that the Gateway holds for later, as they were sent, until their rows are written. */
  held: Outbox;
  /** Of messages that came cut, and were asked for whole on this connection. */
  wholes: Wholes;
};

export function createChatModel(sessionKey: string, outbox: Outbox = []): ChatModel {
  return {
    sessionKey,
    canonicalKey: sessionKey.startsWith('agent:') ? sessionKey : null,
    sessionId: null,
    isLoaded: false,
    isGone: false,
    earlierOffset: null,
    unansweredId: null,
    projection: outbox.reduce(paintPending, createSessionProjection()),
    activities: {},
    outbox,
    calls: {},
    held: [],
    wholes: {},
  };
}

/** Runs that have begun and not ended, oldest first. */
export function activeRuns(model: ChatModel): readonly Activity[] {
  return Object.values(model.activities).sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/** Shows a message before the transcript has it; the row that brings it takes its place. */
export function paintPending(projection: SessionProjectionState, item: OutboxItem): SessionProjectionState {
  return reduceSessionProjection(projection, {
    type: 'sendPending',
    idempotencyKey: item.idempotencyKey,
    message: {
      role: 'user',
      content: item.text,
      timestamp: item.createdAtMs,
      idempotencyKey: `${item.idempotencyKey}:user`,
      ...(item.attachments.length > 0 && {
        __openclaw: { media: item.attachments.map(({ fileName }) => ({ fileName })) },
      }),
    },
  });
}

export function withActivity(
  model: ChatModel,
  runId: string,
  atMs: number,
  change: Partial<Pick<Activity, 'phase' | 'retry' | 'tools' | 'remark' | 'lastSeq'>> = {},
): ChatModel['activities'] {
  const known = model.activities[runId] ?? { runId, startedAtMs: atMs, phase: null, tools: [], lastSeq: 0 };
  return { ...model.activities, [runId]: { ...known, ...change } };
}

/** Those that are painted before the transcript has them; what is written, or taken back, is no longer held. */
export function stillHeld({ held, projection }: Pick<ChatModel, 'held' | 'projection'>): Outbox {
  if (held.length === 0) return held;
  const painted = new Set(projection.entries.map(({ pending, pendingRunId }) => pending && pendingRunId));
  return held.filter(({ idempotencyKey }) => painted.has(idempotencyKey));
}

/**
 * A run has ended, and messages wait behind it. Whether one of them was taken from the queue is in the history alone: of
 * that Gateways tell nobody else (openclaw 2026.9.6).
 */
export function leavesWaiting(before: ChatModel, after: ChatModel): boolean {
  if (before.activities === after.activities) return false;
  const hasEnded = Object.keys(before.activities).some((runId) => !after.activities[runId]);
  return hasEnded && after.projection.entries.some(({ pending }) => pending);
}

export function isTerminal(model: ChatModel, runId: string): boolean {
  const run = model.projection.runs[runId];
  return run !== undefined && run.status !== 'streaming';
}

/** Text streamed so far, in the shape of a transcript row. */
export function assistantMessage(text: string, atMs: number) {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp: atMs };
}
