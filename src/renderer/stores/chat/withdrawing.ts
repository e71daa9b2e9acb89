import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { createUndoTimes } from '../undo-times.ts';
import type { ChatSession } from './chat-session.ts';
import type { ChatModel } from './chat-state.ts';
import type { Place } from './chat-storage.ts';
import type { Conversations } from './conversations.ts';
import type { OutboxItem } from './outbox.ts';
import { messageText, readTranscriptRow } from './payloads.ts';

/** A message that was taken back. */
export type Withdrawn = {
  readonly place: Place;
  readonly item: OutboxItem;
  readonly atMs: number;
  /** Files that went with it, and that this page does not have. */
  readonly lostFiles: readonly string[];
};

export type WithdrawingState = {
  /** What can still be had back, the last one last. */
  discarded: readonly Withdrawn[];
};

export const nothingDiscarded: WithdrawingState = { discarded: [] };

export type WithdrawingOptions = {
  state: () => WithdrawingState;
  setState: (change: WithdrawingState) => void;
  conversations: Conversations;
  clock: Clock;
  /** The conversation on the screen, and the same on the open connection; null where there is none. */
  place: () => Place;
  openShown: () => ChatSession | null;
  /** Why the Gateway keeps a message that it holds. */
  onRefused: (place: Place, error: AppError) => void;
  /** As it was: where it is still here, it was not answered. */
  restore: (withdrawn: Withdrawn) => void;
};

/**
 * Takes messages back: at once those that are still here, with the Gateway's leave those that it holds for later. What
 * is discarded can be had back for a while.
 */
export function createWithdrawing(options: WithdrawingOptions) {
  const { state, setState, conversations, clock } = options;
  const underWay = new Set<string>();
  const undoTimes = createUndoTimes(clock);

  /** `then`: once it is taken back; at once where it was still here. */
  function withdraw(idempotencyKey: string, then: (withdrawn: Withdrawn) => void) {
    const place = options.place();
    const found = messageOf(conversations.model(place), idempotencyKey, clock.now());
    if (!found || found.item.delivery === 'sending') return;
    const done = () => {
      conversations.dispatch(place, { type: 'discarded', idempotencyKey });
      then({ place, ...found, atMs: clock.now() });
    };
    if (found.item.delivery === 'accepted') void ask(place, idempotencyKey, done);
    else done();
  }

  async function ask(place: Place, idempotencyKey: string, done: () => void) {
    const session = options.openShown();
    if (!session || underWay.has(idempotencyKey)) return;
    underWay.add(idempotencyKey);
    const refusal = await session.withdraw(idempotencyKey);
    underWay.delete(idempotencyKey);
    if (refusal) options.onRefused(place, refusal);
    else done();
  }

  function remove(key: string) {
    undoTimes.stop(key);
    setState({ discarded: state().discarded.filter(({ item }) => item.idempotencyKey !== key) });
  }

  return {
    withdraw,
    discard: (idempotencyKey: string) =>
      withdraw(idempotencyKey, (withdrawn) => {
        setState({ discarded: [...state().discarded, withdrawn] });
        undoTimes.start(idempotencyKey, () => remove(idempotencyKey));
      }),
    undo(idempotencyKey: string) {
      const withdrawn = state().discarded.find(({ item }) => item.idempotencyKey === idempotencyKey);
      if (!withdrawn) return;
      remove(idempotencyKey);
      options.restore(withdrawn);
    },
    /** While somebody is at it, what is discarded can be had back; the answer lets go. */
    hold: undoTimes.hold,
  };
}

/** Null for a message whose run is on, and for what is no message that waits. */
function messageOf(
  { outbox, held, activities, projection }: ChatModel,
  idempotencyKey: string,
  nowMs: number,
): Omit<Withdrawn, 'place' | 'atMs'> | null {
  if (activities[idempotencyKey]) return null;
  const item = [...outbox, ...held].find((sent) => sent.idempotencyKey === idempotencyKey);
  if (item) return { item, lostFiles: [] };
  const entry = projection.entries.find((one) => one.pending && one.pendingRunId === idempotencyKey);
  const row = readTranscriptRow(entry?.message);
  if (!row) return null;
  return {
    item: {
      idempotencyKey,
      text: messageText(entry?.message),
      attachments: [],
      queueMode: null,
      createdAtMs: row.atMs ?? nowMs,
      delivery: 'accepted',
      error: null,
    },
    lostFiles: row.media,
  };
}
