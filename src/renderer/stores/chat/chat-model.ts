import {
  createSessionProjection,
  type EventFrame,
  readSessionMessageIdentity,
  reduceSessionProjection,
  reduceSessionProjectionRunEvent,
} from '@openclaw/gateway-client/browser';
import { assertNever } from '../../../shared/assert-never.ts';
import type { AppError } from '../../../shared/errors.ts';
import {
  asEnded,
  cacheLoaded,
  earlierLoaded,
  gone,
  historyLoaded,
  rewound,
  withoutLiveClaims,
} from './chat-history.ts';
import {
  activeRuns,
  assistantMessage,
  type CallFacts,
  type ChatModel,
  createChatModel,
  isTerminal,
  paintPending,
  stillHeld,
  type ToolUse,
  withActivity,
} from './chat-state.ts';
import type { CachedTranscript } from './chat-storage.ts';
import { heardWith } from './cut-messages.ts';
import { afterDisconnect, type OutboxItem, withDelivery, withoutItem } from './outbox.ts';
import {
  type AgentEventPayload,
  agentEventSchema,
  type ChatEventPayload,
  type ChatHistory,
  chatEventSchema,
  messageText,
  readTranscriptRow,
  sessionMessageSchema,
  sessionsChangedSchema,
} from './payloads.ts';
import { sendIdOf } from './rows.ts';
import { isToolStream, noDetail, withToolEvent } from './tool-details.ts';
import { type WholeEvent, wholeEvent } from './whole-messages.ts';

export type ChatModelEvent =
  | { type: 'submitted'; item: OutboxItem }
  | { type: 'sendStarted'; idempotencyKey: string }
  | { type: 'sendAccepted'; idempotencyKey: string; status: string | null; atMs: number }
  | { type: 'sendFailed'; idempotencyKey: string; error: AppError }
  | { type: 'sendUnconfirmed'; idempotencyKey: string }
  | { type: 'sendAgain'; idempotencyKey: string }
  | { type: 'discarded'; idempotencyKey: string }
  | { type: 'connected' }
  | { type: 'disconnected' }
  | { type: 'named'; sessionKey: string }
  | { type: 'cacheLoaded'; cached: CachedTranscript }
  | { type: 'historyLoaded'; history: ChatHistory; isReconnect: boolean; atMs: number }
  | { type: 'earlierLoaded'; history: ChatHistory }
  | { type: 'rewound'; entryId: string | null }
  | WholeEvent
  | { type: 'gatewayEvent'; frame: EventFrame; atMs: number };

/** Pure: the one place where the conversation changes. */
export function reduceChat(model: ChatModel, event: ChatModelEvent): ChatModel {
  const next = reduce(model, event);
  const held = stillHeld(next);
  return held.length === next.held.length ? next : { ...next, held };
}

function reduce(model: ChatModel, event: ChatModelEvent): ChatModel {
  switch (event.type) {
    case 'submitted':
      return submitted(
        model.isGone ? { ...emptied(model), sessionId: null, isGone: false } : model,
        event.item,
      );
    case 'sendStarted':
      return { ...model, outbox: withDelivery(model.outbox, event.idempotencyKey, 'sending') };
    case 'sendAccepted':
      return accepted(model, event);
    case 'sendFailed':
      return { ...model, outbox: withDelivery(model.outbox, event.idempotencyKey, 'failed', event.error) };
    case 'sendUnconfirmed':
      return { ...model, outbox: withDelivery(model.outbox, event.idempotencyKey, 'unconfirmed') };
    case 'sendAgain':
      return { ...model, outbox: withDelivery(model.outbox, event.idempotencyKey, 'waiting') };
    case 'discarded':
      return {
        ...model,
        outbox: withoutItem(model.outbox, event.idempotencyKey),
        projection: reduceSessionProjection(model.projection, {
          type: 'sendFailed',
          runId: event.idempotencyKey,
        }),
      };
    case 'connected':
      return { ...model, projection: withoutLiveClaims(model.projection) };
    case 'disconnected':
      return { ...model, outbox: afterDisconnect(model.outbox), wholes: {} };
    case 'named':
      return named(model, event.sessionKey);
    case 'cacheLoaded':
      return cacheLoaded(model, event.cached);
    case 'historyLoaded':
      return historyLoaded(model, event);
    case 'earlierLoaded':
      return earlierLoaded(model, event.history);
    case 'rewound':
      return rewound(model, event.entryId);
    case 'wholeAsked':
    case 'wholeRead':
    case 'wholeFailed':
    case 'wholeRefused':
      return wholeEvent(model, event);
    case 'gatewayEvent':
      return gatewayEvent(model, event.frame, event.atMs);
    default:
      return assertNever(event);
  }
}

