import type { Place } from './chat-storage.ts';
import type { WaitingElsewhere } from './chat-types.ts';
import type { Composer } from './composer.ts';
import { type Conversations, isOfScope, scopeOfPlace } from './conversations.ts';
import type { OutboxItem } from './outbox.ts';

export type ElsewhereOptions = {
  conversations: Conversations;
  composer: Composer;
  /** Of the Gateway on the screen. */
  scope: () => string;
  known: () => readonly WaitingElsewhere[];
  onDidChange: (elsewhere: readonly WaitingElsewhere[]) => void;
};

type Which = Pick<WaitingElsewhere, 'scope' | 'delivery'>;

const deliveries = ['waiting', 'unconfirmed'] as const;

/** What waits for another Gateway than the one on the screen: nothing of it goes out to this one by itself. */
export function createElsewhere({ conversations, composer, scope, known, onDidChange }: ElsewhereOptions) {
  function messagesOf({ scope: of, delivery }: Which): { from: Place; item: OutboxItem }[] {
    const places = conversations.places().filter((from) => isOfScope(from, of));
    return places.flatMap((from) =>
      conversations
        .model(from)
        .outbox.filter((item) => item.delivery === delivery)
        .map((item) => ({ from, item })),
    );
  }

  function count() {
    const others = new Set(conversations.places().map(scopeOfPlace));
    others.delete(scope());
    const elsewhere = [...others]
      .flatMap((of) => deliveries.map((delivery) => ({ scope: of, delivery })))
      .map((which) => ({ ...which, count: messagesOf(which).length }))
      .filter((waiting) => waiting.count > 0);
    if (JSON.stringify(elsewhere) !== JSON.stringify(known())) onDidChange(elsewhere);
  }

  return {
    count,
    /** Into the field, in the order in which it was written. */
    takeHere(which: Which) {
      const written = messagesOf(which).sort((left, right) => right.item.createdAtMs - left.item.createdAtMs);
      for (const { from, item } of written) {
        composer.takeBack(item);
        conversations.dispatch(from, { type: 'discarded', idempotencyKey: item.idempotencyKey });
      }
      count();
    },
  };
}
