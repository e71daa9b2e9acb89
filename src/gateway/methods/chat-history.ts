import {
  type ChatPendingInputsPage,
  validateChatHistoryParams,
  validateChatMessageGetParams,
} from '@openclaw/gateway-protocol';
import { z } from 'zod';
import type { Runs } from '../agent/runs.ts';
import { answer, answerJson, invalidRequest, type Reply } from '../server/frames.ts';
import type { HistoryRow } from '../sessions/history-row.ts';
import type { RunStore } from '../sessions/run-store.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import type { SessionSettingsStore } from '../sessions/session-settings.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionView } from '../sessions/session-view.ts';
import { shortened, type TranscriptPage, type TranscriptReader } from '../sessions/transcript-reader.ts';
import { checked, type MethodTable } from './method.ts';

export type ChatHistoryDeps = {
  readonly runs: Runs;
  readonly runStore: RunStore;
  readonly sessions: SessionStore;
  readonly settings: SessionSettingsStore;
  readonly reader: TranscriptReader;
  readonly view: SessionView;
  readonly modelDefaults: () => object;
  readonly now: () => number;
};

type HistoryParams = {
  sessionKey: string;
  cursor?: string;
  limit?: number;
  offset?: number;
  messageId?: string;
  maxChars?: number;
};

const DEFAULT_HISTORY_LIMIT = 200;
/** A page stays well below the frame limit of clients. */
const MAX_HISTORY_BYTES = 8 * 1024 * 1024;
/** What one frame holds, and what goes around a message in it (openclaw 2026.9.6). */
const MAX_MESSAGE_BYTES = 25 * 1024 * 1024 - 1024;
/** More than this since a cursor, and the client reads the tail anew (documented). */
const delta = { limit: 200, maxBytes: 1024 * 1024 };
/** Inputs that were aborted while queued stay visible this long. */
const CANCELLED_INPUTS_MS = 24 * 60 * 60_000;
const MAX_PENDING_INPUTS = 20;

/** Reading what was said. `chat.startup` is the same under another name (observed). */
export function chatHistoryMethods(deps: ChatHistoryDeps): MethodTable {
  const read = (params: HistoryParams) =>
    params.cursor === undefined ? readPage(deps, params) : readDelta(deps, params, params.cursor);
  return {
    ...checked('chat.history', 'operator.read', validateChatHistoryParams, read),
    ...checked('chat.startup', 'operator.read', validateChatHistoryParams, read),
    ...checked('chat.message.get', 'operator.read', validateChatMessageGetParams, (params) => {
      const entry = deps.reader.find(parseSessionKey(params.sessionKey).key, params.messageId);
      if (entry === undefined) return answer({ ok: false, unavailableReason: 'not_found' });
      const row = params.maxChars === undefined ? entry.row : cut(entry.row, params.maxChars);
      const isTooLong = Buffer.byteLength(row) > MAX_MESSAGE_BYTES;
      if (isTooLong) return answer({ ok: false, unavailableReason: 'oversized' });
      return answerJson(`{"ok":true,"message":${row}}`);
    }),
  };
}

function readPage(deps: ChatHistoryDeps, params: HistoryParams): Reply {
  const { key } = parseSessionKey(params.sessionKey);
  const { limit = DEFAULT_HISTORY_LIMIT, messageId, maxChars } = params;
  const anchor = messageId === undefined ? null : deps.reader.find(key, messageId);
  if (anchor === undefined) return invalidRequest('message not found');
  // A page around a message ends a little after it.
  const newest = anchor === null ? 0 : deps.reader.lastSeq(key) - anchor.seq - Math.floor(limit / 2);
  const offset = params.offset ?? Math.max(0, newest);
  const range = { limit, offset, maxBytes: MAX_HISTORY_BYTES };
  const { json, count, total } =
    maxChars === undefined
      ? deps.reader.pageBytes(key, range)
      : cutPage(deps.reader.page(key, range), maxChars);
  const nextOffset = offset + count;
  const hasMore = count > 0 && nextOffset < total;
  const session = deps.sessions.find(key);
  const head = {
    sessionKey: params.sessionKey,
    ...(session === undefined ? {} : { sessionId: session.sessionId }),
  };
  const tail = {
    pendingInputs: pendingInputs(deps, key),
    ...(session === undefined || offset > 0 ? {} : { deltaCursor: cursorOf(deps, key, total) }),
    ...(offset > 0 ? { offset } : {}),
    ...(hasMore ? { nextOffset } : {}),
    hasMore,
    totalMessages: total,
    defaults: deps.modelDefaults(),
    sessionInfo: deps.view.row(key),
    ...inFlightRun(deps, key),
  };
  return answerJson(
    `${JSON.stringify(head).slice(0, -1)},"messages":`,
    json,
    `,${JSON.stringify(tail).slice(1)}`,
  );
}

