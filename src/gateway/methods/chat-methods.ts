import {
  type ChatPendingInputsPage,
  validateChatAbortParams,
  validateChatHistoryParams,
} from '@openclaw/gateway-protocol';
import type { Runs } from '../agent/runs.ts';
import { answer } from '../server/frames.ts';
import type { RunStore } from '../sessions/run-store.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionView } from '../sessions/session-view.ts';
import { type ChatSendDeps, chatSendMethod } from './chat-send.ts';
import { checked, type MethodTable } from './method.ts';

export type ChatDeps = ChatSendDeps & {
  readonly runs: Runs;
  readonly runStore: RunStore;
  readonly sessions: SessionStore;
  readonly view: SessionView;
  readonly modelDefaults: () => object;
  readonly now: () => number;
};

const DEFAULT_HISTORY_LIMIT = 200;
/** A page stays well below the frame limit of clients. */
const MAX_HISTORY_BYTES = 8 * 1024 * 1024;
/** Inputs that were aborted while queued stay visible this long. */
const CANCELLED_INPUTS_MS = 24 * 60 * 60_000;
const MAX_PENDING_INPUTS = 20;

/** Sending, reading and stopping. Errors as observed. */
export function chatMethods(deps: ChatDeps): MethodTable {
  const abort = checked('chat.abort', 'operator.write', validateChatAbortParams, (params) => {
    const runIds = deps.runs.abort(parseSessionKey(params.sessionKey).key, params.runId);
    return answer({ ok: true, aborted: runIds.length > 0, runIds });
  });

  const history = checked('chat.history', 'operator.read', validateChatHistoryParams, (params) => {
    // We hand out no cursors, so one that comes back is another Gateway's: read from the start.
    if (params.cursor !== undefined) return answer({ kind: 'reset' });
    const { key } = parseSessionKey(params.sessionKey);
    const { limit = DEFAULT_HISTORY_LIMIT, offset = 0 } = params;
    const { rows, total } = deps.sessions.page(key, { limit, offset, maxBytes: MAX_HISTORY_BYTES });
    const nextOffset = offset + rows.length;
    const hasMore = rows.length > 0 && nextOffset < total;
    const session = deps.sessions.find(key);
    const inFlight = deps.runs.inFlight(key);
    return answer({
      sessionKey: params.sessionKey,
      ...(session === undefined ? {} : { sessionId: session.sessionId }),
      messages: rows,
      pendingInputs: pendingInputs(deps, key),
      ...(offset > 0 ? { offset } : {}),
      ...(hasMore ? { nextOffset } : {}),
      hasMore,
      totalMessages: total,
      defaults: deps.modelDefaults(),
      sessionInfo: deps.view.row(key),
      ...(inFlight === undefined ? {} : { inFlightRun: { ...inFlight, events: [] } }),
    });
  });

  return { ...chatSendMethod(deps), ...abort, ...history };
}

/** What was accepted and is not in the transcript: it waits its turn, or was aborted before that. */
function pendingInputs(deps: ChatDeps, key: string): ChatPendingInputsPage {
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
