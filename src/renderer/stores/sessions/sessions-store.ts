import type { EventFrame } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type AppError, appError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { ChatStorage } from '../chat/chat-storage.ts';
import { mainSession } from '../chat/conversations.ts';
import { requestError } from '../chat/refusal.ts';
import { createUndoTimes } from '../undo-times.ts';
import { createKeptRemovals, type LeftRemovals } from './kept-removals.ts';
import {
  type Hits,
  listSchema,
  type PendingRemoval,
  readRows,
  type SessionItem,
  type SessionRow,
  type SessionRows,
  sessionItem,
  sessionItems,
  withMain,
  withoutRow,
  withRow,
  withRun,
  withShown,
} from './session-rows.ts';
import {
  findWords,
  placeFound,
  placeHere,
  type SearchState,
  searchedHere,
  searchOf,
} from './session-search.ts';

type SessionChange = 'rename' | 'pin' | 'unpin' | 'archive' | 'unarchive' | 'reset' | 'delete' | 'export';

/** Something asked of a conversation that came to nothing. */
export type SessionRefusal = { change: SessionChange; item: SessionItem; error: AppError };

export type SessionsState = {
  /** In the order of the list. */
  items: readonly SessionItem[];
  activeKey: string;
  /** What the Gateway says of the session on the screen; null before it said anything. */
  active: SessionRow | null;
  /** False until the Gateway's first list; `items` may come from the last time. */
  isLoaded: boolean;
  /** The Gateway has more of them than it was asked for. */
  hasMore: boolean;
  isConnected: boolean;
  /** Why the list could not be read. */
  error: AppError | null;
  /** Until somebody has read them, or asks for the same again. */
  refusals: readonly SessionRefusal[];
  query: string;
  search: SearchState;
  showsArchived: boolean;
  /** Those that can be taken back: what was asked of the Gateway is none of them any more. */
  removals: readonly PendingRemoval[];
};

export type SessionsActions = {
  open(key: string): void;
  /** Opens the next (1) or the previous (-1) one of the list. */
  step(by: 1 | -1): void;
  /** Opens an empty conversation; the Gateway has it from its first message on. */
  create(): void;
  /** An empty name gives it back to what was said in it. */
  rename(key: string, name: string): void;
  setPinned(key: string, isPinned: boolean): void;
  setArchived(key: string, isArchived: boolean): void;
  /** Both can be had back for a while. */
  reset(key: string): void;
  remove(key: string): void;
  undo(key: string): void;
  dismiss(refusal: SessionRefusal): void;
  /** While somebody is at them their time stands still; it begins anew when the last one lets go. */
  holdRemovals(): () => void;
  setQuery(query: string): void;
  setShowsArchived(shows: boolean): void;
  reload(): void;
  /** Asks for more of the list. */
  showMore(): void;
  /** Whether somebody can see the page: what is on a hidden one has not been read. */
  setIsVisible(isVisible: boolean): void;
};

export type SessionsStore = {
  store: StoreApi<SessionsState>;
  actions: SessionsActions;
  /** Which Gateway's sessions, and which of them is on the screen. Paints the list of the last time. */
  show(scope: string, activeKey: string, mainKey: string | null): void;
  connected(offers: ReadonlySet<string>): void;
  disconnected(): void;
  hear(frame: EventFrame): void;
  /**
   * Before something is said in a conversation: a reset that waits to be taken back is carried out now, as it would
   * take these words with it later; a delete is taken back, or waited for where it is under way. Resolves to why it
   * was not done; null where there is nothing to do, or it is done.
   */
  settle(key: string): Promise<AppError | null>;
  refuse(change: SessionChange, key: string, error: AppError): void;
  clearErrors(): void;
  /** News of a session that came with another answer: a part of its row. */
  learn(row: unknown): void;
  isMain(key: string): boolean;
  /** What a page that is gone had not asked of the Gateway yet: it can be taken back here. */
  inherit(left: LeftRemovals): void;
};

/** `error` is null where it was not asked any more: its Gateway was left. */
type Outcome = { isDone: boolean; error: AppError | null };

