import type { EventFrame } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { ChatStorage } from '../chat/chat-storage.ts';
import { mainSession } from '../chat/conversations.ts';
import { requestError } from '../chat/refusal.ts';
import type { LeftRemovals } from './kept-removals.ts';
import { createRemovals, type Outcome } from './session-removals.ts';
import {
  type Hits,
  isAsItWas,
  listSchema,
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
import { findWords, placeFound, placeHere, searchedHere, searchOf } from './session-search.ts';
import type { SessionChange, SessionsActions, SessionsState } from './sessions-types.ts';

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
    const now = { ...store.getState(), ...state };
    const shown = unanswered.reduce(
      (all, patch) => (patch.scope === scope ? withShown(all, patch) : all),
      withMain(now.query.trim() === '' ? rows() : new Map([...strangers, ...rows()]), mainKey),
    );
    const items = sessionItems(shown, { ...now, unseen, hits }).filter(({ key }) => !removals.isHidden(key));
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
      removals.resume(listed, { query, showsArchived });
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

  const removals = createRemovals({
    storage,
    clock,
    left: options.removals,
    list: {
      scope: () => scope,
      state: store.getState,
      draw,
      row: (key) => rows().get(key),
      mutate,
      otherRefusals,
      refuse,
      async isStillAsItWas(item) {
        const archived = item.isArchived && { archived: true };
        const answer = await options.request('sessions.list', { limit, ...archived });
        const row = readRows(listSchema.parse(answer).sessions).find(({ key }) => key === item.key);
        return row !== undefined && isAsItWas(row, item);
      },
      askForMore() {
        limit += listStep;
        reloadSoon();
      },
      onDeleted(of, key) {
        const known = lists.get(of);
        if (known) lists.set(of, withoutRow(known, key));
        draw();
        options.onDeleted(of, key);
      },
    },
  });

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
    reset: (key) => removals.ask(key, 'reset'),
    remove(key) {
      if (key === store.getState().activeKey) {
        const { items } = store.getState();
        const at = items.findIndex((item) => item.key === key);
        const next = (items[at + 1] ?? items[at - 1])?.key ?? mainKey;
        if (next !== null && next !== key) options.onOpen(next);
      }
      removals.ask(key, 'delete');
    },
    undo: removals.undo,
    dismiss(refusal) {
      store.setState({ refusals: otherRefusals(refusal.change, refusal.item.key) });
    },
    holdRemovals: removals.hold,
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
          removals: removals.again(),
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
    settle: removals.settle,
    refuse: (change, key, error) => refuse(change, itemOf(key), error),
    clearErrors: () => store.setState({ error: null, refusals: [] }),
    learn(row) {
      const [known] = readRows([row]);
      if (known) change(withRow(rows(), known));
    },
    isMain: (key) => key === keyOfMain(),
    inherit(left) {
      removals.inherit(left);
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