/** The Gateway said which session is the main one. Where it is another than before, its rows are not these. */
function named(model: ChatModel, sessionKey: string): ChatModel {
  if (model.canonicalKey === null) return { ...model, sessionKey, canonicalKey: sessionKey };
  return model.canonicalKey === sessionKey ? model : createChatModel(sessionKey, model.outbox);
}

/**
 * What the event says of this session's transcript: it was emptied, or it is another one from some row on (and has
 * to be read again in both cases), or it was deleted with its session; null where it goes on.
 */
export function transcriptChange(
  model: ChatModel,
  frame: EventFrame,
): 'emptied' | 'replaced' | 'deleted' | null {
  if (frame.event !== 'sessions.changed') return null;
  const payload = sessionsChangedSchema.safeParse(frame.payload);
  if (!payload.success || !isOurs(model, payload.data.sessionKey)) return null;
  const { reason } = payload.data;
  if (reason === 'reset') return 'emptied';
  if (reason === 'delete') return 'deleted';
  return reason === 'rewind' || reason === 'branch-switch' ? 'replaced' : null;
}

/** One that was taken back and comes again is where it was. */
function submitted(model: ChatModel, item: OutboxItem): ChatModel {
  const outbox = [...model.outbox, item].sort((left, right) => left.createdAtMs - right.createdAtMs);
  const fromThere = outbox.slice(outbox.indexOf(item));
  const before = fromThere.reduce(
    (projection, { idempotencyKey: runId }) =>
      reduceSessionProjection(projection, { type: 'sendFailed', runId }),
    model.projection,
  );
  return { ...model, outbox, projection: fromThere.reduce(paintPending, before) };
}

/** Nothing but what is still to be sent. */
function emptied(model: ChatModel): ChatModel {
  return {
    ...model,
    projection: model.outbox.reduce(paintPending, createSessionProjection()),
    activities: {},
    earlierOffset: null,
  };
}

/** What `chat.send` says of a run that is not over (protocol 4). */
const goesOn = new Set(['started', 'in_flight']);

function accepted(
  model: ChatModel,
  event: { idempotencyKey: string; status: string | null; atMs: number },
): ChatModel {
  const runId = event.idempotencyKey;
  const outbox = withDelivery(model.outbox, runId, 'accepted');
  // An ended run may overtake its own answer.
  if (event.status === 'ok' || isTerminal(model, runId)) {
    return { ...model, outbox: withoutItem(outbox, runId) };
  }
  // Of a repeated send whose run was stopped (`timeout`) or failed (`error`).
  if (event.status !== null && !goesOn.has(event.status)) {
    const hasRow = model.projection.entries.some((entry) => !entry.pending && sendIdOf(entry) === runId);
    if (hasRow) return { ...model, outbox: withoutItem(outbox, runId) };
    return {
      ...model,
      outbox: outbox.map((item) => (item.idempotencyKey === runId ? asEnded(item) : item)),
    };
  }
  // One that joins the run that is on, or waits for its end: its own run begins when the Gateway says so.
  const { queueMode } = outbox.find((item) => item.idempotencyKey === runId) ?? {};
  const isBehind = queueMode === 'steer' || queueMode === 'followup';
  const isBusy = activeRuns(model).some((run) => run.runId !== runId);
  if (isBehind && isBusy) return { ...model, outbox };
  return { ...model, outbox, activities: withActivity(model, runId, event.atMs) };
}

