import {
  createSessionProjection,
  type EventFrame,
  readSessionMessageIdentity,
  readSessionMessageSequence,
  reduceSessionProjection,
  reduceSessionProjectionRunEvent,
  type SessionProjectionState,
} from '@openclaw/gateway-client/browser';
import { assertNever } from '../../../shared/assert-never.ts';
import type { AppError } from '../../../shared/errors.ts';
import { afterDisconnect, type Outbox, type OutboxItem, withDelivery, withoutItem } from './outbox.ts';
import {
  type AgentEventPayload,
  agentEventSchema,
  type ChatEventPayload,
  type ChatHistory,
  chatEventSchema,
  messageText,
  sessionMessageSchema,
  sessionsChangedSchema,
} from './payloads.ts';

export type ToolUse = { id: string; name: string; title: string; status: 'running' | 'done' | 'failed' };

/** A run that has begun and not ended, as far as this page knows. */
export type Activity = {
  runId: string;
  startedAtMs: number;
  /** As the Gateway names it (`starting_model`, …), `retrying` or `approval`; null before it said anything. */
  phase: string | null;
  tools: readonly ToolUse[];
  /** Of the run's last `chat` event that was taken in; older ones are repeats. */
  lastSeq: number;
};

/** One session's conversation. Transcript, live rows and runs are folded by OpenClaw's own projection. */
export type ChatModel = {
  /** As WebChat asks for it; `main` is an alias that events do not use. */
  sessionKey: string;
  /** As events name it, once the Gateway said so. */
  canonicalKey: string | null;
  sessionId: string | null;
  /** False until the first history; an empty conversation is only then known to be empty. */
  isLoaded: boolean;
  /** The offset of the page before the first row; null where there is none. */
  earlierOffset: number | null;
  projection: SessionProjectionState;
  activities: Readonly<Record<string, Activity>>;
  outbox: Outbox;
};

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
  | { type: 'historyLoaded'; history: ChatHistory; isReconnect: boolean; atMs: number }
  | { type: 'earlierLoaded'; history: ChatHistory }
  | { type: 'gatewayEvent'; frame: EventFrame; atMs: number };

export function createChatModel(sessionKey: string, outbox: Outbox = []): ChatModel {
  return {
    sessionKey,
    canonicalKey: sessionKey.startsWith('agent:') ? sessionKey : null,
    sessionId: null,
    isLoaded: false,
    earlierOffset: null,
    projection: outbox.reduce(paintPending, createSessionProjection()),
    activities: {},
    outbox,
  };
}

/** Pure: the one place where the conversation changes. */
export function reduceChat(model: ChatModel, event: ChatModelEvent): ChatModel {
  switch (event.type) {
    case 'submitted':
      return {
        ...model,
        outbox: [...model.outbox, event.item],
        projection: paintPending(model.projection, event.item),
      };
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
      return { ...model, outbox: afterDisconnect(model.outbox) };
    case 'historyLoaded':
      return historyLoaded(model, event);
    case 'earlierLoaded':
      return earlierLoaded(model, event.history);
    case 'gatewayEvent':
      return gatewayEvent(model, event.frame, event.atMs);
    default:
      return assertNever(event);
  }
}

/** True where the event says that this session's transcript is no longer the one on the screen. */
export function isSessionReset(model: ChatModel, frame: EventFrame): boolean {
  if (frame.event !== 'sessions.changed') return false;
  const payload = sessionsChangedSchema.safeParse(frame.payload);
  return payload.success && payload.data.reason === 'reset' && isOurs(model, payload.data.sessionKey);
}

