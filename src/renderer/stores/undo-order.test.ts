import { expect, it } from 'vitest';
import type { Withdrawn } from './chat/withdrawing.ts';
import { type PendingRemoval, sessionItem } from './sessions/session-rows.ts';
import { newestUndoable } from './undo-order.ts';

const view = { query: '', showsArchived: false, activeKey: '', unseen: new Set<string>(), hits: new Map() };
const removal = (key: string, askedAtMs: number): PendingRemoval => ({
  item: sessionItem({ key }, view),
  kind: 'delete',
  askedAtMs,
});
const message = (idempotencyKey: string, atMs: number): Withdrawn => ({
  place: 'local\nmain',
  item: {
    idempotencyKey,
    text: 'x',
    attachments: [],
    queueMode: null,
    createdAtMs: 0,
    delivery: 'waiting',
    error: null,
  },
  atMs,
  lostFiles: [],
});

it('R8: the newest of conversations and messages is taken back first, whatever their order in the lists', () => {
  const [removals, discarded] = [
    [removal('b', 3), removal('a', 1)],
    [message('m', 2), message('n', 4)],
  ];
  expect(newestUndoable(removals, discarded)).toMatchObject({ of: 'message', key: 'n' });
  expect(newestUndoable(removals, discarded.slice(0, 1))).toMatchObject({ of: 'removal', key: 'b' });
  expect(newestUndoable(removals.slice(1), discarded.slice(0, 1))).toMatchObject({ of: 'message', key: 'm' });
  expect(newestUndoable([], [])).toBeNull();
});
