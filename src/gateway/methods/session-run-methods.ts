import { validateSessionsAbortParams, validateSessionsSendParams } from '@openclaw/gateway-protocol';
import type { Runs } from '../agent/runs.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { mayEnd } from './may-end.ts';
import { checked, type Method, type MethodTable } from './method.ts';
import { noTarget, withTarget } from './mutation-target.ts';

export type SessionRunDeps = {
  readonly runs: Runs;
  readonly sessions: SessionStore;
  readonly newId: () => string;
  /** `chat.send` */
  readonly send: Method;
};

/** Talking into a session that exists, and ending what it answers. Shapes and errors as observed. */
export function sessionRunMethods(deps: SessionRunDeps): MethodTable {
  return {
    ...withTarget(sessionsSend(deps), ['key']),
    ...withTarget(sessionsAbort(deps), ['key', 'runId']),
  };
}

function sessionsSend({ sessions, newId, send }: SessionRunDeps): MethodTable {
  return checked('sessions.send', 'operator.write', validateSessionsSendParams, (params, client) => {
    const { key: asked, ...message } = params;
    const { key, agentId } = parseSessionKey(asked);
    if (agentId === AGENT_ID && sessions.find(key) === undefined) {
      return invalidRequest(`session not found: ${asked}`);
    }
    return send.handle({ idempotencyKey: newId(), ...message, sessionKey: key }, client);
  });
}

/** Ends the run that is being answered, or the one that is named; what waits stays, unless `clearQueued` is set. */
function sessionsAbort({ runs }: SessionRunDeps): MethodTable {
  return checked('sessions.abort', 'operator.write', validateSessionsAbortParams, (params, client) => {
    const { runId, clearQueued } = params;
    const owner = runId === undefined ? undefined : runs.owner(runId);
    const key = params.key === undefined ? owner?.sessionKey : parseSessionKey(params.key).key;
    if (key === undefined) return noTarget('sessions.abort');
    const unfinished = runs.unfinishedIds(key);
    if (params.key === undefined && !unfinished.some((each) => each === runId)) {
      return noTarget('sessions.abort');
    }
    const asked = runId ?? runs.inFlight(key)?.runId;
    const takesAll = clearQueued === true && runId === undefined;
    const meant = unfinished.filter((each) => takesAll || each === asked);
    if (!meant.every((each) => mayEnd(client, runs.owner(each)))) return invalidRequest('unauthorized');
    const [abortedRunId = null] = meant.flatMap((each) => runs.abort(key, each));
    return answer({ ok: true, abortedRunId, status: abortedRunId === null ? 'no-active-run' : 'aborted' });
  });
}
