import { type SessionsResolveParams, validateSessionsResolveParams } from '@openclaw/gateway-protocol';
import { answer, invalidRequest } from '../server/frames.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import type { SessionSettingsStore } from '../sessions/session-settings.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { checked, type MethodTable } from './method.ts';

export type SessionResolveDeps = {
  readonly sessions: SessionStore;
  readonly settings: SessionSettingsStore;
};

const MAX_CANDIDATES = 10;
const selectors = ['key', 'sessionId', 'label', 'shortId'] as const;

/** `sessions.resolve`: from what a person wrote to the key of a session. Shapes and errors as observed. */
export function sessionResolveMethod({ sessions, settings }: SessionResolveDeps): MethodTable {
  const describe = (key: string) => {
    const { displayName, label = displayName } = settings.read(key);
    return { key, agentId: AGENT_ID, ...(label === undefined ? {} : { displayName: label }) };
  };

  const find = (params: SessionsResolveParams): string[] => {
    const keys = (fits: (session: { key: string; sessionId: string }) => boolean) =>
      sessions.list().flatMap((session) => (fits(session) ? [session.key] : []));
    if (params.label !== undefined) {
      const labelled = settings.labelled(params.label);
      return labelled === undefined ? [] : [labelled];
    }
    if (params.shortId !== undefined) {
      const wanted = params.shortId.toLowerCase();
      return keys(({ key }) => uuidOf(key)?.startsWith(wanted) === true);
    }
    if (params.key === undefined) return keys(({ sessionId }) => sessionId === params.sessionId);
    // A key may also be a session id (documented for the command line).
    const { key } = parseSessionKey(params.key);
    return sessions.find(key) === undefined ? keys(({ sessionId }) => sessionId === params.key) : [key];
  };

  return checked('sessions.resolve', 'operator.read', validateSessionsResolveParams, (params) => {
    const given = selectors.filter((name) => params[name] !== undefined);
    const [selector] = given;
    if (selector === undefined) {
      return invalidRequest('Either key, sessionId, label, shortId, or reference is required');
    }
    if (given.length > 1) {
      return invalidRequest('Provide either key, sessionId, label, shortId, or reference (not multiple)');
    }
    if (selector === 'shortId' && !/^[0-9a-f]{8,32}$/i.test(params.shortId ?? '')) {
      return invalidRequest('shortId must be 8-32 hexadecimal characters');
    }
    const [first, ...others] = isOurs(params) ? find(params) : [];
    if (first !== undefined && others.length === 0)
      return answer({ ok: true, key: first, agentId: AGENT_ID });
    if (first !== undefined) {
      return answer({ ok: false, candidates: [first, ...others].slice(0, MAX_CANDIDATES).map(describe) });
    }
    if (params.allowMissing === true) return answer({ ok: false });
    const place = selector === 'label' ? ' with label' : '';
    return invalidRequest(`No session found${place}: ${params[selector]}`);
  });
}

/** Other agents, and sessions that an agent spawned, are not here. */
const isOurs = ({ agentId = AGENT_ID, spawnedBy }: SessionsResolveParams) =>
  agentId.toLowerCase() === AGENT_ID && spawnedBy === undefined;

/** The identifier at the end of a key such as `agent:main:dashboard:<uuid>`, without its dashes. */
function uuidOf(key: string): string | undefined {
  const [last] = key.split(':').slice(-1);
  return last
    ?.match(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)?.[0]
    .replaceAll('-', '')
    .toLowerCase();
}