function gatewayEvent(model: ChatModel, frame: EventFrame, atMs: number): ChatModel {
  switch (frame.event) {
    case 'chat': {
      const payload = chatEventSchema.safeParse(frame.payload);
      return payload.success && isOurs(model, payload.data.sessionKey)
        ? chatEvent(model, payload.data, atMs)
        : model;
    }
    case 'agent': {
      const payload = agentEventSchema.safeParse(frame.payload);
      return payload.success && isOurs(model, payload.data.sessionKey)
        ? agentEvent(model, payload.data, atMs)
        : model;
    }
    case 'session.message': {
      const payload = sessionMessageSchema.safeParse(frame.payload);
      if (!payload.success || !isOurs(model, payload.data.sessionKey)) return model;
      const { message: heard, ...envelope } = payload.data;
      const { sendId = null, id = null, runId = null } = readSessionMessageIdentity(heard, envelope) ?? {};
      // History tells some rows as two, words and calls (openclaw 2026.9.6); a live row has less of them than both.
      const isSplit = model.projection.entries.filter(({ identity }) => identity?.id === id).length > 1;
      const message = heardWith(model, heard, sendId);
      if (message === null || (id !== null && isSplit))
        return { ...model, outbox: withoutItem(model.outbox, sendId) };
      return {
        ...withCallsOf(model, runId, message),
        projection: reduceSessionProjection(model.projection, {
          type: 'messagePersisted',
          message,
          envelope: {
            messageId: envelope.messageId,
            messageSeq: envelope.messageSeq,
            runId: envelope.runId,
            clientRunId: envelope.clientRunId,
          },
        }),
        outbox: withoutItem(model.outbox, sendId),
      };
    }
    case 'sessions.changed': {
      const change = transcriptChange(model, frame);
      if (change === 'emptied') return emptied(model);
      return change === 'deleted' ? gone(model) : model;
    }
    default:
      return model;
  }
}

function chatEvent(model: ChatModel, payload: ChatEventPayload, atMs: number): ChatModel {
  const { runId, state } = payload;
  switch (state) {
    case 'status':
      if (isTerminal(model, runId)) return model;
      return {
        ...model,
        activities: withActivity(model, runId, atMs, { phase: payload.phase ?? null }),
      };
    case 'delta': {
      const seq = payload.seq ?? 0;
      const lastSeq = model.activities[runId]?.lastSeq ?? 0;
      if (isTerminal(model, runId) || (payload.seq !== undefined && seq <= lastSeq)) return model;
      const known = () =>
        payload.replace === true ? '' : messageText(model.projection.runs[runId]?.message);
      const message = payload.message ?? assistantMessage(known() + (payload.deltaText ?? ''), atMs);
      return {
        ...model,
        activities: withActivity(model, runId, atMs, { lastSeq: seq }),
        projection: reduceSessionProjection(model.projection, { type: 'runDelta', runId, message }),
      };
    }
    case 'final':
    case 'aborted':
    case 'error': {
      const cancelled = state === 'aborted' ? waitingItem(model, runId) : null;
      if (cancelled) return asCancelled(model, cancelled);
      // A failed run sends two error events; the projection keeps the first, which says it shorter.
      const transition = reduceSessionProjectionRunEvent(model.projection, payload);
      const { [runId]: _ended, ...activities } = model.activities;
      // One that waits for a run, or joins it, ends its own at once, with nothing said.
      const isSilent = state === 'final' && payload.message === undefined;
      const item = isSilent && model.outbox.find(({ idempotencyKey }) => idempotencyKey === runId);
      return {
        ...model,
        projection: transition?.projection ?? model.projection,
        activities,
        outbox: withoutItem(model.outbox, runId),
        ...(item && { held: [...model.held, { ...item, delivery: 'accepted', error: null }] }),
      };
    }
    default:
      return model;
  }
}

/** A message that the Gateway has, and that no run has begun to answer; null where it is none. */
function waitingItem({ outbox, held, activities, projection }: ChatModel, runId: string): OutboxItem | null {
  const isPainted = projection.entries.some((entry) => entry.pending && entry.pendingRunId === runId);
  if (!isPainted || activities[runId]) return null;
  const taken = outbox.filter(({ delivery }) => delivery === 'accepted');
  return [...taken, ...held].find(({ idempotencyKey }) => idempotencyKey === runId) ?? null;
}

/** Somebody else took it out of the Gateway's queue, or the Gateway did: only a person sends it again. */
function asCancelled(model: ChatModel, item: OutboxItem): ChatModel {
  const others = withoutItem(model.outbox, item.idempotencyKey);
  const outbox = [...others, asEnded(item)].sort((left, right) => left.createdAtMs - right.createdAtMs);
  return { ...model, outbox, held: withoutItem(model.held, item.idempotencyKey) };
}