export type SessionsStoreOptions = {
  request: <T>(method: string, params: unknown) => Promise<T>;
  storage: ChatStorage;
  /** What the last page left. */
  removals: LeftRemovals;
  clock: Clock;
  newId: () => string;
  /** Puts a session on the screen. */
  onOpen: (key: string) => void;
  /** Of a Gateway that may have been left meanwhile. */
  onDeleted: (scope: string, key: string) => void;
};

const reloadDelayMs = 300;
const listStep = 200;

const changedSchema = z.looseObject({
  sessionKey: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  session: z.unknown().optional(),
});
const runEventSchema = z.looseObject({ sessionKey: z.string(), runId: z.string(), state: z.string() });

export function createSessionsStore(options: SessionsStoreOptions): SessionsStore {
  const { clock, storage } = options;
  const lists = new Map<string, SessionRows>();
  let scope = '';
  let mainKey: string | null = null;
  let unseen: ReadonlySet<string> = new Set();
  let canSearch = false;
  /** The list is read as a whole: pages of it would shift while sessions move up. */
  let limit = listStep;
  let isVisible = true;
  /** Whether the rows are what the Gateway has, or the latest of it, and not what it once had. */
  let listRead: 'none' | 'latest' | 'all' = 'none';
  /** What was said that has the words of the last search, by session. */
  let hits: Hits = new Map();
  /** Sessions that only the last search has found. */
  let strangers: SessionRows = new Map();
  let cancelReload: (() => void) | null = null;
  /** The newest read wins; an older answer that comes later is dropped. */
  let reads = 0;
  let changes: Promise<unknown> = Promise.resolve();
  const marked = new Map<string, number>();
  const undoTimes = createUndoTimes(clock);
  const keptRemovals = createKeptRemovals(storage, options.removals);
  /** Not listed while the Gateway deletes them. */
  let deleting: readonly { scope: string; key: string; isGone: Promise<boolean> }[] = [];
  const resets = new Map<string, Promise<AppError | null>>();
  /** Changes that the Gateway has not answered yet; they lie over what it told. */
  let unanswered: readonly { scope: string; key: string; shown: Partial<SessionRow> }[] = [];

  const store = createStore<SessionsState>(() => ({
    items: [],
    activeKey: 'main',
    active: null,
    isLoaded: false,
    hasMore: false,
    isConnected: false,
    error: null,
    refusals: [],
    query: '',
    search: { tag: 'off' },
    showsArchived: false,
    removals: [],
  }));

  const rows = (): SessionRows => lists.get(scope) ?? new Map();

  function change(next: SessionRows, state: Partial<SessionsState> = {}) {
    lists.set(scope, next);
    draw(state);
  }

  function draw(state: Partial<SessionsState> = {}) {
    if (state.removals) keptRemovals.save(scope, state.removals);
    const now = { ...store.getState(), ...state };
    const hidden = new Set([
      ...now.removals.flatMap(({ item, kind }) => (kind === 'delete' ? [item.key] : [])),
      ...deleting.flatMap((asked) => (asked.scope === scope ? [asked.key] : [])),
    ]);
    const shown = unanswered.reduce(
      (all, patch) => (patch.scope === scope ? withShown(all, patch) : all),
      withMain(now.query.trim() === '' ? rows() : new Map([...strangers, ...rows()]), mainKey),
    );
    const items = sessionItems(shown, { ...now, unseen, hits }).filter(({ key }) => !hidden.has(key));
    store.setState({
      ...state,
      items,
      active: rows().has(now.activeKey) ? (shown.get(now.activeKey) ?? null) : null,
    });
  }

  /** Those that the Gateway is known to have. */
  function toldRows(): SessionRows {
    const kept = listRead === 'none' ? [] : [...rows()].filter(([, row]) => row.archived !== true);
    return withMain(new Map(kept), mainKey);
  }

  /** `isTold`: by the Gateway, which then is asked as well. */
  function findHere(query: string, mine: number, isTold: boolean) {
    return findWords({
      request: isTold && canSearch ? options.request : null,
      storage,
      scope,
      query,
      keyOf: (session) => (session === mainSession ? keyOfMain() : session),
      isWanted: () => mine === reads,
    });
  }

  const keyOfMain = () => mainKey ?? [...rows().values()].find(({ isMain }) => isMain)?.key ?? null;

  async function load() {
    const mine = ++reads;
    const asked = scope;
    const { query, showsArchived, search } = store.getState();
    // What was found stays in view while the same is searched again.
    if (search.tag === 'failed') draw({ search: searchOf(query) });
    const finding = findHere(query, mine, true);
    try {
      const answer = await options.request('sessions.list', {
        limit,
        includeDerivedTitles: true,
        includeLastMessage: true,
        ...(showsArchived && { archived: true }),
        ...(query.trim() !== '' && { search: query.trim() }),
      });
      const found = await finding;
      if (mine !== reads) return;
      const { sessions, hasMore } = listSchema.parse(answer);
      const listed = readRows(sessions);
      const told = new Map([...toldRows(), ...listed.map((row) => [row.key, row] as const)]);
      const placed = await placeFound(found, { told, isAll: listRead === 'all' }, options.request);
      if (mine !== reads) return;
      ({ hits, strangers } = placed);
      // A search, and the archive, are parts of the whole; only the whole tells what is gone.
      const isWhole = query.trim() === '' && !showsArchived;
      if (isWhole) listRead = hasMore === true ? 'latest' : 'all';
      const { activeKey } = store.getState();
      const kept = [...rows().values()].filter(
        (row) => !isWhole || row.archived === true || (row.key === activeKey && row.sessionId == null),
      );
      change(new Map([...kept, ...listed].map((row) => [row.key, row])), {
        isLoaded: true,
        hasMore: hasMore === true,
        error: null,
        search: placed.search,
      });
      if (isWhole) storage.saveList(asked, listed);
      resumeRemovals(listed, { query, showsArchived });
      markRead();
    } catch (thrown) {
      const found = await finding;
      if (mine !== reads) return;
      hits = placeHere(found, withMain(rows(), mainKey));
      draw({ error: requestError(thrown, 'sessions.list'), search: searchedHere(query) });
    }
  }

  async function searchHere() {
    const mine = ++reads;
    const { query } = store.getState();
    const found = await findHere(query, mine, false);
    if (mine !== reads) return;
    hits = placeHere(found, withMain(rows(), mainKey));
    draw({ search: searchedHere(query) });
  }

  function reloadSoon() {
    cancelReload?.();
    cancelReload = clock.after(reloadDelayMs, () => {
      cancelReload = null;
      const { isConnected, query } = store.getState();
      if (isConnected) void load();
      else if (query.trim() !== '') void searchHere();
    });
  }

  function seen(key: string) {
    if (!unseen.has(key)) return;
    unseen = new Set([...unseen].filter((other) => other !== key));
    storage.saveUnseen(scope, key, false);
  }

  /** What is on the screen has been read; told once for each state of the session. */
  function markRead() {
    const { activeKey, isConnected } = store.getState();
    const row = rows().get(activeKey);
    if (!isVisible || !isConnected || row?.unread !== true || marked.get(activeKey) === row.updatedAt) return;
    marked.set(activeKey, row.updatedAt ?? 0);
    void options.request('sessions.patch', { key: activeKey, unread: false }).catch(() => undefined);
  }

  /**
   * One change after the other: a Gateway refuses to delete a session that another change still holds (observed).
   * What waits belonged to its Gateway; it is not carried out on another.
   */
  function mutate(method: string, params: Record<string, unknown>): Promise<Outcome> {
    const asked = scope;
    const done = changes.then(() =>
      asked === scope ? carryThrough(method, params) : { isDone: false, error: null },
    );
    changes = done;
    return done;
  }

  async function carryThrough(method: string, params: Record<string, unknown>): Promise<Outcome> {
    try {
      await options.request(method, params);
      return { isDone: true, error: null };
    } catch (thrown) {
      return { isDone: false, error: requestError(thrown, method) };
    } finally {
      reloadSoon();
    }
  }

  const otherRefusals = (change: SessionChange, key: string) =>
    store.getState().refusals.filter((other) => other.change !== change || other.item.key !== key);

  function refuse(change: SessionChange, item: SessionItem, error: AppError) {
    store.setState({ refusals: [...otherRefusals(change, item.key), { change, item, error }] });
  }

  /** Of one that is not on the list too. */
  function itemOf(key: string): SessionItem {
    const { items, ...view } = store.getState();
    const listed = items.find((item) => item.key === key);
    return listed ?? sessionItem(rows().get(key) ?? { key }, { ...view, unseen, hits });
  }

  /** Shown at once, and taken back where it came to nothing; the list that follows says what the Gateway made of it. */
  async function patch(
    change: SessionChange,
    key: string,
    params: Record<string, unknown>,
    shown: Partial<SessionRow>,
  ) {
    const asked = { scope, key, shown };
    const item = itemOf(key);
    unanswered = [...unanswered, asked];
    draw({ refusals: otherRefusals(change, key) });
    const { isDone, error } = await mutate('sessions.patch', { key, ...params });
    unanswered = unanswered.filter((other) => other !== asked);
    const known = lists.get(asked.scope);
    if (isDone && known) lists.set(asked.scope, withShown(known, asked));
    draw();
    if (error && asked.scope === scope) refuse(change, item, error);
  }

  function removeLater(key: string, kind: PendingRemoval['kind']) {
    const item = store.getState().items.find((known) => known.key === key);
    if (!item) return;
    const removal = { item, kind, askedAtMs: clock.now() };
    wait(removal);
    draw({ removals: [...otherRemovals(key), removal], refusals: otherRefusals(kind, key) });
  }

  function wait(removal: PendingRemoval) {
    undoTimes.start(removal.item.key, () => {
      if (store.getState().isConnected) void carryOut(removal);
    });
  }

  /**
   * Those whose time ran out, or whose answer was lost, while the Gateway was not there. They may be hours old: they
   * get their time anew, and where something happened in the conversation since, they are dropped, which is said; not
   * of what was done already.
   */
  function resumeRemovals(
    listed: readonly SessionRow[],
    { query, showsArchived }: Pick<SessionsState, 'query' | 'showsArchived'>,
  ) {
    const { removals } = store.getState();
    const dropped = new Set<PendingRemoval>();
    for (const removal of removals) {
      const { item } = removal;
      if (undoTimes.isRunning(item.key)) continue;
      const row = listed.find(({ key }) => key === item.key);
      // A list that could not have it says nothing of it.
      if (!row && (query.trim() !== '' || showsArchived !== item.isArchived)) continue;
      if (!row && store.getState().hasMore) askForMore();
      else if (row && isAsItWas(row, item)) wait(removal);
      else dropped.add(removal);
    }
    if (dropped.size === 0) return;
    draw({ removals: removals.filter((removal) => !dropped.has(removal)) });
    for (const { item, kind } of dropped) {
      const row = listed.find(({ key }) => key === item.key);
      if (!row || (kind === 'reset' && isOther(row, item))) continue;
      refuse(kind, item, appError('CONVERSATION_CHANGED', `${kind}: not as it was`));
    }
  }

  /** It may be in the rest of the list. */
  function askForMore() {
    limit += listStep;
    reloadSoon();
  }

  async function carryOut(removal: PendingRemoval) {
    const { item, kind } = removal;
    const { key } = item;
    // Of several pages that were asked for it, one has done it.
    if (kind === 'reset' && isOther(rows().get(key), item)) return actions.undo(key);
    if (kind === 'reset') return void (await reset(removal));
    const outcome = mutate('sessions.delete', { key });
    const asked = { scope, key, isGone: outcome.then(({ isDone }) => isDone) };
    deleting = [...deleting, asked];
    draw({ removals: otherRemovals(key) });
    const { isDone: isGone, error } = await outcome;
    deleting = deleting.filter((other) => other !== asked);
    const known = lists.get(asked.scope);
    if (isGone && known) lists.set(asked.scope, withoutRow(known, key));
    draw();
    if (isGone) options.onDeleted(asked.scope, key);
    if (error && asked.scope === scope) refuse(kind, item, error);
  }

  /** Where the connection ends before the answer, it waits for the next one. */
  function reset(removal: PendingRemoval): Promise<AppError | null> {
    const { item, kind } = removal;
    const { key } = item;
    const asked = scope;
    undoTimes.stop(key);
    draw({ removals: otherRemovals(key) });
    const done = mutate('sessions.reset', { key }).then(({ error }) => {
      if (resets.get(key) === done) resets.delete(key);
      if (!error || asked !== scope) return error;
      if (store.getState().isConnected) refuse(kind, item, error);
      else draw({ removals: [...otherRemovals(key), removal] });
      return error;
    });
    resets.set(key, done);
    return done;
  }

  /** Asked of the Gateway, whatever part of the list is on the screen. */
  async function isStillAsItWas(item: SessionItem): Promise<boolean> {
    const archived = item.isArchived && { archived: true };
    const answer = await options.request('sessions.list', { limit, ...archived });
    const row = readRows(listSchema.parse(answer).sessions).find(({ key }) => key === item.key);
    return row !== undefined && isAsItWas(row, item);
  }

  const removalOf = (key: string) => store.getState().removals.find(({ item }) => item.key === key);
  const otherRemovals = (key: string) => store.getState().removals.filter(({ item }) => item.key !== key);

  const actions: SessionsActions = {
    open(key) {
      if (key === store.getState().activeKey) return;
      options.onOpen(key);
    },
    step(by) {
      const { items, activeKey } = store.getState();
      if (items.length === 0) return;
      const at = items.findIndex(({ key }) => key === activeKey);
      // One that is not listed stands before the first, and after the last.
      const from = at === -1 && by === -1 ? items.length : at;
      const next = items[(from + by + items.length) % items.length];
      if (next) actions.open(next.key);
    },
    create() {
      const agent = /^agent:([^:]+):/.exec(store.getState().activeKey)?.[1] ?? 'main';
      const key = `agent:${agent}:dashboard:${options.newId()}`;
      change(withRow(rows(), { key, updatedAt: clock.now() }), {
        query: '',
        search: { tag: 'off' },
        showsArchived: false,
      });
      options.onOpen(key);
    },
    rename(key, name) {
      const label = name.trim() || null;
      void patch('rename', key, { label }, { label });
    },
    setPinned: (key, pinned) => void patch(pinned ? 'pin' : 'unpin', key, { pinned }, { pinned }),
    setArchived(key, archived) {
      const sessionId = rows().get(key)?.sessionId;
      const expected = sessionId && { expectedSessionId: sessionId };
      void patch(archived ? 'archive' : 'unarchive', key, { archived, ...expected }, { archived });
    },
    reset: (key) => removeLater(key, 'reset'),
    remove(key) {
      if (key === store.getState().activeKey) {
        const { items } = store.getState();
        const at = items.findIndex((item) => item.key === key);
        const next = (items[at + 1] ?? items[at - 1])?.key ?? mainKey;
        if (next !== null && next !== key) options.onOpen(next);
      }
      removeLater(key, 'delete');
    },
    undo(key) {
      undoTimes.stop(key);
      draw({ removals: otherRemovals(key) });
    },
    dismiss(refusal) {
      store.setState({ refusals: otherRefusals(refusal.change, refusal.item.key) });
    },
    holdRemovals: undoTimes.hold,
    setQuery(query) {
      limit = listStep;
      const words = query.trim().toLowerCase();
      hits = new Map([...hits].filter(([, hit]) => hit.words.toLowerCase().includes(words)));
      draw({ query, search: searchOf(query) });
      reloadSoon();
    },
    setShowsArchived(showsArchived) {
      limit = listStep;
      draw({ showsArchived });
      reloadSoon();
    },
    reload: () => void load(),
    showMore() {
      limit += listStep;
      void load();
    },
    setIsVisible(nextIsVisible) {
      isVisible = nextIsVisible;
      markRead();
    },
  };

  return {
    store,
    actions,
    show(nextScope, activeKey, nextMainKey) {
      const isNamed = nextMainKey !== null && nextMainKey !== mainKey;
      mainKey = nextMainKey;
      if (nextScope !== scope) {
        // What waits to be taken back belongs to the Gateway that is left: there it waits until that is here again.
        undoTimes.stopAll();
        scope = nextScope;
        listRead = 'none';
        reads += 1;
        unseen = new Set();
        limit = listStep;
        hits = new Map();
        strangers = new Map();
        draw({
          activeKey,
          isLoaded: false,
          hasMore: false,
          error: null,
          removals: keptRemovals.again(nextScope),
          refusals: [],
          search: searchOf(store.getState().query),
        });
        if (store.getState().search.tag === 'searching') reloadSoon();
        void storage.readUnseen(nextScope).then((kept) => {
          if (scope !== nextScope) return;
          unseen = new Set([...unseen, ...kept]);
          seen(store.getState().activeKey);
          draw();
        });
        void storage.readList(nextScope).then((listed) => {
          if (scope !== nextScope || store.getState().isLoaded) return;
          change(new Map([...readRows(listed), ...rows().values()].map((row) => [row.key, row])));
        });
      } else if (activeKey !== store.getState().activeKey) {
        seen(activeKey);
        draw({ activeKey });
        markRead();
      } else if (isNamed) draw();
    },
    connected(offers) {
      canSearch = offers.has('sessions.search');
      store.setState({ isConnected: true });
      void load();
    },
    async settle(key) {
      const waiting = removalOf(key);
      if (waiting?.kind === 'reset' && !undoTimes.isRunning(key)) {
        try {
          const isUntouched = await isStillAsItWas(waiting.item);
          if (!isUntouched && removalOf(key) === waiting) actions.undo(key);
        } catch (thrown) {
          return requestError(thrown, 'sessions.list');
        }
      }
      const removal = removalOf(key);
      if (removal?.kind === 'reset') return reset(removal);
      if (removal) actions.undo(key);
      await deleting.find((asked) => asked.scope === scope && asked.key === key)?.isGone;
      return resets.get(key) ?? null;
    },
    refuse: (change, key, error) => refuse(change, itemOf(key), error),
    clearErrors: () => store.setState({ error: null, refusals: [] }),
    learn(row) {
      const [known] = readRows([row]);
      if (known) change(withRow(rows(), known));
    },
    isMain: (key) => key === keyOfMain(),
    inherit(left) {
      keptRemovals.inherit(left);
      draw({ removals: keptRemovals.of(scope) });
      if (store.getState().removals.length > 0) reloadSoon();
    },
    disconnected() {
      if (!store.getState().isConnected) return;
      reads += 1;
      listRead = 'none';
      cancelReload?.();
      store.setState({ isConnected: false, search: searchOf(store.getState().query) });
      if (store.getState().search.tag === 'searching') reloadSoon();
    },
    hear(frame) {
      if (frame.event === 'sessions.changed') {
        const payload = changedSchema.safeParse(frame.payload);
        if (!payload.success) return;
        const { sessionKey, reason, session } = payload.data;
        const [row] = readRows([session]);
        if (reason === 'delete' && sessionKey) {
          seen(sessionKey);
          change(withoutRow(rows(), sessionKey));
        } else if (row) {
          change(withRow(rows(), row));
          markRead();
        } else reloadSoon();
      }
      if (frame.event === 'chat') {
        const payload = runEventSchema.safeParse(frame.payload);
        if (!payload.success) return;
        const { sessionKey, runId, state } = payload.data;
        const isOver = state === 'final' || state === 'aborted' || state === 'error';
        const isNews = isOver && sessionKey !== store.getState().activeKey && !unseen.has(sessionKey);
        if (isNews) {
          unseen = new Set(unseen).add(sessionKey);
          storage.saveUnseen(scope, sessionKey, true);
        }
        const next = withRun(rows(), sessionKey, runId, isOver);
        if (isNews || next !== rows()) change(next);
        if (isOver) reloadSoon();
      }
    },
  };
}

/** Begun anew under the same key. */
const isOther = (row: SessionRow | undefined, item: SessionItem) =>
  row?.sessionId != null && item.sessionId !== null && row.sessionId !== item.sessionId;

const isAsItWas = (row: SessionRow, item: SessionItem) =>
  (row.sessionId ?? null) === item.sessionId && (row.updatedAt ?? null) === item.updatedAtMs;
