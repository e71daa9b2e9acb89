import {
  createSessionProjection,
  readSessionMessageIdentity,
  readSessionMessageSequence,
  reduceSessionProjection,
  type SessionProjectionEntry,
  type SessionProjectionState,
} from '@openclaw/gateway-client/browser';
import { appError } from '../../../shared/errors.ts';
import { assistantMessage, type ChatModel, isTerminal, paintPending, withActivity } from './chat-state.ts';
import type { CachedTranscript } from './chat-storage.ts';
import { keepLonger } from './cut-messages.ts';
import type { Outbox, OutboxItem } from './outbox.ts';
import { type ChatHistory, messageText } from './payloads.ts';
import { sendIdOf } from './rows.ts';

/** Folds a page of history, the newest, into what the page already knows; adopts the run in flight. */
export function historyLoaded(
  model: ChatModel,
  { history: told, isReconnect, atMs }: { history: ChatHistory; isReconnect: boolean; atMs: number },
): ChatModel {
  if (isGone(model, told)) return gone(model);
  const sessionId = told.sessionId ?? null;
  const isSameSession = !isOtherSession(model, told);
  const history = isSameSession ? { ...told, messages: [...keepLonger(told.messages, rowsOf(model))] } : told;
  const messages = isSameSession ? [...rowsBefore(model, history), ...history.messages] : history.messages;
  const keepsEarlier = messages.length > history.messages.length;

  // Rows of a session that was replaced must not survive; what this page still has to send must.
  const base = isSameSession
    ? model.projection
    : model.outbox.reduce(paintPending, createSessionProjection());
  let projection = reduceSessionProjection(withoutRowsOf(base, messages), {
    type: 'snapshotLoaded',
    messages,
  });

  const inFlight = history.inFlightRun ?? null;
  const stillActive = new Set(history.sessionInfo?.activeRunIds ?? []);
  if (inFlight) stillActive.add(inFlight.runId);
  const knowsActive = isReconnect || Array.isArray(history.sessionInfo?.activeRunIds);
  const unanswered = new Set(
    model.outbox.flatMap((item) => (item.delivery === 'sending' ? [item.idempotencyKey] : [])),
  );

  let activities = model.activities;
  if (knowsActive) {
    const isOver = (runId: string) => !stillActive.has(runId) && !unanswered.has(runId);
    activities = Object.fromEntries(Object.entries(activities).filter(([runId]) => !isOver(runId)));
    projection = withoutStreaming(projection, isOver);
  }

  const ended = endedInputs(history);
  const held = model.held.filter(({ idempotencyKey }) => !ended.has(idempotencyKey));
  const sent = [...model.outbox, ...model.held.filter((item) => !held.includes(item))];
  const outbox = confirmOutbox(sent, history, isReconnect);
  let next: ChatModel = {
    ...model,
    canonicalKey: history.sessionInfo?.key ?? model.canonicalKey,
    sessionId: sessionId ?? model.sessionId,
    isLoaded: true,
    isGone: false,
    earlierOffset: keepsEarlier ? model.earlierOffset : earlierOffset(history),
    projection: withHeldInputs(projection, history, outbox),
    activities,
    outbox,
    held,
  };
  if (inFlight) next = adoptRun(next, inFlight, atMs);
  return { ...next, unansweredId: knowsActive && stillActive.size === 0 ? unansweredIn(next) : null };
}

/**
 * Live rows that history has as well are history's: of one that it tells as two, words and calls (openclaw 2026.9.6), the
 * projection would keep the live one beside them.
 */
function withoutRowsOf(
  projection: SessionProjectionState,
  messages: readonly unknown[],
): SessionProjectionState {
  const ids = new Set(messages.map((message) => readSessionMessageIdentity(message)?.id ?? null));
  const isKept = ({ live, identity }: SessionProjectionEntry) =>
    !live || !identity?.id || !ids.has(identity.id);
  return { ...projection, entries: projection.entries.filter(isKept) };
}

/** Of a run that was heard here it is known how it ended; such a row says so itself. */
function unansweredIn({ projection, activities }: ChatModel): string | null {
  const last = projection.entries.at(-1);
  if (!last?.identity?.id || last.pending || last.live || last.identity.role !== 'user') return null;
  const runId = sendIdOf(last);
  const isHeard = runId !== null && (activities[runId] ?? projection.runs[runId]) !== undefined;
  return isHeard ? null : last.identity.id;
}

/** The Gateway knows nothing of a session that it had, and nothing is on its way there that would begin it anew. */
function isGone(model: ChatModel, history: ChatHistory): boolean {
  const isUnknown = history.sessionId === undefined && history.messages.length === 0;
  return isUnknown && model.sessionId !== null && model.outbox.length === 0;
}

