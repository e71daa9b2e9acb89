import {
  type ChatPendingInputsPage,
  validateChatAbortParams,
  validateChatHistoryParams,
  validateChatSendParams,
} from '@openclaw/gateway-protocol';
import type { Runs } from '../agent/runs.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import type { Sender } from '../sessions/history-row.ts';
import type { RunStore } from '../sessions/run-store.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionView } from '../sessions/session-view.ts';
import { checked, type MethodTable } from './method.ts';

export type ChatDeps = {
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
  const send = checked('chat.send', 'operator.write', validateChatSendParams, (params, client) => {
    const { key, agentId } = parseSessionKey(params.sessionKey);
    if (params.agentId !== undefined && params.agentId.toLowerCase() !== AGENT_ID) {
      return invalidRequest(`Unknown agent id "${params.agentId}"`);
    }
    if (agentId !== AGENT_ID) {
      return invalidRequest(`Agent "${agentId}" no longer exists in configuration`);
    }
    if (params.attachments !== undefined && params.attachments.length > 0) {
      return invalidRequest('attachments are not supported by this gateway');
    }
    if (params.message.trim() === '') return invalidRequest('message or attachment required');
    if (params.message.includes('\u0000')) return invalidRequest('message must not contain null bytes');

    const runId = params.idempotencyKey;
    const accepted = deps.runs.accept({
      runId,
      sessionKey: key,
      message: params.message,
      sender: senderOf(client),
      plain: params.suppressCommandInterpretation === true,
    });
    if (accepted.status !== 'conflict') return answer({ runId, ...accepted });
    return invalidRequest('idempotencyKey was already used for another message', {
      reason: 'chat-request-conflict',
    });
  });

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

  return { ...withTarget(send), ...abort, ...history };
}

/**
 * A session mutation without a usable target has an answer of its own, before its other parameters are looked
 * at.
 */
function withTarget(methods: MethodTable): MethodTable {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      {
        scope: method.scope,
        handle(params: unknown, client: Client) {
          if (hasTarget(params)) return method.handle(params, client);
          return invalidRequest('session mutation target is unavailable', {
            code: 'SESSION_MUTATION_TARGET_REQUIRED',
            method: name,
          });
        },
      },
    ]),
  );
}

function hasTarget(params: unknown): boolean {
  if (typeof params !== 'object' || params === null || !('sessionKey' in params)) return false;
  return typeof params.sessionKey === 'string' && params.sessionKey.trim() !== '';
}

function senderOf({ connect: { client } }: Client): Sender {
  const { id, mode, displayName } = client;
  return displayName === undefined ? { id, mode } : { id, mode, displayName };
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
