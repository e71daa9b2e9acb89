import {
  type SessionsListParams,
  validateSessionsListParams,
  validateSessionsMessagesSubscribeParams,
  validateSessionsMessagesUnsubscribeParams,
} from '@openclaw/gateway-protocol';
import { answer } from '../server/frames.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import type { SessionRecord, SessionStore } from '../sessions/session-store.ts';
import type { SessionView } from '../sessions/session-view.ts';
import { checked, type MethodTable } from './method.ts';

export type SessionDeps = {
  readonly sessions: SessionStore;
  readonly view: SessionView;
  readonly modelDefaults: () => object;
  readonly databasePath: string;
  readonly now: () => number;
};

const DEFAULT_LIST_LIMIT = 100;
const MAX_PREVIEW_CHARACTERS = 200;

/** Lists and subscriptions. Shapes as observed. */
export function sessionMethods(deps: SessionDeps): MethodTable {
  return {
    ...checked('sessions.list', 'operator.read', validateSessionsListParams, (params) =>
      answer(listSessions(deps, params)),
    ),
    ...checked('sessions.subscribe', 'operator.read', validateSessionsListParams, (params, client) => {
      client.watchSessions();
      const wantsList = Object.keys(params).length > 0;
      return answer({
        subscribed: true,
        ...(wantsList ? { list: listSessions(deps, params) } : {}),
      });
    }),
    ...checked(
      'sessions.messages.subscribe',
      'operator.read',
      validateSessionsMessagesSubscribeParams,
      (params, client) => {
        const { key } = parseSessionKey(params.key);
        client.watchedKeys.add(key);
        return answer({ subscribed: true, key });
      },
    ),
    ...checked(
      'sessions.messages.unsubscribe',
      'operator.read',
      validateSessionsMessagesUnsubscribeParams,
      (params, client) => {
        const { key } = parseSessionKey(params.key);
        client.watchedKeys.delete(key);
        return answer({ subscribed: false, key });
      },
    ),
  };
}

function listSessions(deps: SessionDeps, params: SessionsListParams): object {
  const { limit = DEFAULT_LIST_LIMIT, offset = 0 } = params;
  const all = deps.sessions.list().filter((session) => isWanted(deps, session, params));
  if (params.sortBy === 'lastInteractionAt') {
    all.sort((a, b) => b.lastInteractionAt - a.lastInteractionAt);
  }
  const page = all.slice(offset, offset + limit);
  const nextOffset = offset + page.length < all.length ? offset + page.length : null;
  return {
    ts: deps.now(),
    path: deps.databasePath,
    count: page.length,
    totalCount: all.length,
    limitApplied: limit,
    nextOffset,
    hasMore: nextOffset !== null,
    owners: [],
    defaults: deps.modelDefaults(),
    sessions: page.map(({ key }) => ({ ...deps.view.row(key), ...texts(deps, key, params) })),
  };
}

/** Filters for what this Gateway does not have (labels, archives, boards, other agents) match nothing. */
function isWanted(deps: SessionDeps, session: SessionRecord, params: SessionsListParams): boolean {
  if (params.agentId !== undefined && params.agentId.toLowerCase() !== AGENT_ID) return false;
  if (params.label !== undefined || params.archived === true || params.boardFace === 'dashboard')
    return false;
  if (params.activeMinutes !== undefined) {
    if (deps.now() - session.updatedAt > params.activeMinutes * 60_000) return false;
  }
  if (params.search === undefined || params.search.trim() === '') return true;
  const { firstUser = '', last = '' } = deps.sessions.preview(session.key);
  return `${session.key}\n${firstUser}\n${last}`.toLowerCase().includes(params.search.trim().toLowerCase());
}

function texts(deps: SessionDeps, key: string, params: SessionsListParams): object {
  if (!params.includeLastMessage && !params.includeDerivedTitles) return {};
  const { last, firstUser } = deps.sessions.preview(key);
  return {
    ...(params.includeLastMessage && last !== undefined ? { lastMessagePreview: oneLine(last) } : {}),
    ...(params.includeDerivedTitles && firstUser !== undefined ? { derivedTitle: oneLine(firstUser) } : {}),
  };
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, MAX_PREVIEW_CHARACTERS);
