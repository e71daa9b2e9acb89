import { z } from 'zod';
import type { SessionIndex } from '../sessions/session-index.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionView } from '../sessions/session-view.ts';
import { snippetOf } from '../sessions/snippet.ts';
import type { TranscriptReader } from '../sessions/transcript-reader.ts';
import { type HttpTool, httpTool } from './tools.ts';

export type SessionToolDeps = {
  readonly sessions: SessionStore;
  readonly index: SessionIndex;
  readonly view: SessionView;
  readonly reader: TranscriptReader;
  readonly currentModel: () => { provider: string; model: string } | null;
  readonly version: string;
  readonly now: () => number;
};

/**
 * The tools of a real Gateway that look at sessions and agents; those that act (`exec`, `sessions_send`, `nodes`, …) it
 * denies over HTTP by default (documented). Names, results and errors as observed.
 */
export function sessionTools(deps: SessionToolDeps): Readonly<Record<string, HttpTool>> {
  return {
    sessions_list: httpTool(listArgs, (args) => listSessions(deps, args)),
    sessions_history: httpTool(historyArgs, (args) => {
      const { key } = parseSessionKey(args.sessionKey);
      const missing = { status: 'error', error: `No session found: ${args.sessionKey}` };
      if (deps.sessions.find(key) === undefined) return missing;
      const messages = readRows(deps, key, args.limit, args.includeTools);
      return { sessionKey: args.sessionKey, messages };
    }),
    sessions_search: httpTool(searchArgs, ({ query, limit }) => ({
      results: deps.reader.search(query, limit).map(({ key, text, ...hit }) => ({
        sessionKey: key,
        ...hit,
        snippet: snippetOf(text, query),
        sessionId: deps.sessions.find(key)?.sessionId,
      })),
    })),
    session_status: async (args, sessionKey) => {
      const asked = z.looseObject({ sessionKey: z.string().min(1).default(sessionKey) }).safeParse(args);
      if (!asked.success) return { ok: false, message: 'sessionKey must be a string' };
      return readStatus(deps, asked.data.sessionKey, asked.data.sessionKey !== sessionKey);
    },
    agents_list: httpTool(z.looseObject({}), () => {
      const model = deps.currentModel();
      const named = model === null ? {} : { model: `${model.provider}/${model.model}` };
      return { requester: AGENT_ID, allowAny: false, agents: [{ id: AGENT_ID, configured: true, ...named }] };
    }),
  };
}

const MAX_ROWS_BYTES = 80_000;

const positive = (name: string) =>
  z.int(`${name} must be a positive integer`).min(1, `${name} must be a positive integer`);

const listArgs = z.looseObject({
  limit: positive('limit').max(500).default(100),
  activeMinutes: positive('activeMinutes').optional(),
  messageLimit: z.int('messageLimit must be an integer').min(0).max(20).default(0),
  search: z.string().optional(),
  label: z.string().optional(),
  archived: z.union([z.boolean(), z.literal('all')]).default(false),
});

const historyArgs = z.looseObject({
  sessionKey: z.string('sessionKey required').min(1, 'sessionKey required'),
  limit: positive('limit').max(1_000).default(50),
  includeTools: z.boolean().default(false),
});

const searchArgs = z.looseObject({
  query: z.string('query must not be empty').trim().min(1, 'query must not be empty'),
  limit: positive('limit').max(50).default(10),
});

function listSessions(deps: SessionToolDeps, args: z.infer<typeof listArgs>): object {
  const { limit, activeMinutes, messageLimit, search, label, archived } = args;
  const updatedSince = activeMinutes === undefined ? undefined : deps.now() - activeMinutes * 60_000;
  const { entries, total } = deps.index.page({
    limit,
    offset: 0,
    sortBy: 'updatedAt',
    archived,
    search,
    label,
    updatedSince,
    withTexts: false,
  });
  const sessions = entries.map(({ record: { key } }) => ({
    ...deps.view.row(key),
    ...(messageLimit === 0 ? {} : { messages: readRows(deps, key, messageLimit, false) }),
  }));
  return { count: sessions.length, sessions, hasMore: total > entries.length, limitApplied: limit };
}

/** The newest rows, oldest first; calls of tools and their results only where they are asked for. */
function readRows({ reader }: SessionToolDeps, key: string, limit: number, includeTools: boolean): object[] {
  const { rows } = reader.page(key, { limit, offset: 0, maxBytes: MAX_ROWS_BYTES });
  const parsed = rows.map((row) => JSON.parse(row) as { role: string; content: unknown });
  return includeTools ? parsed : parsed.filter((row) => !isToolRow(row));
}

function isToolRow({ role, content }: { role: string; content: unknown }): boolean {
  const blocks = Array.isArray(content) ? (content as { type?: unknown }[]) : [];
  return role === 'toolResult' || (blocks.length > 0 && blocks.every(({ type }) => type === 'toolCall'));
}

async function readStatus(
  deps: SessionToolDeps,
  sessionKey: string,
  mustExist: boolean,
): ReturnType<HttpTool> {
  const { key } = parseSessionKey(sessionKey);
  if (mustExist && deps.sessions.find(key) === undefined) {
    return { ok: false, message: `No session found: ${sessionKey}` };
  }
  const row = deps.view.row(key);
  const { modelProvider, model, status = 'idle', inputTokens = 0, outputTokens = 0 } = row;
  const { estimatedCostUsd = 0, effectiveQueueMode } = row;
  const statusText = [
    `Gateway ${deps.version}`,
    `Current time: ${new Date(deps.now()).toISOString()}`,
    `Model: ${model === undefined ? 'none' : `${String(modelProvider)}/${String(model)}`}`,
    `Tokens: ${String(inputTokens)} in / ${String(outputTokens)} out`,
    `Cost: $${Number(estimatedCostUsd).toFixed(4)}`,
    `Session: ${sessionKey} (${String(status)})`,
    `Queue: ${String(effectiveQueueMode)}`,
  ].join('\n');
  const details = { ok: true, sessionKey, agentId: AGENT_ID, changedModel: false, statusText };
  return { ok: true, result: { content: [{ type: 'text', text: statusText }], details } };
}
