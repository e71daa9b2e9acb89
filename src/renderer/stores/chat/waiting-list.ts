import type { EventFrame } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { requestError } from './refusal.ts';

/** What nobody settles, here or elsewhere, expires on the Gateway. */
type Expiring = { id: string; expiresAtMs: number };

/** Something of the Gateway that waits for a person. */
export type Waiting<T extends Expiring> = T & {
  /** It was settled here, and the Gateway has not confirmed it yet. */
  isSettling: boolean;
  /** Why the Gateway refused that. */
  error: AppError | null;
};

export type WaitingState<T extends Expiring> = { pending: readonly Waiting<T>[]; isConnected: boolean };

export type WaitingList<T extends Expiring> = {
  store: StoreApi<WaitingState<T>>;
  find(id: string): Waiting<T> | null;
  /** Settles it by `<family>.resolve`; where the Gateway refuses, it stays and says why. */
  resolve(id: string, params: Record<string, unknown>): Promise<void>;
  /** A connection is open: what waits is read from the Gateway; nothing waits where it has no list. */
  connected(hasList: boolean): Promise<void>;
  /** What waits stays on the screen, and can't be settled until the Gateway is there again. */
  disconnected(): void;
  hear(frame: EventFrame): void;
};

export type WaitingListOptions<T extends Expiring> = {
  request: <R>(method: string, params: unknown) => Promise<R>;
  clock: Clock;
  /** Of its methods and events in protocol 4: `<family>.list`, `.resolve`, `.requested`, `.resolved`. */
  family: 'exec.approval' | 'question';
  /** The rows of a list's answer; null for an answer that is none. */
  rowsOf: (answer: unknown) => readonly unknown[] | null;
  /** A row of the list, or an event's payload; null for what does not wait. */
  read: (row: unknown) => T | null;
};

const resolvedSchema = z.looseObject({ id: z.string() });

export function createWaitingList<T extends Expiring>(options: WaitingListOptions<T>): WaitingList<T> {
  const { request, clock, family } = options;
  const store = createStore<WaitingState<T>>(() => ({ pending: [], isConnected: false }));
  const pending = () => store.getState().pending;
  const setPending = (next: readonly Waiting<T>[]) => store.setState({ pending: next });
  const find = (id: string) => pending().find((item) => item.id === id) ?? null;
  const change = (id: string, changes: { isSettling: boolean; error: AppError | null }) =>
    setPending(pending().map((item) => (item.id === id ? { ...item, ...changes } : item)));
  const remove = (id: string) => setPending(pending().filter((item) => item.id !== id));

  function read(row: unknown): Waiting<T> | null {
    const item = options.read(row);
    if (!item) return null;
    clock.after(Math.max(0, item.expiresAtMs - clock.now()), () => remove(item.id));
    return { ...item, isSettling: false, error: null };
  }

  return {
    store,
    find,
    async resolve(id, params) {
      if (find(id)?.isSettling !== false) return;
      change(id, { isSettling: true, error: null });
      const method = `${family}.resolve`;
      try {
        await request(method, { id, ...params });
        remove(id);
      } catch (thrown) {
        change(id, { isSettling: false, error: requestError(thrown, method) });
      }
    },
    async connected(hasList) {
      store.setState({ isConnected: true });
      if (!hasList) return setPending([]);
      // Without the right to read it, events may still tell.
      const answer = await request<unknown>(`${family}.list`, {}).catch(() => null);
      const rows = options.rowsOf(answer);
      if (rows) setPending(rows.flatMap((row) => read(row) ?? []));
    },
    disconnected: () => store.setState({ isConnected: false }),
    hear({ event, payload }) {
      if (event === `${family}.requested`) {
        const item = read(payload);
        if (item && !find(item.id)) setPending([...pending(), item]);
      } else if (event === `${family}.resolved`) {
        const resolved = resolvedSchema.safeParse(payload);
        if (resolved.success) remove(resolved.data.id);
      }
    },
  };
}
