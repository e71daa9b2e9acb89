import type { EventFrame } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { requestError } from './refusal.ts';

/** What nobody settles, here or elsewhere, expires on the Gateway. */
type Expiring = {
  id: string;
  /** By the Gateway's clock; null where it does not say. */
  createdAtMs: number | null;
  /** As read, by the Gateway's clock; in the list, by this computer's. */
  expiresAtMs: number;
};

/** Something of the Gateway that waits for a person. */
export type Waiting<T extends Expiring> = T & {
  /** It was settled here, and the Gateway has not confirmed it yet. */
  isSettling: boolean;
  /** Why the Gateway refused that. */
  error: AppError | null;
};

export type WaitingState<T extends Expiring> = {
  pending: readonly Waiting<T>[];
  isConnected: boolean;
  /** The right to read what waits is missing; null again once somebody has read that. */
  listError: AppError | null;
};

export type WaitingList<T extends Expiring> = {
  store: StoreApi<WaitingState<T>>;
  find(id: string): Waiting<T> | null;
  /** Settles it; where the Gateway refuses, it stays and says why. */
  resolve(id: string, params: Record<string, unknown>): Promise<void>;
  /** Which Gateway it is about: what waits on another one goes, before it could be settled on this one. */
  show(scope: string): void;
  /** A connection is open: what waits is read from the Gateway; nothing waits where it has no list. */
  connected(hasList: boolean): Promise<void>;
  /** It is not said again. */
  dismissListError(): void;
  /** What waits stays on the screen, and can't be settled until the Gateway is there again. */
  disconnected(): void;
  hear(frame: EventFrame): void;
};

export type WaitingListOptions<T extends Expiring> = {
  request: <R>(method: string, params: unknown) => Promise<R>;
  clock: Clock;
  /** Of its methods and events in protocol 4: `<family>.list`, `.resolve`, `.requested`, `.resolved`. */
  family: 'exec.approval' | 'plugin.approval' | 'openclaw.approval' | 'question';
  /** What settles it where that is not `<family>.resolve`. */
  resolveMethod?: string;
  /** The rows of a list's answer; null for an answer that is none. */
  rowsOf: (answer: unknown) => readonly unknown[] | null;
  /** A row of the list, or an event's payload; null for what does not wait. */
  read: (row: unknown) => T | null;
};

const resolvedSchema = z.looseObject({ id: z.string() });

/** Browsers run a timer that is longer than this at once. */
const longestTimerMs = 2 ** 31 - 1;

/** How long it still waits, at a moment of the Gateway's clock as far as that is known. Pure. */
function lifeLeft({ createdAtMs, expiresAtMs }: Expiring, gatewayNowMs: number): number {
  if (createdAtMs === null) return Math.max(0, expiresAtMs - gatewayNowMs);
  // It waits, so a moment before or after its life comes from a clock that is wrong.
  const isPlausible = createdAtMs <= gatewayNowMs && gatewayNowMs < expiresAtMs;
  return Math.max(0, expiresAtMs - (isPlausible ? gatewayNowMs : createdAtMs));
}

export function createWaitingList<T extends Expiring>(options: WaitingListOptions<T>): WaitingList<T> {
  const { request, clock, family } = options;
  const store = createStore<WaitingState<T>>(() => ({
    pending: [],
    isConnected: false,
    listError: null,
  }));
  const pending = () => store.getState().pending;
  const setPending = (next: readonly Waiting<T>[]) => store.setState({ pending: next });
  const find = (id: string) => pending().find((item) => item.id === id) ?? null;
  const change = (id: string, changes: { isSettling: boolean; error: AppError | null }) =>
    setPending(pending().map((item) => (item.id === id ? { ...item, ...changes } : item)));
  const remove = (id: string) => setPending(pending().filter((item) => item.id !== id));

  let shownScope = '';
  let isListErrorRead = false;
  /** The Gateway's clock less this computer's, as far as it is known. */
  let aheadMs = 0;

  function removeExpired() {
    const left = pending().filter(({ expiresAtMs }) => expiresAtMs > clock.now());
    if (left.length < pending().length) setPending(left);
  }

  function removeAt(atMs: number) {
    const leftMs = atMs - clock.now();
    if (leftMs <= longestTimerMs) clock.after(leftMs, removeExpired);
    else clock.after(longestTimerMs, () => removeAt(atMs));
  }

  function read(row: unknown, isNew: boolean): Waiting<T> | null {
    const item = options.read(row);
    if (!item) return null;
    if (isNew && item.createdAtMs !== null) aheadMs = item.createdAtMs - clock.now();
    const expiresAtMs = clock.now() + lifeLeft(item, clock.now() + aheadMs);
    removeAt(expiresAtMs);
    return { ...item, expiresAtMs, isSettling: false, error: null };
  }

  return {
    store,
    find,
    show(scope) {
      if (scope === shownScope) return;
      shownScope = scope;
      isListErrorRead = false;
      aheadMs = 0;
      store.setState({ pending: [], listError: null });
    },
    async resolve(id, params) {
      if (find(id)?.isSettling !== false) return;
      change(id, { isSettling: true, error: null });
      const method = options.resolveMethod ?? `${family}.resolve`;
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
      const method = `${family}.list`;
      try {
        const rows = options.rowsOf(await request<unknown>(method, {}));
        store.setState({ listError: null });
        if (rows) setPending(rows.flatMap((row) => read(row, false) ?? []));
      } catch (thrown) {
        // A Gateway without such a list, or one that went away: events may still tell.
        const listError = requestError(thrown, method);
        if (listError.code === 'GATEWAY_SCOPE_MISSING' && !isListErrorRead) store.setState({ listError });
      }
    },
    dismissListError() {
      isListErrorRead = true;
      store.setState({ listError: null });
    },
    disconnected: () => store.setState({ isConnected: false }),
    hear({ event, payload }) {
      if (event === `${family}.requested`) {
        const item = read(payload, true);
        if (item && !find(item.id)) setPending([...pending(), item]);
      } else if (event === `${family}.resolved`) {
        const resolved = resolvedSchema.safeParse(payload);
        if (resolved.success) remove(resolved.data.id);
      }
    },
  };
}
