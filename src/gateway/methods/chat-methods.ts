import {
  validateChatAbortParams,
  validateChatInjectParams,
  validateChatMetadataParams,
} from '@openclaw/gateway-protocol';
import type { RunEvents } from '../agent/run-events.ts';
import type { Runs } from '../agent/runs.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import { assistantRow } from '../sessions/history-row.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import { type ChatHistoryDeps, chatHistoryMethods } from './chat-history.ts';
import { type ChatSendDeps, chatSendMethod } from './chat-send.ts';
import { mayEnd } from './may-end.ts';
import { checked, type MethodTable } from './method.ts';

export type ChatDeps = ChatSendDeps &
  ChatHistoryDeps & {
    readonly runs: Runs;
    readonly database: GatewayDatabase;
    readonly events: RunEvents;
    readonly newId: () => string;
    readonly listModels: () => Promise<{ models: readonly object[] }>;
    readonly listCommands: () => { commands: readonly object[] };
  };

/** Sending, reading and stopping. Errors as observed. */
export function chatMethods(deps: ChatDeps): MethodTable {
  return {
    ...chatSendMethod(deps),
    ...chatHistoryMethods(deps),
    ...checked('chat.abort', 'operator.write', validateChatAbortParams, (params, client) => {
      const { key } = parseSessionKey(params.sessionKey);
      const isMeant = (runId: string) => params.runId === undefined || params.runId === runId;
      const meant = deps.runs.unfinishedIds(key).filter(isMeant);
      if (!meant.every((runId) => mayEnd(client, deps.runs.owner(runId)))) {
        return invalidRequest('unauthorized');
      }
      const runIds = deps.runs.abort(key, params.runId);
      return answer({ ok: true, aborted: runIds.length > 0, runIds });
    }),
    ...checked(
      'chat.inject',
      'operator.admin',
      validateChatInjectParams,
      ({ sessionKey, message, label }) => {
        const { key } = parseSessionKey(sessionKey);
        const session = deps.sessions.find(key);
        if (session === undefined) return invalidRequest('session not found');
        const messageId = deps.newId();
        const runId = `inject-${messageId}`;
        const text = label === undefined || label.trim() === '' ? message : `[${label.trim()}]\n\n${message}`;
        const row = deps.database.transaction(() => {
          deps.sessions.touch(key, deps.now(), false);
          return deps.sessions.append(key, runId, (seq) =>
            injectedRow({ messageId, seq, runId, at: deps.now() }, text),
          );
        });
        const frame = { runId, sessionKey: key, sessionId: session.sessionId, connId: null, seq: 0 };
        deps.events.chat(frame, { state: 'final', message: row });
        deps.events.message(key, row);
        return answer({ ok: true, messageId });
      },
    ),
    ...checked('chat.metadata', 'operator.read', validateChatMetadataParams, async () =>
      answer({
        ...(await deps.listModels()),
        ...deps.listCommands(),
        swarmEnabled: false,
        accountSelection: { kind: 'automatic', label: 'Automatic account selection' },
        runtimeSelectionLocked: false,
      }),
    ),
  };
}

/** Said by nobody: somebody with the right to do so wrote it into the conversation (observed). */
function injectedRow(position: Parameters<typeof assistantRow>[0], text: string) {
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 };
  return assistantRow(position, {
    text,
    api: 'openai-responses',
    provider: 'openclaw',
    model: 'gateway-injected',
    usage,
    stopReason: 'stop',
    excluded: false,
  });
}
