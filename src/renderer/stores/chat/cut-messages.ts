import { readSessionMessageIdentity, type SessionProjectionState } from '@openclaw/gateway-client/browser';
import { isRecord } from '../../../shared/is-record.ts';
import type { ChatModel } from './chat-state.ts';
import { metadataOf, readCut, withoutCutMark } from './cut.ts';

/** Messages of the conversation that came cut, the newest first, without those of which the Gateway has no more. */
export function cutMessages({ projection, wholes }: Pick<ChatModel, 'projection' | 'wholes'>): string[] {
  const ids = projection.entries.flatMap(({ message }) => readCut(message)?.id ?? []).reverse();
  return [...new Set(ids)].filter((id) => wholes[id]?.tag !== 'unavailable');
}

export function hasCutMessages({ projection }: Pick<ChatModel, 'projection'>): boolean {
  return projection.entries.some(({ message }) => isCut(message));
}

/**
 * These rows, but for messages that came cut of which more is known: a longer one is never replaced by a shorter one. A
 * message may be several rows of one id. The same list where nothing is known better.
 */
export function keepLonger(rows: readonly unknown[], known: readonly unknown[]): readonly unknown[] {
  const cut = new Set(rows.flatMap((row) => readCut(row)?.id ?? []));
  if (cut.size === 0) return rows;
  const [told, before] = [byId(rows, cut), byId(known, cut)];
  const placed = new Set<string>();
  const next = rows.flatMap((row) => {
    const id = readSessionMessageIdentity(row)?.id ?? '';
    if (!cut.has(id)) return [row];
    const [toldOfIt, knownOfIt] = [told.get(id) ?? [], before.get(id) ?? []];
    if (!isMore(knownOfIt, toldOfIt)) return [withRun(row, [...toldOfIt, ...knownOfIt])];
    // All of it stands where its first row was.
    const isPlaced = placed.has(id);
    placed.add(id);
    return isPlaced ? [] : knownOfIt;
  });
  const isSame = next.length === rows.length && next.every((row, at) => row === rows[at]);
  return isSame ? rows : next;
}

/** What the Gateway says of an omitted answer lacks its run; other rows of the same message may name it. */
function withRun(row: unknown, ofSameMessage: readonly unknown[]): unknown {
  const identity = readSessionMessageIdentity(row);
  if (!isRecord(row) || !isCut(row) || identity?.role !== 'assistant' || identity.runId !== null) return row;
  const runIds = ofSameMessage.flatMap((other) => readSessionMessageIdentity(other)?.runId ?? []);
  return runIds.length === 0 ? row : { ...row, __openclaw: { ...metadataOf(row), runId: runIds[0] } };
}

function byId(rows: readonly unknown[], ids: ReadonlySet<string>): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const row of rows) {
    const { id = null, sequence = null } = readSessionMessageIdentity(row) ?? {};
    if (id === null || sequence === null || !ids.has(id)) continue;
    found.set(id, [...(found.get(id) ?? []), row]);
  }
  return found;
}

const isCut = (row: unknown) => readCut(row) !== null;

function isMore(known: readonly unknown[], told: readonly unknown[]): boolean {
  const isWhole = known.length > 0 && !known.some(isCut) && told.every(isCut);
  return isWhole || chars(known) > chars(told);
}

function chars(rows: readonly unknown[]): number {
  return rows.reduce<number>((sum, row) => {
    const content = readCut(row)?.isOmitted || !isRecord(row) ? '' : row.content;
    return sum + JSON.stringify(content ?? '').length;
  }, 0);
}

/** The message as it was got on its own, in the place of its rows; it keeps the place that history gave it. */
export function withWhole(
  projection: SessionProjectionState,
  id: string,
  message: object,
): SessionProjectionState {
  const rows = projection.entries.filter((entry) => entry.identity?.id === id);
  const [first] = rows;
  if (!first || !rows.some(({ message: row }) => isCut(row))) return projection;
  const { truncated: _truncated, reason: _reason, ...place } = metadataOf(first.message);
  const whole = { ...message, __openclaw: { ...metadataOf(message), ...place } };
  const told = rows.map((entry) => entry.message);
  if (!isMore([whole], told)) return projection;
  const runId = first.identity?.runId;
  const identity = readSessionMessageIdentity(whole, { messageId: id, runId });
  const entries = projection.entries.flatMap((entry) => {
    if (entry === first) return [{ ...entry, message: whole, identity }];
    return rows.includes(entry) ? [] : [entry];
  });
  return { ...projection, entries, messages: entries.map((entry) => entry.message) };
}

/**
 * A row that was heard, with what was known of it: null where that is the whole message. A question of this page is
 * known whole before its row comes.
 */
export function heardWith(
  { projection }: Pick<ChatModel, 'projection'>,
  message: unknown,
  sendId: string | null,
): unknown {
  const cut = readCut(message);
  if (cut === null || !isRecord(message)) return message;
  const known = projection.entries.filter((entry) => entry.identity?.id === cut.id);
  const told = known.map((entry) => entry.message);
  if (isMore(told, [message])) return null;
  const sent = projection.entries.find((entry) => entry.pending && entry.pendingRunId === sendId)?.message;
  const isSent =
    isRecord(sent) &&
    typeof sent.content === 'string' &&
    typeof message.content === 'string' &&
    sent.content.startsWith(withoutCutMark(message.content));
  if (!isSent) return message;
  const { truncated: _truncated, reason: _reason, ...metadata } = metadataOf(message);
  return { ...message, content: sent.content, __openclaw: metadata };
}
