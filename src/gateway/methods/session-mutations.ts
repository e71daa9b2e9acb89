import {
  type SessionsPatchParams,
  validateSessionsCreateParams,
  validateSessionsDeleteParams,
  validateSessionsPatchManyParams,
  validateSessionsPatchParams,
  validateSessionsResetParams,
} from '@openclaw/gateway-protocol';
import type { OperatorScope } from '../auth/scopes.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest, type Refusal, type Reply } from '../server/frames.ts';
import type { SessionCare, SessionEntry } from '../sessions/session-care.ts';
import { AGENT_ID, MAIN_SESSION_KEY, parseSessionKey } from '../sessions/session-key.ts';
import { checked, type Method, type MethodTable } from './method.ts';
import { applyPatch, type PatchChecks } from './session-patch.ts';

export type SessionMutationDeps = {
  readonly care: SessionCare;
  readonly checks: PatchChecks;
  readonly modelOf: (key: string) => { provider: string; model: string } | null;
  readonly databasePath: string;
  readonly newId: () => string;
  /** `chat.send`, for sessions that begin with a message. */
  readonly send: Method;
};

const organization = new Set([
  'key',
  'agentId',
  'expectedSessionId',
  'expectedLifecycleRevision',
  'expectedMarkedUnreadAt',
  'label',
  'icon',
  'color',
  'category',
  'boardFace',
  'statusNote',
  'attention',
  'ttlMinutes',
  'archived',
  'pinned',
  'unread',
  'model',
  'thinkingLevel',
  'fastMode',
]);

const readMarkFields = new Set(['key', 'agentId', 'unread', 'expectedMarkedUnreadAt']);

/** Naming, sorting and choosing the model takes write; everything else an administrator (documented). */
function patchScope(params: unknown): OperatorScope {
  const fields = typeof params === 'object' && params !== null ? Object.keys(params) : [];
  return fields.every((field) => organization.has(field)) ? 'operator.write' : 'operator.admin';
}

/** Reading a session is no change of it: it stays where it is in the list. */
function isReadMark(params: SessionsPatchParams): boolean {
  return Object.keys(params).every((field) => readMarkFields.has(field));
}

/** The scope of what every target gets. */
function patchManyScope(params: unknown): OperatorScope {
  return patchScope(typeof params === 'object' && params !== null && 'patch' in params ? params.patch : {});
}

function createScope(params: unknown): OperatorScope {
  const wish = typeof params === 'object' && params !== null ? params : {};
  return 'incognito' in wish || 'execNode' in wish ? 'operator.admin' : 'operator.write';
}