/** What was read of it stays to be read; nothing runs in it any more. */
export function gone(model: ChatModel): ChatModel {
  return {
    ...model,
    isLoaded: true,
    isGone: true,
    activities: {},
    earlierOffset: null,
    projection: withoutStreaming(model.projection, () => true),
    // Else the next page would take it for unanswered, and begin the session anew with it.
    outbox: model.outbox.filter(({ delivery }) => delivery !== 'accepted'),
  };
}

function withoutStreaming(
  projection: SessionProjectionState,
  isOver: (runId: string) => boolean,
): SessionProjectionState {
  const runs = Object.entries(projection.runs).filter(
    ([runId, run]) => run.status !== 'streaming' || !isOver(runId),
  );
  return { ...projection, runs: Object.fromEntries(runs) };
}

/**
 * Messages that the Gateway holds back (queued behind a run) are shown, whoever sent them; those it no longer
 * holds, and never wrote down, are not.
 */
function withHeldInputs(
  projection: SessionProjectionState,
  history: ChatHistory,
  outbox: Outbox,
): SessionProjectionState {
  const held = heldInputs(history);
  const known = new Set([
    ...held.map((item) => item.runId),
    ...outbox.map((item) => item.idempotencyKey),
    ...Object.keys(projection.runs),
  ]);
  let next = projection;
  for (const { pendingRunId } of projection.entries) {
    if (pendingRunId === null || known.has(pendingRunId)) continue;
    next = reduceSessionProjection(next, { type: 'sendFailed', runId: pendingRunId });
  }
  for (const { runId, message } of held) {
    if (runId === undefined) continue;
    next = reduceSessionProjection(next, { type: 'sendPending', idempotencyKey: runId, message });
  }
  return next;
}

/** Rows above the first one of a newer page: a longer transcript is never replaced by a shorter one. */
function rowsBefore(model: ChatModel, history: ChatHistory): readonly unknown[] {
  const first = firstSequence(history.messages);
  if (history.hasMore !== true || first === null || leavesHole(model, history)) return [];
  return model.projection.messages.filter((row) => isBefore(row, first));
}

/** True where rows are missing between what is known and this page. */
export function leavesHole(model: ChatModel, history: ChatHistory): boolean {
  if (history.hasMore !== true || isOtherSession(model, history)) return false;
  const first = firstSequence(history.messages);
  const settled = model.projection.entries.filter((entry) => !entry.live && !entry.pending);
  const last = settled.reduce(
    (max, { message }) => Math.max(max, readSessionMessageSequence(message) ?? 0),
    0,
  );
  return first !== null && last > 0 && first > last + 1;
}

/** Two pages as one; rows that both have are taken once. */
export function joinPages(earlier: ChatHistory, later: ChatHistory): ChatHistory {
  const first = firstSequence(later.messages);
  const { hasMore, nextOffset } = earlier;
  const before = earlier.messages.filter((row) => first === null || isBefore(row, first));
  return { ...later, messages: [...before, ...later.messages], hasMore, nextOffset };
}

function firstSequence(rows: readonly unknown[]): number | null {
  for (const row of rows) {
    const sequence = readSessionMessageSequence(row);
    if (sequence !== null) return sequence;
  }
  return null;
}

function isBefore(row: unknown, first: number): boolean {
  const sequence = readSessionMessageSequence(row);
  return sequence !== null && sequence < first;
}

function isOtherSession(model: ChatModel, history: ChatHistory): boolean {
  const sessionId = history.sessionId ?? null;
  return model.sessionId !== null && sessionId !== null && model.sessionId !== sessionId;
}

/**
 * What the last page left, until the Gateway's own history comes; where that has come, what of it is longer.
 */
export function cacheLoaded(model: ChatModel, cached: CachedTranscript): ChatModel {
  if (model.isLoaded) {
    const told = settledRows(model);
    const messages = model.sessionId === cached.sessionId ? keepLonger(told, cached.messages) : told;
    return messages === told ? model : { ...model, projection: withSnapshot(model, messages) };
  }
  const sequences = new Set(cached.messages.map((row) => readSessionMessageSequence(row)));
  return {
    ...model,
    sessionId: cached.sessionId,
    // An offset counts rows of the transcript, of which several messages may be one.
    earlierOffset: cached.hasEarlier ? sequences.size : null,
    projection: withSnapshot(model, cached.messages),
  };
}

function earlierOffset(history: ChatHistory): number | null {
  return history.hasMore === true ? (history.nextOffset ?? history.messages.length) : null;
}