const cutPage = ({ rows, total }: TranscriptPage, maxChars: number) => ({
  json: `[${rows.map((row) => cut(row, maxChars)).join(',')}]`,
  count: rows.length,
  total,
});

/** What came after the cursor, as the events that the client missed. */
function readDelta(deps: ChatHistoryDeps, params: HistoryParams, text: string): Reply {
  const { key, agentId } = parseSessionKey(params.sessionKey);
  const reset = answer({ kind: 'reset' });
  const cursor = parseCursor(text);
  const last = deps.reader.lastSeq(key);
  const isOurs =
    cursor !== null &&
    cursor.sessionId === deps.sessions.find(key)?.sessionId &&
    cursor.generation === generationOf(deps, key) &&
    cursor.lastSeq <= last;
  const entries = isOurs ? deps.reader.after(key, cursor.lastSeq, delta) : null;
  if (entries === null) return reset;
  const session = deps.view.row(key);
  const shared = JSON.stringify({ session, ...session }).slice(1);
  const messages = entries.map(({ seq, messageId, row }) => {
    const head = JSON.stringify({ sessionKey: key, agentId, messageId, messageSeq: seq });
    return `${head.slice(0, -1)},"message":${row},${shared}`;
  });
  const rest = {
    deltaCursor: cursorOf(deps, key, last),
    pendingInputs: pendingInputs(deps, key),
    sessionInfo: session,
    ...inFlightRun(deps, key),
  };
  return answerJson(`{"kind":"delta","messages":[${messages.join(',')}],${JSON.stringify(rest).slice(1)}`);
}

const cursorSchema = z.object({
  version: z.literal(1),
  sessionId: z.string(),
  generation: z.string(),
  lastSeq: z.number().int().min(0),
});

/** A reset or another session makes older cursors useless. */
const generationOf = ({ settings }: ChatHistoryDeps, key: string) =>
  settings.read(key).lifecycleRevision ?? '';

function cursorOf(deps: ChatHistoryDeps, key: string, lastSeq: number): string {
  const { agentId } = parseSessionKey(key);
  const sessionId = deps.sessions.find(key)?.sessionId ?? '';
  const cursor = { agentId, generation: generationOf(deps, key), lastSeq, sessionId, version: 1 };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function parseCursor(text: string) {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}

function cut(row: string, maxChars: number): string {
  if (row.length <= maxChars) return row;
  return JSON.stringify(shortened(JSON.parse(row) as HistoryRow, maxChars));
}

function inFlightRun({ runs }: ChatHistoryDeps, key: string): object {
  const inFlight = runs.inFlight(key);
  return inFlight === undefined ? {} : { inFlightRun: inFlight };
}

/** What was accepted and is not in the transcript: it waits its turn, or was aborted before that. */
function pendingInputs(deps: ChatHistoryDeps, key: string): ChatPendingInputsPage {
  const inputs = deps.runStore.pendingInputs(key, deps.now() - CANCELLED_INPUTS_MS);
  return {
    items: inputs.slice(-MAX_PENDING_INPUTS).map((run) => ({
      id: run.runId,
      runId: run.runId,
      acceptedAt: run.acceptedAt,
      state: run.state === 'queued' ? 'queued' : 'cancelled',
      message: {
        role: 'user',
        content: run.message,
        timestamp: run.acceptedAt,
        __openclaw: { id: `pending:${run.runId}`, transport: { clients: [JSON.parse(run.sender)] } },
      },
    })),
    total: inputs.length,
  };
}