/** Runs that have begun and not ended, oldest first. */
export function activeRuns(model: ChatModel): readonly Activity[] {
  return Object.values(model.activities).sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/**
 * Rows heard on an earlier connection are no newer than the history that is about to be read; only rows of
 * this connection may survive it.
 */
function withoutLiveClaims(projection: SessionProjectionState): SessionProjectionState {
  if (!projection.entries.some((entry) => entry.live)) return projection;
  return {
    ...projection,
    entries: projection.entries.map((entry) => (entry.live ? { ...entry, live: false } : entry)),
  };
}

function paintPending(projection: SessionProjectionState, item: OutboxItem): SessionProjectionState {
  return reduceSessionProjection(projection, {
    type: 'sendPending',
    idempotencyKey: item.idempotencyKey,
    message: {
      role: 'user',
      content: item.text,
      timestamp: item.createdAtMs,
      idempotencyKey: `${item.idempotencyKey}:user`,
    },
  });
}

function accepted(
  model: ChatModel,
  event: { idempotencyKey: string; status: string | null; atMs: number },
): ChatModel {
  const runId = event.idempotencyKey;
  const outbox = withDelivery(model.outbox, runId, 'accepted');
  // `ok` answers a repeated send whose run is over; an ended run may also overtake its own answer.
  const isOver = event.status === 'ok' || isTerminal(model, runId);
  if (isOver) return { ...model, outbox: withoutItem(outbox, runId) };
  return { ...model, outbox, activities: withActivity(model, runId, event.atMs) };
}

function historyLoaded(
  model: ChatModel,
  { history, isReconnect, atMs }: { history: ChatHistory; isReconnect: boolean; atMs: number },
): ChatModel {
  const sessionId = history.sessionId ?? null;
  const isSameSession = model.sessionId === null || sessionId === null || model.sessionId === sessionId;
  const messages = isSameSession ? [...rowsBefore(model, history), ...history.messages] : history.messages;
  const keepsEarlier = messages.length > history.messages.length;

  // Rows of a session that was replaced must not survive; what this page still has to send must.
  const base = isSameSession
    ? model.projection
    : model.outbox.reduce(paintPending, createSessionProjection());
  let projection = reduceSessionProjection(base, { type: 'snapshotLoaded', messages });

  const inFlight = history.inFlightRun ?? null;
  const stillActive = new Set(history.sessionInfo?.activeRunIds ?? []);
  if (inFlight) stillActive.add(inFlight.runId);
  const knowsActive = isReconnect || Array.isArray(history.sessionInfo?.activeRunIds);
  const unanswered = new Set(
    model.outbox.flatMap((item) => (item.delivery === 'sending' ? [item.idempotencyKey] : [])),
  );

  let activities = model.activities;
  if (knowsActive) {
    const gone = (runId: string) => !stillActive.has(runId) && !unanswered.has(runId);
    activities = Object.fromEntries(Object.entries(activities).filter(([runId]) => !gone(runId)));
    const runs = Object.entries(projection.runs).filter(
      ([runId, run]) => run.status !== 'streaming' || !gone(runId),
    );
    projection = { ...projection, runs: Object.fromEntries(runs) };
  }

  let next: ChatModel = {
    ...model,
    canonicalKey: history.sessionInfo?.key ?? model.canonicalKey,
    sessionId: sessionId ?? model.sessionId,
    isLoaded: true,
    earlierOffset: keepsEarlier ? model.earlierOffset : earlierOffset(history),
    projection,
    activities,
    outbox: confirmOutbox(model.outbox, history, isReconnect),
  };
  if (inFlight) next = adoptRun(next, inFlight, atMs);
  return next;
}

/** Rows above the first one of a newer page: a longer transcript is never replaced by a shorter one. */
function rowsBefore(model: ChatModel, history: ChatHistory): readonly unknown[] {
  const first = history.messages.map((row) => readSessionMessageSequence(row)).find((seq) => seq !== null);
  if (history.hasMore !== true || first === undefined || first === null) return [];
  return model.projection.messages.filter((row) => {
    const sequence = readSessionMessageSequence(row);
    return sequence !== null && sequence < first;
  });
}

function earlierOffset(history: ChatHistory): number | null {
  return history.hasMore === true ? (history.nextOffset ?? history.messages.length) : null;
}

function earlierLoaded(model: ChatModel, history: ChatHistory): ChatModel {
  const settled = model.projection.entries.filter((entry) => !entry.pending && !entry.live);
  return {
    ...model,
    earlierOffset: earlierOffset(history),
    projection: reduceSessionProjection(model.projection, {
      type: 'snapshotLoaded',
      messages: [...history.messages, ...settled.map((entry) => entry.message)],
    }),
  };
}

/** Which of our messages the Gateway has, as its history shows it. */
function confirmOutbox(outbox: Outbox, history: ChatHistory, isReconnect: boolean): Outbox {
  const shown = new Set(history.messages.map((row) => readSessionMessageIdentity(row)?.sendId ?? null));
  const held = new Set((history.pendingInputs?.items ?? []).map((item) => item.runId));
  if (history.inFlightRun) held.add(history.inFlightRun.runId);
  return outbox.flatMap((item): OutboxItem[] => {
    if (shown.has(item.idempotencyKey)) return [];
    if (held.has(item.idempotencyKey)) return [{ ...item, delivery: 'accepted', error: null }];
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
      const { message, ...envelope } = payload.data;
      const sendId = readSessionMessageIdentity(message, envelope)?.sendId ?? null;
      return {
        ...model,
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
    case 'sessions.changed':
      if (!isSessionReset(model, frame)) return model;
      return {
        ...model,
        projection: model.outbox.reduce(paintPending, createSessionProjection()),
        activities: {},
        earlierOffset: null,
      };
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
      const known = messageText(model.projection.runs[runId]?.message);
      const message =
        payload.message ??
        assistantMessage((payload.replace === true ? '' : known) + (payload.deltaText ?? ''), atMs);
      return {
        ...model,
        activities: withActivity(model, runId, atMs, { lastSeq: seq }),
        projection: reduceSessionProjection(model.projection, { type: 'runDelta', runId, message }),
      };
    }
    case 'final':
    case 'aborted':
    case 'error': {
      // A failed run sends two error events; the projection keeps the first, which says it shorter.
      const transition = reduceSessionProjectionRunEvent(model.projection, payload);
      const { [runId]: _ended, ...activities } = model.activities;
      return {
        ...model,
        projection: transition?.projection ?? model.projection,
        activities,
        outbox: withoutItem(model.outbox, runId),
      };
    }
    default:
      return model;
  }
}

function agentEvent(model: ChatModel, payload: AgentEventPayload, atMs: number): ChatModel {
  const { runId, stream, data } = payload;
  if (isTerminal(model, runId)) return model;
  if (stream === 'run_status' && data.phase === 'retrying') {
    return { ...model, activities: withActivity(model, runId, atMs, { phase: 'retrying' }) };
  }
  if (stream === 'lifecycle' && data.phase === 'waiting-approval') {
    return { ...model, activities: withActivity(model, runId, atMs, { phase: 'approval' }) };
  }
  if (stream === 'lifecycle' && data.phase === 'approval-resolved') {
    return { ...model, activities: withActivity(model, runId, atMs, { phase: null }) };
  }
  if (stream === 'item' && data.kind === 'tool' && data.toolCallId) {
    const tool: ToolUse = {
      id: data.toolCallId,
      name: data.name ?? '',
      title: data.title ?? data.name ?? '',
      status: data.phase !== 'end' ? 'running' : data.status === 'completed' ? 'done' : 'failed',
    };
    const tools = model.activities[runId]?.tools ?? [];
    const isKnown = tools.some((known) => known.id === tool.id);
    return {
      ...model,
      activities: withActivity(model, runId, atMs, {
        tools: isKnown ? tools.map((known) => (known.id === tool.id ? tool : known)) : [...tools, tool],
      }),
    };
  }
  return model;
}

function withActivity(
  model: ChatModel,
  runId: string,
  atMs: number,
  change: Partial<Pick<Activity, 'phase' | 'tools' | 'lastSeq'>> = {},
): ChatModel['activities'] {
  const known = model.activities[runId] ?? { runId, startedAtMs: atMs, phase: null, tools: [], lastSeq: 0 };
  return { ...model.activities, [runId]: { ...known, ...change } };
}

function isTerminal(model: ChatModel, runId: string): boolean {
  const run = model.projection.runs[runId];
  return run !== undefined && run.status !== 'streaming';
}

function isOurs(model: ChatModel, sessionKey: string | undefined): boolean {
  if (sessionKey === undefined) return false;
  if (sessionKey === model.sessionKey || sessionKey === model.canonicalKey) return true;
  // `main` before the Gateway named it: every agent's main session ends this way.
  return model.canonicalKey === null && sessionKey === `agent:main:${model.sessionKey}`;
}

function assistantMessage(text: string, atMs: number) {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp: atMs };
}
