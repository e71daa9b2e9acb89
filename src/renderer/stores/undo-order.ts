import type { Withdrawn } from './chat/withdrawing.ts';
import type { PendingRemoval } from './sessions/session-rows.ts';

/** Something that can be had back: a conversation, or a message. */
export type Undoable = { of: 'removal' | 'message'; key: string; atMs: number };

/** What the key for it takes back: the newest of all, whatever it is. */
export function newestUndoable(
  removals: readonly PendingRemoval[],
  discarded: readonly Withdrawn[],
): Undoable | null {
  const all: Undoable[] = [
    ...removals.map(({ item, askedAtMs }) => ({ of: 'removal', key: item.key, atMs: askedAtMs }) as const),
    ...discarded.map(({ item, atMs }) => ({ of: 'message', key: item.idempotencyKey, atMs }) as const),
  ];
  return all.toSorted((one, other) => one.atMs - other.atMs).at(-1) ?? null;
}
