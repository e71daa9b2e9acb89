import { type AppError, appError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { ChatStorage } from '../chat/chat-storage.ts';
import { requestError } from '../chat/refusal.ts';
import { createUndoTimes } from '../undo-times.ts';
import { createKeptRemovals, type LeftRemovals } from './kept-removals.ts';
import {
  isAsItWas,
  isBegunAnew,
  type PendingRemoval,
  type SessionItem,
  type SessionRow,
} from './session-rows.ts';
import type { SessionChange, SessionRefusal, SessionsState } from './sessions-types.ts';

/** `error` is null where it was not asked any more: its Gateway was left. */
export type Outcome = { isDone: boolean; error: AppError | null };

/** The list of conversations, as far as removals need it. */
type List = {
  scope(): string;
  state(): SessionsState;
  draw(state?: Partial<SessionsState>): void;
  row(key: string): SessionRow | undefined;
  mutate(method: string, params: Record<string, unknown>): Promise<Outcome>;
  otherRefusals(change: SessionChange, key: string): readonly SessionRefusal[];
  refuse(change: SessionChange, item: SessionItem, error: AppError): void;
  /** Asked of the Gateway, whatever part of the list is on the screen. */
  isStillAsItWas(item: SessionItem): Promise<boolean>;
  /** It may be in the rest of the list. */
  askForMore(): void;
  /** Of a Gateway that may have been left meanwhile. */
  onDeleted(scope: string, key: string): void;
};

type RemovalsOptions = {
  storage: ChatStorage;
  clock: Clock;
  /** What the last page left. */
  left: LeftRemovals;
  list: List;
};

/** Conversations that are started over or deleted: each can be had back for a while before the Gateway is asked. */
export function createRemovals({ storage, clock, left, list }: RemovalsOptions) {
  const undoTimes = createUndoTimes(clock);
  const kept = createKeptRemovals(storage, left);
  /** Not listed while the Gateway deletes them. */
  let deleting: readonly { scope: string; key: string; isGone: Promise<boolean> }[] = [];
  const resets = new Map<string, Promise<AppError | null>>();

  const waiting = () => kept.of(list.scope());
  const removalOf = (key: string) => waiting().find(({ item }) => item.key === key);
  const othersThan = (key: string) => waiting().filter(({ item }) => item.key !== key);

  function draw(removals: readonly PendingRemoval[], state: Partial<SessionsState> = {}) {
    kept.save(list.scope(), removals);
    list.draw({ ...state, removals });
  }

  function wait(removal: PendingRemoval) {
    undoTimes.start(removal.item.key, () => {
      if (list.state().isConnected) void carryOut(removal);
    });
  }

  function undo(key: string) {
    undoTimes.stop(key);
    draw(othersThan(key));
  }

  async function carryOut(removal: PendingRemoval) {
    const { item, kind } = removal;
    const { key } = item;
    // Of several pages that were asked for it, one has done it.
    if (kind === 'reset' && isBegunAnew(list.row(key), item)) return undo(key);
    if (kind === 'reset') return void (await reset(removal));
    const outcome = list.mutate('sessions.delete', { key });
    const asked = { scope: list.scope(), key, isGone: outcome.then(({ isDone }) => isDone) };
    deleting = [...deleting, asked];
    draw(othersThan(key));
    const { isDone: isGone, error } = await outcome;
    deleting = deleting.filter((other) => other !== asked);
    if (isGone) list.onDeleted(asked.scope, key);
    else list.draw();
    if (error && asked.scope === list.scope()) list.refuse(kind, item, error);
  }

  /** Where the connection ends before the answer, it waits for the next one. */
  function reset(removal: PendingRemoval): Promise<AppError | null> {
    const { item, kind } = removal;
    const { key } = item;
    const asked = list.scope();
    undoTimes.stop(key);
    draw(othersThan(key));
    const done = list.mutate('sessions.reset', { key }).then(({ error }) => {
      if (resets.get(key) === done) resets.delete(key);
      if (!error || asked !== list.scope()) return error;
      if (list.state().isConnected) list.refuse(kind, item, error);
      else draw([...othersThan(key), removal]);
      return error;
    });
    resets.set(key, done);
    return done;
  }

  return {
    undo,
    hold: undoTimes.hold,
    /** Takes it away on the screen; the Gateway is asked when its time is up. */
    ask(key: string, kind: PendingRemoval['kind']) {
      const item = list.state().items.find((known) => known.key === key);
      if (!item) return;
      const removal = { item, kind, askedAtMs: clock.now() };
      wait(removal);
      draw([...othersThan(key), removal], { refusals: list.otherRefusals(kind, key) });
    },
    /** Deleted as far as a person is concerned. */
    isHidden: (key: string) =>
      removalOf(key)?.kind === 'delete' ||
      deleting.some((asked) => asked.scope === list.scope() && asked.key === key),
    /**
     * Those whose time ran out, or whose answer was lost, while the Gateway was not there. They may be hours old: they
     * get their time anew, and where something happened in the conversation since, they are dropped, which is said; not
     * of what was done already.
     */
    resume(
      listed: readonly SessionRow[],
      { query, showsArchived }: Pick<SessionsState, 'query' | 'showsArchived'>,
    ) {
      const removals = waiting();
      const dropped = new Set<PendingRemoval>();
      for (const removal of removals) {
        const { item } = removal;
        if (undoTimes.isRunning(item.key)) continue;
        const row = listed.find(({ key }) => key === item.key);
        // A list that could not have it says nothing of it.
        if (!row && (query.trim() !== '' || showsArchived !== item.isArchived)) continue;
        if (!row && list.state().hasMore) list.askForMore();
        else if (row && isAsItWas(row, item)) wait(removal);
        else dropped.add(removal);
      }
      if (dropped.size === 0) return;
      draw(removals.filter((removal) => !dropped.has(removal)));
      for (const { item, kind } of dropped) {
        const row = listed.find(({ key }) => key === item.key);
        if (!row || (kind === 'reset' && isBegunAnew(row, item))) continue;
        list.refuse(kind, item, appError('CONVERSATION_CHANGED', `${kind}: not as it was`));
      }
    },
    /** Before something is said in it: what waits is decided, what is under way waited for. */
    async settle(key: string): Promise<AppError | null> {
      const before = removalOf(key);
      if (before?.kind === 'reset' && !undoTimes.isRunning(key)) {
        try {
          const isUntouched = await list.isStillAsItWas(before.item);
          if (!isUntouched && removalOf(key) === before) undo(key);
        } catch (thrown) {
          return requestError(thrown, 'sessions.list');
        }
      }
      const removal = removalOf(key);
      if (removal?.kind === 'reset') return reset(removal);
      if (removal) undo(key);
      await deleting.find((asked) => asked.scope === list.scope() && asked.key === key)?.isGone;
      return resets.get(key) ?? null;
    },
    /** Of the Gateway that is on the screen now. What waits at the one that was left waits until that is here again. */
    again(): readonly PendingRemoval[] {
      undoTimes.stopAll();
      const removals = kept.again(list.scope());
      kept.save(list.scope(), removals);
      return removals;
    },
    inherit(others: LeftRemovals) {
      kept.inherit(others);
      draw(kept.of(list.scope()));
    },
  };
}
