import { type SessionsListParams, validateSessionsListParams } from '@openclaw/gateway-protocol';
import { answerJson } from '../server/frames.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import type { IndexEntry, SessionIndex } from '../sessions/session-index.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import { type SessionModel, sessionRow } from '../sessions/session-row.ts';
import { checked, type MethodTable } from './method.ts';

export type SessionListDeps = {
  readonly database: GatewayDatabase;
  readonly index: SessionIndex;
  readonly modelOf: (key: string) => SessionModel | null;
  readonly modelDefaults: () => object;
  readonly databasePath: string;
  readonly now: () => number;
};

const DEFAULT_LIST_LIMIT = 100;
const MAX_PREVIEW_CHARACTERS = 200;
const REMEMBERED_ANSWERS = 16;

/**
 * `sessions.list`, and the subscription that brings the list along. An answer is kept until anything in the
 * database changes: clients ask for the same list again and again. Its rows keep their `snapshotAt` (documented).
 */
export function sessionListMethods(deps: SessionListDeps): MethodTable {
  const known = new Map<string, string>();
  let revision = -1;

  const list = (params: SessionsListParams): string => {
    const current = deps.database.revision();
    const defaults = JSON.stringify(deps.modelDefaults());
    if (current !== revision || known.size >= REMEMBERED_ANSWERS) known.clear();
    revision = current;
    // What is asked for as of now is asked anew.
    const name = params.activeMinutes === undefined ? JSON.stringify(params) + defaults : null;
    const rest = (name === null ? undefined : known.get(name)) ?? JSON.stringify(readList(deps, params));
    if (name !== null) known.set(name, rest);
    return `{"ts":${deps.now()},${rest.slice(1)}`;
  };

  return {
    ...checked('sessions.list', 'operator.read', validateSessionsListParams, (params) =>
      answerJson(list(params)),
    ),
    ...checked('sessions.subscribe', 'operator.read', validateSessionsListParams, (params, client) => {
      client.watchSessions(true);
      const wantsList = Object.keys(params).length > 0;
      return answerJson(wantsList ? `{"subscribed":true,"list":${list(params)}}` : '{"subscribed":true}');
    }),
  };
}

function readList(deps: SessionListDeps, params: SessionsListParams): object {
  const { limit = DEFAULT_LIST_LIMIT, offset = 0, includeLastMessage, includeDerivedTitles } = params;
  const { entries, total } = isOurs(params)
    ? deps.index.page({
        limit,
        offset,
        sortBy: params.sortBy ?? 'updatedAt',
        archived: params.archived ?? false,
        label: params.label,
        search: params.search,
        updatedSince:
          params.activeMinutes === undefined ? undefined : deps.now() - params.activeMinutes * 60_000,
        withTexts: includeLastMessage === true || includeDerivedTitles === true,
      })
    : { entries: [], total: 0 };
  const nextOffset = offset + entries.length < total && entries.length > 0 ? offset + entries.length : null;
  return {
    path: deps.databasePath,
    count: entries.length,
    totalCount: total,
    limitApplied: limit,
    nextOffset,
    hasMore: nextOffset !== null,
    owners: [],
    defaults: deps.modelDefaults(),
    sessions: entries.map((entry) => ({
      ...sessionRow({
        ...entry,
        key: entry.record.key,
        model: deps.modelOf(entry.record.key),
        now: deps.now(),
      }),
      ...texts(entry, params),
    })),
  };
}

/** Filters for what this Gateway does not have (boards, other agents, spawned sessions) match nothing. */
function isOurs({ agentId, boardFace, spawnedBy, ownerId, creatorId }: SessionsListParams): boolean {
  if (agentId !== undefined && agentId.toLowerCase() !== AGENT_ID) return false;
  return [spawnedBy, ownerId, creatorId].every((value) => value === undefined) && boardFace !== 'dashboard';
}

/** The words of a session that lists show. */
export function texts(
  { settings, last, firstUser }: Pick<IndexEntry, 'settings' | 'last' | 'firstUser'>,
  {
    includeLastMessage,
    includeDerivedTitles,
  }: { includeLastMessage?: boolean; includeDerivedTitles?: boolean },
): object {
  const title = settings.label ?? firstUser;
  return {
    ...(includeLastMessage && last !== undefined ? { lastMessagePreview: oneLine(last) } : {}),
    ...(includeDerivedTitles && title !== undefined ? { derivedTitle: oneLine(title) } : {}),
  };
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, MAX_PREVIEW_CHARACTERS);