/** `begins`: it is just now that the call begins, after this remark. */
function withCall(
  { calls, projection }: Pick<ChatModel, 'calls' | 'projection'>,
  call: { runId: string; id: string; begins: boolean; remark: string | null; tookMs: number | null },
): ChatModel['calls'] {
  const { runId, id, begins, remark, tookMs } = call;
  const known = calls[runId]?.[id] ?? { saidBefore: null, remark: null, tookMs: null };
  const facts: CallFacts = {
    saidBefore: begins ? messageText(projection.runs[runId]?.message).length : known.saidBefore,
    remark: known.remark ?? (begins ? remark : null),
    tookMs: tookMs ?? known.tookMs,
  };
  const isKnown =
    facts.saidBefore === known.saidBefore && facts.remark === known.remark && facts.tookMs === known.tookMs;
  return isKnown ? calls : { ...calls, [runId]: { ...calls[runId], [id]: facts } };
}

/** Runs of other devices tell of their calls in rows alone. */
function withCallsOf(model: ChatModel, runId: string | null, message: unknown): ChatModel {
  if (runId === null || isTerminal(model, runId)) return model;
  let next = model;
  for (const { type, id } of readTranscriptRow(message)?.blocks ?? []) {
    if (type !== 'toolCall' || !id || next.calls[runId]?.[id]) continue;
    const activity = next.activities[runId];
    const remark = activity?.remark ?? null;
    const calls = withCall(next, { runId, id, begins: true, remark, tookMs: null });
    const activities = activity && { ...next.activities, [runId]: { ...activity, remark: null } };
    next = { ...next, calls, activities: activities ?? next.activities };
  }
  return next;
}

function agentEvent(model: ChatModel, payload: AgentEventPayload, atMs: number): ChatModel {
  const { runId, stream, data } = payload;
  if (isTerminal(model, runId)) return model;
  if (stream === 'run_status' && data.phase === 'retrying') {
    const { retryAttempt: attempt, maxRetries: max } = data;
    const retry = attempt !== undefined && max !== undefined ? { attempt, max } : null;
    return { ...model, activities: withActivity(model, runId, atMs, { phase: 'retrying', retry }) };
  }
  if (stream === 'lifecycle' && data.phase === 'waiting-approval') {
    return { ...model, activities: withActivity(model, runId, atMs, { phase: 'approval' }) };
  }
  if (stream === 'lifecycle' && data.phase === 'approval-resolved') {
    return { ...model, activities: withActivity(model, runId, atMs, { phase: null }) };
  }
  if (stream === 'item' && data.kind === 'preamble' && data.progressText) {
    return { ...model, activities: withActivity(model, runId, atMs, { remark: data.progressText }) };
  }
  const isPreamble = stream === 'item' && data.kind !== 'tool';
  if (!isToolStream(stream) || isPreamble || !data.toolCallId) return model;
  const { tools = [], remark = null } = model.activities[runId] ?? {};
  const begins = data.phase === 'start';
  const before = tools.find((known) => known.id === data.toolCallId);
  const name = data.name ?? before?.name ?? '';
  const tool: ToolUse = {
    id: data.toolCallId,
    name,
    title: (stream === 'command_output' ? before?.title : data.title) ?? before?.title ?? data.name ?? '',
    status: toolStatus(payload, before),
    detail: withToolEvent(before?.detail ?? noDetail, data, name),
  };
  return {
    ...model,
    activities: withActivity(model, runId, atMs, {
      tools: before ? tools.map((known) => (known === before ? tool : known)) : [...tools, tool],
      remark: begins ? null : remark,
    }),
    calls: withCall(model, {
      runId,
      id: tool.id,
      begins,
      remark,
      tookMs: tool.detail?.durationMs ?? null,
    }),
  };
}

/** `item` and `tool` both end a call; what has ended does not begin again. */
function toolStatus({ stream, data }: AgentEventPayload, before: ToolUse | undefined): ToolUse['status'] {
  if (stream === 'item' && data.phase === 'end') return data.status === 'completed' ? 'done' : 'failed';
  if (stream === 'tool' && data.phase === 'result') return data.isError === true ? 'failed' : 'done';
  return before?.status ?? 'running';
}

function isOurs(model: ChatModel, sessionKey: string | undefined): boolean {
  if (sessionKey === undefined) return false;
  if (sessionKey === model.sessionKey || sessionKey === model.canonicalKey) return true;
  // `main` before the Gateway named it: every agent's main session ends this way.
  return model.canonicalKey === null && sessionKey === `agent:main:${model.sessionKey}`;
}
