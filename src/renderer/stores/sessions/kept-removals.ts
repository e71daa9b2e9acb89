import type { ChatStorage, Place } from '../chat/chat-storage.ts';
import { placeOf, scopeOfPlace } from '../chat/conversations.ts';
import type { PendingRemoval } from './session-rows.ts';

export type LeftRemovals = Readonly<Record<Place, PendingRemoval>>;

/**
 * What waits to be taken back, of each Gateway. It outlives the page: the next one offers it again. What was asked of the
 * Gateway is not kept any more, so that no page asks a second time.
 */
export function createKeptRemovals(storage: Pick<ChatStorage, 'saveRemoval'>, left: LeftRemovals) {
  const byScope = new Map<string, readonly PendingRemoval[]>();
  inherit(left);

  function of(scope: string): readonly PendingRemoval[] {
    return byScope.get(scope) ?? [];
  }

  function inherit(others: LeftRemovals) {
    for (const [place, removal] of Object.entries(others)) {
      const scope = scopeOfPlace(place);
      if (of(scope).some(({ item }) => item.key === removal.item.key)) continue;
      const all = [...of(scope), { ...removal, isEarlier: true }];
      byScope.set(
        scope,
        all.toSorted((one, other) => one.askedAtMs - other.askedAtMs),
      );
    }
  }

  return {
    of,
    inherit,
    /** Of a Gateway that comes to the screen again. */
    again: (scope: string) => of(scope).map((removal) => ({ ...removal, isEarlier: true })),
    save(scope: string, removals: readonly PendingRemoval[]) {
      const before = of(scope);
      byScope.set(scope, removals);
      const keys = new Set(removals.map(({ item }) => item.key));
      for (const { item } of before) {
        if (!keys.has(item.key)) storage.saveRemoval(placeOf(scope, item.key), null);
      }
      for (const removal of removals) {
        if (!before.includes(removal)) storage.saveRemoval(placeOf(scope, removal.item.key), removal);
      }
    },
  };
}
