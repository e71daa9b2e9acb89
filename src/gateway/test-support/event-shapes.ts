import type { EventFrame, Frame } from './wire-client.ts';

/** Events of one kind are those that tell the same thing: `chat:delta`, `agent:lifecycle:start`, … */
function kindOf({ event, payload }: EventFrame): string {
  const data = (payload.data ?? {}) as Record<string, unknown>;
  if (event === 'agent') {
    return [event, payload.stream, data.kind, data.phase].filter((part) => part !== undefined).join(':');
  }
  if (event === 'chat')
    return [event, payload.state, payload.phase].filter((part) => part !== undefined).join(':');
  if (event === 'session.message') return `${event}:${rowKind(payload.message as Record<string, unknown>)}`;
  return event;
}

/** `user`, `assistant:text`, `assistant:toolCall`, `toolResult`, … */
export function rowKind({ role, content }: Record<string, unknown>): string {
  const [first] = Array.isArray(content) ? (content as { type?: string }[]) : [];
  return role === 'assistant' ? `assistant:${first?.type}` : String(role);
}

/**
 * Without the session row, which many events carry twice: as `session` and spread out. What a row holds is the
 * business of the session methods.
 */
export function withoutSession(payload: Record<string, unknown>): Record<string, unknown> {
  const { session, ...rest } = payload;
  if (typeof session !== 'object' || session === null) return rest;
  return Object.fromEntries(
    Object.entries(rest).filter(([key]) => needed.has(key) || !(key in session || spread.has(key))),
  );
}

const needed = new Set([
  'runId',
  'sessionKey',
  'sessionId',
  'agentId',
  'seq',
  'ts',
  'stream',
  'data',
  'message',
  'state',
  'phase',
  'reason',
]);
/** Parts of a row that stand beside it only. */
const spread = new Set([
  'hasAutomation',
  'participants',
  'participantCount',
  'ancestorSessions',
  'swarm',
  'senderIsOwner',
  'runId',
]);

/** The first event of each kind, in the order of their first appearance. */
export function firstOfEachKind(frames: readonly Frame[]): Map<string, EventFrame['payload']> {
  const kinds = new Map<string, EventFrame['payload']>();
  for (const frame of frames) {
    if (frame.type !== 'event') continue;
    const kind = kindOf(frame);
    if (!kinds.has(kind)) kinds.set(kind, frame.payload);
  }
  return kinds;
}

/**
 * What `theirs` has and `ours` does not, or has in another type, as paths. Lists are compared by their first
 * element; a null of theirs says nothing about a type.
 */
export function missingIn(ours: unknown, theirs: unknown, path = ''): string[] {
  if (theirs === null || theirs === undefined) return [];
  if (typeOf(ours) !== typeOf(theirs)) return [`${path} (${typeOf(theirs)}, not ${typeOf(ours)})`];
  if (Array.isArray(theirs)) {
    return theirs.length === 0 ? [] : missingIn((ours as unknown[])[0], theirs[0], `${path}[]`);
  }
  if (typeof theirs !== 'object') return [];
  return Object.entries(theirs).flatMap(([key, value]) =>
    missingIn((ours as Record<string, unknown>)[key], value, path === '' ? key : `${path}.${key}`),
  );
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'list' : typeof value;
}