/**
 * The Gateway took the conversation back: this row and all that followed it are gone; without one, the newest question
 * and what followed it.
 */
export function rewound(model: ChatModel, entryId: string | null): ChatModel {
  const { entries } = model.projection;
  const at =
    entryId === null
      ? entries.findLastIndex(({ identity }) => identity?.role === 'user')
      : entries.findIndex(({ identity }) => identity?.id === entryId);
  if (at === -1) return model;
  const messages = entries.slice(0, at).map((entry) => entry.message);
  const base = model.outbox.reduce(paintPending, createSessionProjection());
  return {
    ...model,
    // It goes on under another id; what is left here is the beginning of that.
    sessionId: null,
    activities: {},
    projection: reduceSessionProjection(base, { type: 'snapshotLoaded', messages }),
  };
}

/** Folds in the page before the first row. */
export function earlierLoaded(model: ChatModel, history: ChatHistory): ChatModel {
  const known = settledRows(model);
  const first = firstSequence(known);
  // Rows that were written since the last page have moved this one down: some of it may be known.
  const earlier = history.messages.filter((row) => first === null || isBefore(row, first));
  return {
    ...model,
    earlierOffset: earlierOffset(history),
    projection: withSnapshot(model, [...earlier, ...known]),
  };
}

function rowsOf({ projection }: ChatModel): readonly unknown[] {
  return projection.entries.filter((entry) => !entry.pending).map((entry) => entry.message);
}

/** Those that came with history. */
function settledRows({ projection }: ChatModel): readonly unknown[] {
  return projection.entries.filter((entry) => !entry.pending && !entry.live).map((entry) => entry.message);
}

function withSnapshot({ projection }: ChatModel, messages: readonly unknown[]): SessionProjectionState {
  return reduceSessionProjection(projection, { type: 'snapshotLoaded', messages });
}

/** Messages that wait for their turn at the Gateway. */
function heldInputs(history: ChatHistory) {
  return (history.pendingInputs?.items ?? []).filter((item) => item.state !== 'cancelled');
}

/** Messages that were stopped before their turn came. */
function endedInputs(history: ChatHistory): ReadonlySet<string | undefined> {
  const cancelled = (history.pendingInputs?.items ?? []).filter((item) => item.state === 'cancelled');
  return new Set(cancelled.map((item) => item.runId));
}

/** The Gateway is done with it and has no answer; under its key it takes it no second time. */
export function asEnded(item: OutboxItem): OutboxItem {
  return { ...item, delivery: 'failed', error: appError('MESSAGE_ENDED', 'the run ended before an answer') };
}

/** Which of our messages the Gateway has, as its history shows it. */
function confirmOutbox(outbox: Outbox, history: ChatHistory, isReconnect: boolean): Outbox {
  const shown = new Set(history.messages.map((row) => readSessionMessageIdentity(row)?.sendId ?? null));
  const ended = endedInputs(history);
  const held = new Set(heldInputs(history).map((item) => item.runId));
  if (history.inFlightRun) held.add(history.inFlightRun.runId);
  return outbox.flatMap((item): OutboxItem[] => {
    if (shown.has(item.idempotencyKey)) return [];
    if (held.has(item.idempotencyKey)) return [{ ...item, delivery: 'accepted', error: null }];
    if (ended.has(item.idempotencyKey)) return [asEnded(item)];
    // Accepted, but gone after a reconnect: the Gateway may have restarted before it wrote it down.
    if (item.delivery === 'accepted' && isReconnect) return [{ ...item, delivery: 'unconfirmed' }];
    return [item];
  });
}

function adoptRun(model: ChatModel, run: { runId: string; text?: string; startedAt?: number }, atMs: number) {
  if (isTerminal(model, run.runId)) return model;
  const known = messageText(model.projection.runs[run.runId]?.message);
  const text = run.text ?? '';
  return {
    ...model,
    // By this computer's clock: the Gateway's may differ.
    activities: withActivity(model, run.runId, atMs),
    projection:
      text.length > known.length
        ? reduceSessionProjection(model.projection, {
            type: 'runDelta',
            runId: run.runId,
            message: assistantMessage(text, run.startedAt ?? atMs),
          })
        : model.projection,
  };
}

/**
 * Rows heard on an earlier connection are no newer than the history that is about to be read; only rows of
 * this connection may survive it.
 */
export function withoutLiveClaims(projection: SessionProjectionState): SessionProjectionState {
  if (!projection.entries.some((entry) => entry.live)) return projection;
  return {
    ...projection,
    entries: projection.entries.map((entry) => (entry.live ? { ...entry, live: false } : entry)),
  };
}