/** Making, changing, emptying and deleting sessions. Shapes and errors as observed. */
export function sessionMutationMethods(deps: SessionMutationDeps): MethodTable {
  const { care } = deps;
  const resolved = (key: string) => {
    const model = deps.modelOf(key);
    return { modelProvider: model?.provider ?? null, model: model?.model ?? null };
  };

  const patchOne = async (params: SessionsPatchParams): Promise<Patched> => {
    const refused = (reply: Refusal): Patched => ({ ok: false, reply });
    const { key, agentId } = parseSessionKey(params.key);
    if (agentId !== AGENT_ID) {
      return refused(invalidRequest(`Agent "${agentId}" no longer exists in configuration`));
    }
    const unsupported = findUnsupported(params, patchFields);
    if (unsupported !== null) return refused(unsupported);
    if (params.archived === true && key === MAIN_SESSION_KEY) {
      return refused(invalidRequest("Cannot archive an agent's main session."));
    }
    if (params.archived !== undefined && params.expectedSessionId === undefined) {
      return refused(invalidRequest(`expectedSessionId required for session lifecycle patch: ${key}`));
    }
    const changed = findChange(care, key, params);
    if (changed !== null) return refused(changed);
    const change = await applyPatch(deps.checks, key, care.settings(key), params);
    if (!change.ok) return refused(change.reply);
    if (params.archived === true) await care.endRuns(key);
    return { ok: true, key, entry: care.save(key, change.settings, 'patch', !isReadMark(params)) };
  };

  return {
    ...checked('sessions.create', createScope, validateSessionsCreateParams, async (params, client) => {
      if (params.agentId !== undefined && params.agentId.toLowerCase() !== AGENT_ID) {
        return invalidRequest(`Agent "${params.agentId}" no longer exists in configuration`);
      }
      const unsupported = findUnsupported(params, createFields);
      if (unsupported !== null) return unsupported;
      const { key } = parseSessionKey(params.key ?? `agent:${AGENT_ID}:dashboard:${deps.newId()}`);
      if (parseSessionKey(key).agentId !== AGENT_ID) return invalidRequest(`Unknown agent in "${key}"`);
      const { label, model, thinkingLevel, fastMode, category } = params;
      const patch = { label, model, thinkingLevel, fastMode, category };
      const change = await applyPatch(
        deps.checks,
        key,
        {
          ...care.settings(key),
          parentSessionKey: params.parentSessionKey ?? MAIN_SESSION_KEY,
          ...(params.displayName === undefined ? {} : { displayName: params.displayName }),
        },
        dropAbsent(patch),
      );
      if (!change.ok) return change.reply;
      const entry = care.save(key, change.settings, 'create');
      const message = params.message ?? params.task;
      const made = { ok: true, key, sessionId: entry.sessionId, entry };
      if (message === undefined || message.trim() === '') {
        return answer({ ...made, runStarted: false, resolved: resolved(key) });
      }
      const sent = await startRun(deps, client, key, { ...params, message });
      return sent.ok && 'payload' in sent
        ? answer({ ...made, runStarted: true, ...Object(sent.payload), resolved: resolved(key) })
        : answer({ ...made, runStarted: false, ...('error' in sent ? { runError: sent.error } : {}) });
    }),
    ...checked('sessions.patch', patchScope, validateSessionsPatchParams, async (params) => {
      const patched = await patchOne(params);
      if (!patched.ok) return patched.reply;
      const { key, entry } = patched;
      return answer({ ok: true, path: deps.databasePath, key, entry, resolved: resolved(key) });
    }),
    ...checked('sessions.patchMany', patchManyScope, validateSessionsPatchManyParams, async (params) => {
      const keys = params.targets.map((target) => parseSessionKey(target.key).key);
      if (new Set(keys).size < keys.length) return invalidRequest('Duplicate target.');
      const outcomes: object[] = [];
      for (const target of params.targets) {
        const patched = await patchOne({ ...params.patch, ...target });
        const { key } = target;
        outcomes.push(patched.ok ? { ok: true, key } : { ok: false, key, error: patched.reply.error });
      }
      return answer({ outcomes });
    }),
    ...checked('sessions.reset', 'operator.admin', validateSessionsResetParams, async (params) => {
      const { key, agentId } = parseSessionKey(params.key);
      if (agentId !== AGENT_ID) return invalidRequest(`Agent "${agentId}" no longer exists in configuration`);
      return answer({ ok: true, key, entry: await care.reset(key), resolved: resolved(key) });
    }),
    ...checked('sessions.delete', 'operator.admin', validateSessionsDeleteParams, async (params) => {
      const { key } = parseSessionKey(params.key);
      if (key === MAIN_SESSION_KEY) return invalidRequest(`Cannot delete the main session (${key}).`);
      const changed = findChange(care, key, params, 'delete');
      if (changed !== null) return changed;
      if (params.archivedOnly === true && care.settings(key).archivedAt === undefined) {
        return invalidRequest(`session is not archived: ${key}`);
      }
      const removed = await care.remove(key, params.deleteTranscript === false);
      return answer({ ok: true, key, deleted: removed !== null, archived: removed?.archived ?? [] });
    }),
  };
}

type Patched =
  | { readonly ok: true; readonly key: string; readonly entry: SessionEntry }
  | { readonly ok: false; readonly reply: Refusal };

async function startRun(
  deps: SessionMutationDeps,
  client: Client,
  key: string,
  params: { message: string; idempotencyKey?: string; attachments?: unknown[] },
): Promise<Reply> {
  return deps.send.handle(
    {
      sessionKey: key,
      message: params.message,
      idempotencyKey: params.idempotencyKey ?? deps.newId(),
      ...(params.attachments === undefined ? {} : { attachments: params.attachments }),
    },
    client,
  );
}

/** Whether the session is still the one that the caller saw. */
function findChange(
  care: SessionCare,
  key: string,
  seen: Pick<SessionsPatchParams, 'expectedSessionId' | 'expectedLifecycleRevision'>,
  verb = 'patch',
): Refusal | null {
  const { expectedSessionId, expectedLifecycleRevision } = seen;
  const isSame =
    (expectedSessionId === undefined || expectedSessionId === care.sessionId(key)) &&
    (expectedLifecycleRevision === undefined ||
      expectedLifecycleRevision === care.settings(key).lifecycleRevision);
  return isSame
    ? null
    : invalidRequest(`Session ${key} changed before ${verb}. Retry.`, { reason: 'session-changed' });
}

const createFields = new Set([
  'key',
  'idempotencyKey',
  'agentId',
  'label',
  'displayName',
  'category',
  'model',
  'thinkingLevel',
  'fastMode',
  'visibility',
  'parentSessionKey',
  'emitCommandHooks',
  'succeedsParent',
  'task',
  'message',
  'attachments',
]);

const patchFields = new Set([
  ...organization,
  'verboseLevel',
  'traceLevel',
  'reasoningLevel',
  'responseUsage',
]);

/** What this Gateway would only pretend to do is refused by name. */
function findUnsupported(params: object, supported: ReadonlySet<string>): Refusal | null {
  const field = Object.keys(params).find((name) => !supported.has(name));
  return field === undefined ? null : invalidRequest(`${field} is not supported by this gateway`);
}

function dropAbsent(patch: Record<string, unknown>): Partial<SessionsPatchParams> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
