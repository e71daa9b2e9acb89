import { beforeEach, describe, expect, it, vi } from 'vitest';
import { row as said } from '../../test-support/chat-script.ts';
import { createFakeClock, type FakeClock } from '../../test-support/fake-clock.ts';
import { createMemoryStorage, type MemoryStorage } from '../../test-support/memory-storage.ts';
import type { CachedTranscript } from '../chat/chat-storage.ts';
import { undoMs } from '../undo-times.ts';
import type { LeftRemovals } from './kept-removals.ts';
import { createSessionsStore, type SessionsStore } from './sessions-store.ts';

let clock: FakeClock;
let storage: MemoryStorage;
let asked: { method: string; params: Record<string, unknown> }[];
let rows: Record<string, unknown>[];
let found: unknown;
let described: Record<string, unknown>;
let refuses: boolean;
let refusesList: boolean;
/** Changes are answered when this is settled. */
let held: Promise<void> | undefined;
let deleted: string[];
let sessions: SessionsStore;

const main = 'agent:main:main';
const row = (key: string, more: Record<string, unknown> = {}) => ({
  key,
  sessionId: `id of ${key}`,
  updatedAt: 1,
  ...more,
});

beforeEach(() => {
  clock = createFakeClock();
  storage = createMemoryStorage();
  asked = [];
  refuses = false;
  refusesList = false;
  found = {};
  described = {};
  held = undefined;
  deleted = [];
  rows = [row(main, { isMain: true }), row('a', { updatedAt: 2 }), row('b', { updatedAt: 3, label: 'Tea' })];
  sessions = open();
});

function open(removals: LeftRemovals = {}): SessionsStore {
  const store = createSessionsStore({
    async request<T>(method: string, params: unknown): Promise<T> {
      asked.push({ method, params: params as Record<string, unknown> });
      if (method !== 'sessions.list') await held;
      if (method === 'sessions.list' ? refusesList : refuses)
        throw new Error('missing scope: operator.admin');
      const answers: Record<string, unknown> = {
        'sessions.list': { sessions: rows.slice(0, limitOf(params)), hasMore: rows.length > limitOf(params) },
        'sessions.search': found,
        'sessions.describe': { session: described[(params as { key: string }).key] ?? null },
      };
      return (answers[method] ?? {}) as T;
    },
    storage,
    removals,
    clock,
    newId: () => 'new',
    onOpen: (key) => store.show('local', key, main),
    onDeleted: (scope, key) => void deleted.push(`${scope} ${key}`),
  });
  return store;
}

const limitOf = (params: unknown) => (params as { limit?: number }).limit ?? 0;
const state = () => sessions.store.getState();
const keys = () => state().items.map(({ key }) => key);
const item = (key: string) => state().items.find((known) => known.key === key);
const calls = (method: string) => asked.flatMap((call) => (call.method === method ? [call.params] : []));

/** A delete that the Gateway answers when the result is called. */
async function deleteSlowly(): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  sessions.actions.remove('a');
  clock.advance(undoMs);
  await vi.waitFor(() => expect(calls('sessions.delete')).toEqual([{ key: 'a' }]));
  return resolve;
}

async function connect(): Promise<void> {
  sessions.show('local', main, main);
  sessions.connected(new Set(['sessions.search']));
  await vi.waitFor(() => expect(state().isLoaded).toBe(true));
}

async function reconnect(): Promise<void> {
  sessions.store.setState({ isLoaded: false });
  sessions.connected(new Set());
  await vi.waitFor(() => expect(state().isLoaded).toBe(true));
}

const hear = (event: string, payload: Record<string, unknown>) =>
  sessions.hear({ type: 'event', event, payload });

describe('the list of sessions (R8)', () => {
  it('puts pinned ones first, then the main one, then the latest', async () => {
    rows.push(row('c', { pinned: true }));
    await connect();
    expect(keys()).toEqual(['c', main, 'b', 'a']);
  });

  it('has the main session before anything was said in it', async () => {
    rows = [];
    await connect();
    expect(state().items).toMatchObject([{ key: main, isMain: true }]);
  });

  it('paints from the last time before the Gateway answers', async () => {
    await connect();
    sessions = open();
    sessions.show('local', main, main);
    await vi.waitFor(() => expect(keys()).toEqual([main, 'b', 'a']));
    expect(state().isLoaded).toBe(false);
  });

  it('keeps the Gateways apart', async () => {
    await connect();
    sessions.actions.remove('a');
    sessions.show('remote:studio', 'main', null);
    expect(keys()).toEqual([]);
    clock.advance(undoMs);
    expect(calls('sessions.delete')).toEqual([]);
  });

  it('finds by name and by the last message, and asks the Gateway for the rest', async () => {
    rows.push(row('c', { lastMessagePreview: 'green tea' }));
    await connect();
    sessions.actions.setQuery('tea');
    expect(keys()).toEqual(['b', 'c']);
    clock.advance(1000);
    expect(calls('sessions.list').at(-1)).toMatchObject({ search: 'tea' });
  });

  it('shows what was said in a conversation, where the Gateway searches everything', async () => {
    await connect();
    found = {
      results: [
        { sessionKey: 'a', snippet: 'tea at five' },
        { sessionKey: 'a', snippet: 'more tea' },
      ],
    };
    sessions.actions.setQuery('tea');
    clock.advance(1000);
    await vi.waitFor(() => expect(keys()).toEqual(['b', 'a']));
    expect(item('a')?.preview).toBe('tea at five');
    sessions.actions.setQuery('');
    expect(item('a')?.preview).toBeNull();
  });

  describe('a search of what was said', () => {
    const search = (query: string) => {
      sessions.actions.setQuery(query);
      clock.advance(1000);
    };

    it('is under way from the first letter until its answer, and says what it did not reach', async () => {
      await connect();
      search('tea');
      expect(state().search).toEqual({ tag: 'searching' });
      await vi.waitFor(() => expect(state().search).toEqual({ tag: 'failed', error: expect.anything() }));
      for (const flags of [{ indexing: true }, { truncated: true }, { archivedTranscriptsExcluded: 2 }, {}]) {
        found = { results: [], ...flags };
        sessions.actions.reload();
        const isPartial = Object.keys(flags).length > 0;
        await vi.waitFor(() => expect(state().search).toMatchObject({ tag: 'done', isPartial }));
      }
      sessions.actions.setQuery('');
      expect(state().search).toEqual({ tag: 'off' });
    });

    it('that is refused says so, finds names all the same, and can be asked for again', async () => {
      await connect();
      refuses = true;
      search('tea');
      await vi.waitFor(() =>
        expect(state().search).toMatchObject({
          tag: 'failed',
          error: { details: { method: 'sessions.search' } },
        }),
      );
      expect(keys()).toEqual(['b']);
      [refuses, found] = [false, { results: [] }];
      sessions.actions.reload();
      expect(state().search).toEqual({ tag: 'searching' });
      await vi.waitFor(() => expect(state().search).toMatchObject({ tag: 'done', isPartial: false }));
    });

    it('is partial where the Gateway has none, or is not there', async () => {
      sessions.show('local', main, main);
      sessions.connected(new Set());
      await vi.waitFor(() => expect(state().isLoaded).toBe(true));
      search('tea');
      await vi.waitFor(() => expect(state().search).toMatchObject({ tag: 'done', isPartial: true }));
      sessions.disconnected();
      search('water');
      await vi.waitFor(() => expect(state().search).toMatchObject({ tag: 'done', isPartial: true }));
    });

    it('finds conversations that no list told of, archived ones too, until it ends', async () => {
      await connect();
      described = { old: row('old', { label: 'Old', archived: true }) };
      found = {
        results: [
          { sessionKey: 'old', snippet: 'tea of yore' },
          { sessionKey: 'far', snippet: 'tea from afar', timestamp: 7 },
          { sessionKey: 'a', snippet: 'tea at five' },
        ],
      };
      search('tea');
      await vi.waitFor(() => expect(keys()).toEqual(['far', 'b', 'a', 'old']));
      expect(calls('sessions.describe').map(({ key }) => key)).toEqual(['far', 'old']);
      expect(item('old')).toMatchObject({ title: 'Old', preview: 'tea of yore', isArchived: true });
      expect(item('far')).toMatchObject({ title: null, preview: 'tea from afar', updatedAtMs: 7 });
      search('');
      expect(keys()).toEqual([main, 'b', 'a']);
    });
  });

  describe('a search of what is kept here', () => {
    const keep = (place: string, text: string, more: Partial<CachedTranscript> = {}) =>
      storage.saveTranscript(place, {
        sessionId: null,
        messages: [said('user', 'an opening', 'r'), said('assistant', text, 'r')],
        hasEarlier: false,
        ...more,
      });
    const search = async (query: string) => {
      sessions.actions.setQuery(query);
      clock.advance(1000);
      await vi.waitFor(() => expect(state().search.tag).toBe('done'));
    };
    const needsWholeWords = () => {
      const { search: done } = state();
      return done.tag === 'done' ? done.needsWholeWords : null;
    };
    beforeEach(() => {
      found = { results: [] };
    });

    it('finds parts of words and Chinese ones that the Gateway did not, under the main session’s key too', async () => {
      keep('local\nmain', '我喜歡咖啡豆');
      keep('local\na', 'some **marma**lade');
      keep('elsewhere\nb', 'marmalade and 咖啡');
      await connect();
      await search('armala');
      expect(keys()).toEqual(['a']);
      expect(item('a')).toMatchObject({ preview: 'some marmalade', saidWords: 'armala' });
      await search('咖啡');
      expect(keys()).toEqual([main]);
      expect(item(main)?.saidWords).toBe('咖啡');
      sessions.actions.setQuery('');
      expect(item(main)?.preview).toBeNull();
    });

    it('names a conversation once, as the Gateway found it, and the newest first', async () => {
      keep('local\nb', 'warm tea here');
      keep('local\na', 'tea kept here');
      await connect();
      found = { results: [{ sessionKey: 'a', snippet: 'tea at the Gateway' }] };
      await search('tea');
      expect(state().items.map(({ key, preview }) => [key, preview])).toEqual([
        ['b', 'warm tea here'],
        ['a', 'tea at the Gateway'],
      ]);
    });

    it('leaves out what is deleted, begun anew, or of no conversation that the Gateway has', async () => {
      keep('local\ngone', 'tea');
      keep('local\na', 'tea', { sessionId: 'what it was before' });
      keep('local\nold', 'green tea', { sessionId: 'id of old' });
      described = { old: row('old', { archived: true, label: 'Old' }) };
      await connect();
      await search('green tea');
      expect(keys()).toEqual(['old']);
      await search('tea');
      expect(keys()).toEqual(['b', 'old']);
      expect(item('old')?.isArchived).toBe(true);
      expect(calls('sessions.describe').map(({ key }) => key)).toContain('gone');
    });

    it('asks about what was deleted while the page was not connected', async () => {
      keep('local\na', 'tea');
      await connect();
      await search('tea');
      expect(keys()).toEqual(['b', 'a']);
      sessions.disconnected();
      rows = rows.filter(({ key }) => key !== 'a');
      sessions.connected(new Set(['sessions.search']));
      await vi.waitFor(() => expect(keys()).toEqual(['b']));
    });

    it('is all there is while the Gateway is not there, and where it refuses', async () => {
      keep('local\nmain', '一杯咖啡');
      keep('local\na', 'a cup of coffee');
      await connect();
      sessions = open();
      sessions.show('local', 'main', null);
      await vi.waitFor(() => expect(keys()).toEqual([main, 'b', 'a']));
      await search('咖');
      expect(keys()).toEqual([main]);
      expect(sessions.isMain(main)).toBe(true);
      expect(state().search).toEqual({ tag: 'done', isPartial: true, needsWholeWords: false });

      refuses = true;
      await connect();
      sessions.actions.setQuery('offee');
      clock.advance(1000);
      await vi.waitFor(() => expect(keys()).toEqual(['a']));
      expect(state().search.tag).toBe('failed');
    });

    it('says that whole words may be needed only where something is not kept here', async () => {
      const keepAll = () => {
        for (const key of ['main', 'a', 'b']) keep(`local\n${key}`, 'tea');
      };
      keepAll();
      await connect();
      await search('tea');
      expect(needsWholeWords()).toBe(false);
      keep('local\na', 'tea', { hasEarlier: true });
      await search('te');
      expect(needsWholeWords()).toBe(true);
      keepAll();
      await search('tea');
      expect(needsWholeWords()).toBe(false);
      storage.forget('local\nb');
      await search('te');
      expect(needsWholeWords()).toBe(true);
    });
  });

  it('knows what of the search was said, and what is only in a name', async () => {
    rows.push(row('c', { lastMessagePreview: 'Green Tea' }));
    await connect();
    found = { results: [{ sessionKey: 'a', snippet: 'a cup of green, hot tea' }] };
    sessions.actions.setQuery(' green tea');
    clock.advance(1000);
    await vi.waitFor(() => expect(keys()).toEqual(['a', 'c']));
    expect([item('a')?.saidWords, item('c')?.saidWords]).toEqual(['green', 'green tea']);
    sessions.actions.setQuery('tea');
    expect(item('b')?.saidWords).toBeNull();
    sessions.actions.setQuery('');
    expect(item('c')?.saidWords).toBeNull();
  });

  it('takes nothing for read on a page that nobody sees', async () => {
    await connect();
    sessions.actions.setIsVisible(false);
    hear('sessions.changed', { sessionKey: main, session: row(main, { unread: true, updatedAt: 9 }) });
    expect(calls('sessions.patch')).toEqual([]);
    sessions.actions.setIsVisible(true);
    expect(calls('sessions.patch')).toEqual([{ key: main, unread: false }]);
  });

  it('has more of a long list when it is asked for, and keeps it', async () => {
    rows = Array.from({ length: 250 }, (_, at) => row(`s${at}`));
    await connect();
    expect([keys().length, state().hasMore]).toEqual([201, true]);
    sessions.actions.showMore();
    await vi.waitFor(() => expect([keys().length, state().hasMore]).toEqual([251, false]));
    sessions.actions.reload();
    await vi.waitFor(() => expect(calls('sessions.list')).toHaveLength(3));
    expect(keys()).toHaveLength(251);
  });

  it('steps to the next and the previous one, around the ends', async () => {
    await connect();
    sessions.actions.step(1);
    expect(state().activeKey).toBe('b');
    sessions.actions.step(-1);
    sessions.actions.step(-1);
    expect(state().activeKey).toBe('a');
  });

  it('steps from a conversation that is not listed to the first one, and back to the last (R8)', async () => {
    rows.push(row('kept', { archived: true }));
    await connect();
    const [first] = keys();
    const last = keys().at(-1);
    sessions.show('local', 'kept', main);
    sessions.actions.step(-1);
    expect(state().activeKey).toBe(last);
    sessions.show('local', 'kept', main);
    sessions.actions.step(1);
    expect(state().activeKey).toBe(first);
  });

  it('marks what was said elsewhere until it is opened, and tells the Gateway once', async () => {
    await connect();
    hear('chat', { sessionKey: 'a', runId: 'r', state: 'delta' });
    expect(item('a')).toMatchObject({ isRunning: true, isUnread: false });
    hear('chat', { sessionKey: 'a', runId: 'r', state: 'final' });
    expect(item('a')).toMatchObject({ isRunning: false, isUnread: true });
    hear('sessions.changed', { sessionKey: 'a', session: row('a', { unread: true, updatedAt: 9 }) });
    sessions.actions.open('a');
    expect(item('a')?.isUnread).toBe(false);
    hear('sessions.changed', { sessionKey: 'a', session: row('a', { unread: true, updatedAt: 9 }) });
    expect(calls('sessions.patch')).toEqual([{ key: 'a', unread: false }]);
  });

  it('remembers what nobody has seen for the next page, until it is opened (R8)', async () => {
    await connect();
    hear('chat', { sessionKey: 'a', runId: 'r', state: 'final' });
    hear('chat', { sessionKey: 'b', runId: 'q', state: 'final' });
    sessions.actions.open('b');
    sessions = open();
    await connect();
    await vi.waitFor(() => expect(item('a')?.isUnread).toBe(true));
    expect(item('b')?.isUnread).toBe(false);

    sessions = open();
    sessions.show('another Gateway', main, main);
    sessions.connected(new Set());
    await vi.waitFor(() => expect(state().isLoaded).toBe(true));
    expect(item('a')?.isUnread).toBe(false);

    sessions = open();
    sessions.show('local', 'a', main);
    await vi.waitFor(async () => expect(await storage.readUnseen('local')).toEqual([]));
    sessions.show('local', main, main);
    sessions.connected(new Set());
    await vi.waitFor(() => expect(state().isLoaded).toBe(true));
    expect(item('a')?.isUnread).toBe(false);
  });

  it('shows a change at once, and what the Gateway made of it afterwards', async () => {
    await connect();
    refuses = true;
    sessions.actions.rename('a', ' Coffee ');
    expect(item('a')?.title).toBe('Coffee');
    await vi.waitFor(() => expect(calls('sessions.patch')).toEqual([{ key: 'a', label: 'Coffee' }]));
    await vi.waitFor(() => expect(state().refusals[0]?.error.code).toBe('GATEWAY_REQUEST_FAILED'));
    clock.advance(1000);
    await vi.waitFor(() => expect(item('a')?.title).toBeNull());
  });

  it('takes a change back that was refused, and keeps one that was made meanwhile', async () => {
    await connect();
    const { promise, reject } = Promise.withResolvers<void>();
    held = promise;
    sessions.actions.rename('a', 'First');
    sessions.actions.setPinned('a', true);
    sessions.actions.rename('a', 'Second');
    expect(item('a')).toMatchObject({ title: 'Second', isPinned: true });
    sessions.disconnected();
    reject(new Error('gateway closed (1006): '));
    await vi.waitFor(() => expect(item('a')).toMatchObject({ title: null, isPinned: false }));
    expect(state().refusals[0]?.error.code).toBe('GATEWAY_NOT_CONNECTED');

    const second = Promise.withResolvers<void>();
    held = second.promise;
    sessions.actions.rename('b', 'Coffee');
    await vi.waitFor(() => expect(calls('sessions.patch').at(-1)).toEqual({ key: 'b', label: 'Coffee' }));
    sessions.show('elsewhere', main, main);
    second.resolve();
    sessions.show('local', main, main);
    await vi.waitFor(() => expect(item('b')?.title).toBe('Coffee'));
  });

  it('deletes only when the time to take it back is over', async () => {
    await connect();
    sessions.actions.remove('a');
    expect(keys()).not.toContain('a');
    sessions.actions.undo('a');
    clock.advance(undoMs);
    expect(keys()).toContain('a');
    expect(calls('sessions.delete')).toEqual([]);
    sessions.actions.remove('a');
    rows = rows.filter(({ key }) => key !== 'a');
    clock.advance(undoMs);
    await vi.waitFor(() => expect(deleted).toEqual(['local a']));
    expect(calls('sessions.delete')).toEqual([{ key: 'a' }]);
    expect(keys()).not.toContain('a');
  });

  it('gives what could not be asked for its time anew when the Gateway is there again', async () => {
    await connect();
    sessions.actions.reset('a');
    sessions.actions.remove('b');
    sessions.disconnected();
    clock.advance(undoMs);
    expect(state().removals).toHaveLength(2);
    await reconnect();
    clock.advance(undoMs - 1);
    expect(state().removals).toHaveLength(2);
    sessions.actions.undo('b');
    clock.advance(1);
    await vi.waitFor(() => expect(calls('sessions.reset')).toEqual([{ key: 'a' }]));
    expect(calls('sessions.delete')).toEqual([]);
    expect(state().removals).toEqual([]);
  });

  it('drops what could not be asked for where something was said since', async () => {
    await connect();
    sessions.actions.reset('a');
    sessions.actions.remove('b');
    sessions.disconnected();
    clock.advance(undoMs);
    rows = [row(main), row('a', { updatedAt: 9 }), row('b', { updatedAt: 3, sessionId: 'another' })];
    await reconnect();
    expect(state().removals).toEqual([]);
    expect(keys()).toContain('b');
    expect(state().refusals).toMatchObject([
      { change: 'reset', item: { key: 'a' }, error: { code: 'CONVERSATION_CHANGED' } },
      { change: 'delete', item: { key: 'b' }, error: { code: 'CONVERSATION_CHANGED' } },
    ]);
    clock.advance(2 * undoMs);
    expect([...calls('sessions.reset'), ...calls('sessions.delete')]).toEqual([]);
  });

  it('decides on what could not be asked for by a list that can have it', async () => {
    await connect();
    sessions.actions.reset('a');
    sessions.actions.setQuery('tea');
    sessions.disconnected();
    clock.advance(undoMs);
    rows = [row('b')];
    await reconnect();
    clock.advance(2 * undoMs);
    expect(state().removals).toHaveLength(1);
    expect(calls('sessions.reset')).toEqual([]);
    sessions.actions.setQuery('');
    clock.advance(1000);
    await vi.waitFor(() => expect(state().removals).toEqual([]));
    expect(calls('sessions.reset')).toEqual([]);
  });

  it.each([
    ['is not asked for again where it was carried out', 'another', 0],
    ['gets its time anew where it was not', 'id of a', 1],
  ])('a reset whose answer was lost %s', async (_, sessionId, waiting) => {
    await connect();
    const { promise, reject } = Promise.withResolvers<void>();
    held = promise;
    sessions.actions.reset('a');
    clock.advance(undoMs);
    await vi.waitFor(() => expect(calls('sessions.reset')).toHaveLength(1));
    sessions.disconnected();
    reject(new Error('gateway closed (1006): '));
    await vi.waitFor(() => expect(state().removals).toHaveLength(1));
    held = undefined;
    rows = [row('a', { updatedAt: 2, sessionId })];
    await reconnect();
    expect(state().removals).toHaveLength(waiting);
    expect(state().refusals).toEqual([]);
    clock.advance(undoMs);
    await vi.waitFor(() => expect(calls('sessions.reset')).toHaveLength(1 + waiting));
  });

  it.each([
    ['is carried out where nothing was said since', row('a', { updatedAt: 2 }), 1],
    ['is dropped where something was', row('a', { updatedAt: 9 }), 0],
  ])('a reset that is hours old, when words wait for it, %s', async (_, listed, resets) => {
    await connect();
    sessions.actions.reset('a');
    sessions.disconnected();
    clock.advance(undoMs);
    rows = [listed];
    // The words may be first; a search on the screen does not matter.
    sessions.actions.setQuery('tea');
    expect(await sessions.settle('a')).toBeNull();
    expect(calls('sessions.reset')).toHaveLength(resets);
    expect(state().removals).toEqual([]);
  });

  it('hinders words where the Gateway can’t say whether the reset still holds', async () => {
    await connect();
    sessions.actions.reset('a');
    sessions.disconnected();
    clock.advance(undoMs);
    refusesList = true;
    expect(await sessions.settle('a')).toMatchObject({ details: { method: 'sessions.list' } });
    expect(calls('sessions.reset')).toEqual([]);
    expect(state().removals).toHaveLength(1);
  });

  it('lets words wait for a delete that is under way', async () => {
    await connect();
    const resolve = await deleteSlowly();
    let isSettled = false;
    const settled = sessions.settle('a').then(() => {
      isSettled = true;
    });
    await new Promise((done) => setTimeout(done));
    expect(isSettled).toBe(false);
    resolve();
    await settled;
    expect(deleted).toEqual(['local a']);
  });

  it('takes a delete back that waits when something is said there', async () => {
    await connect();
    sessions.actions.remove('a');
    expect(await sessions.settle('a')).toBeNull();
    expect(keys()).toContain('a');
    clock.advance(undoMs);
    expect(calls('sessions.delete')).toEqual([]);
  });

  describe('that a page was closed on before it was asked of the Gateway', () => {
    const kept = () => storage.found().removals;
    /** The page is closed, and another one opened. */
    function reopen() {
      sessions.disconnected();
      sessions = open(kept());
    }

    it('is offered again on the next page, with its time anew, and then done once', async () => {
      await connect();
      sessions.actions.remove('a');
      reopen();
      await connect();
      expect(keys()).not.toContain('a');
      expect(state().removals).toMatchObject([{ item: { key: 'a' }, kind: 'delete', isEarlier: true }]);
      clock.advance(undoMs - 1);
      expect(calls('sessions.delete')).toEqual([]);
      clock.advance(1);
      expect(kept()).toEqual({});
      await vi.waitFor(() => expect(deleted).toEqual(['local a']));
      expect(calls('sessions.delete')).toEqual([{ key: 'a' }]);
    });

    it('can be taken back there, for good', async () => {
      await connect();
      sessions.actions.reset('a');
      expect(Object.keys(kept())).toEqual(['local\na']);
      reopen();
      await connect();
      sessions.actions.undo('a');
      expect([kept(), state().removals]).toEqual([{}, []]);
      clock.advance(2 * undoMs);
      expect(calls('sessions.reset')).toEqual([]);
    });

    it('is dropped, which is said, where something happened in the conversation since', async () => {
      await connect();
      sessions.actions.remove('a');
      reopen();
      rows = [row(main), row('a', { updatedAt: 99 })];
      await connect();
      expect([keys().toSorted(), kept()]).toEqual([['a', main], {}]);
      expect(state().refusals).toMatchObject([{ error: { code: 'CONVERSATION_CHANGED' } }]);
    });

    it('is looked for in the rest of a long list', async () => {
      rows = Array.from({ length: 250 }, (_, at) => row(`s${at}`));
      await connect();
      sessions.actions.showMore();
      await vi.waitFor(() => expect(keys()).toContain('s240'));
      sessions.actions.remove('s240');
      reopen();
      await connect();
      expect(state().removals).toHaveLength(1);
      clock.advance(1000);
      await vi.waitFor(() => expect(state().hasMore).toBe(false));
      clock.advance(undoMs);
      await vi.waitFor(() => expect(calls('sessions.delete')).toEqual([{ key: 's240' }]));
    });

    it('waits for its own Gateway, and is offered when that is on the screen again', async () => {
      await connect();
      sessions.actions.remove('a');
      sessions.show('elsewhere', main, main);
      sessions.actions.reload();
      await vi.waitFor(() => expect(keys()).toContain('a'));
      clock.advance(2 * undoMs);
      expect(state().removals).toEqual([]);
      expect(calls('sessions.delete')).toEqual([]);

      sessions.show('local', main, main);
      expect(state().removals).toMatchObject([{ isEarlier: true }]);
      sessions.actions.reload();
      await vi.waitFor(() => expect(calls('sessions.list')).toHaveLength(3));
      await vi.waitFor(() => expect(state().isLoaded).toBe(true));
      clock.advance(undoMs);
      await vi.waitFor(() => expect(calls('sessions.delete')).toEqual([{ key: 'a' }]));
    });

    it('goes to a page that is open, beside what waits there', async () => {
      await connect();
      sessions.actions.remove('a');
      const left = Object.values(kept());
      reopen();
      storage.saveRemoval('local\na', null);
      sessions = open();
      await connect();
      clock.advance(1);
      sessions.actions.remove('b');
      const places = ['local\na', 'local\nb', 'elsewhere\nb'];
      sessions.inherit(Object.fromEntries(places.flatMap((place) => left.map((one) => [place, one]))));
      expect(state().removals.map(({ item: { key } }) => key)).toEqual(['a', 'b']);
      clock.advance(1000);
      await vi.waitFor(() => expect(calls('sessions.list')).toHaveLength(3));
      await new Promise((done) => setTimeout(done));
      clock.advance(undoMs);
      await vi.waitFor(() => expect(calls('sessions.delete')).toHaveLength(2));
    });

    it('is not asked for where another page has begun the conversation anew meanwhile', async () => {
      await connect();
      sessions.actions.reset('a');
      hear('sessions.changed', { sessionKey: 'a', session: row('a', { sessionId: 'another' }) });
      clock.advance(undoMs);
      expect(state().removals).toEqual([]);
      await new Promise((done) => setTimeout(done));
      expect(calls('sessions.reset')).toEqual([]);
    });
  });

  it('offers no way back from a delete that is under way, and keeps its row hidden', async () => {
    await connect();
    const resolve = await deleteSlowly();
    expect(state().removals).toEqual([]);
    sessions.actions.undo('a');
    expect(keys()).not.toContain('a');
    resolve();
    await vi.waitFor(() => expect(deleted).toEqual(['local a']));
    expect(keys()).not.toContain('a');
  });

  it('leaves another Gateway alone where a delete is answered that was asked of the last one', async () => {
    await connect();
    const resolve = await deleteSlowly();
    sessions.show('elsewhere', main, main);
    sessions.actions.reload();
    await vi.waitFor(() => expect(keys()).toContain('a'));
    resolve();
    sessions.actions.setPinned('b', true);
    await vi.waitFor(() => expect(calls('sessions.patch')).toHaveLength(1));
    expect(keys()).toContain('a');
    expect(deleted).toEqual(['local a']);
    sessions.show('local', main, main);
    expect(keys()).toEqual([main, 'b']);
  });

  it('waits while somebody is at what can be taken back', async () => {
    await connect();
    sessions.actions.remove('a');
    const letGo = sessions.actions.holdRemovals();
    sessions.actions.remove('b');
    clock.advance(3 * undoMs);
    expect(calls('sessions.delete')).toEqual([]);
    letGo();
    clock.advance(undoMs - 1);
    expect(calls('sessions.delete')).toEqual([]);
    clock.advance(1);
    await vi.waitFor(() => expect(calls('sessions.delete')).toEqual([{ key: 'a' }, { key: 'b' }]));
  });

  it('brings a session back whose deletion was refused, and says why', async () => {
    await connect();
    refuses = true;
    sessions.actions.remove('a');
    clock.advance(undoMs);
    await vi.waitFor(() => expect(keys()).toContain('a'));
    expect(state().refusals).toMatchObject([
      { change: 'delete', item: { key: 'a' }, error: { details: { method: 'sessions.delete' } } },
    ]);
    // The list that follows, and what else is done, say nothing of it.
    refuses = false;
    sessions.actions.setPinned('b', true);
    clock.advance(1000);
    await vi.waitFor(() => expect(item('b')?.isPinned).toBe(true));
    await vi.waitFor(() => expect(calls('sessions.list')).toHaveLength(2));
    expect(state().refusals).toHaveLength(1);
    sessions.actions.remove('a');
    expect(state().refusals).toEqual([]);
  });

  it('asks for one change after the other, and for none of another Gateway', async () => {
    await connect();
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    sessions.actions.rename('a', 'First');
    sessions.actions.setPinned('a', true);
    await vi.waitFor(() => expect(calls('sessions.patch')).toEqual([{ key: 'a', label: 'First' }]));
    sessions.actions.setPinned('b', true);
    resolve();
    await vi.waitFor(() => expect(calls('sessions.patch')).toHaveLength(3));
    expect(calls('sessions.patch').map(({ key }) => key)).toEqual(['a', 'a', 'b']);
    const second = Promise.withResolvers<void>();
    held = second.promise;
    sessions.actions.rename('a', 'Still going');
    sessions.actions.rename('b', 'Never sent');
    await vi.waitFor(() => expect(calls('sessions.patch')).toHaveLength(4));
    sessions.show('elsewhere', main, main);
    second.resolve();
    sessions.actions.rename('a', 'Over there');
    await vi.waitFor(() => expect(calls('sessions.patch')).toHaveLength(5));
    expect(calls('sessions.patch').map(({ label }) => label)).toEqual([
      'First',
      undefined,
      undefined,
      'Still going',
      'Over there',
    ]);
  });

  it('leaves the session that it deletes', async () => {
    await connect();
    sessions.actions.open('b');
    sessions.actions.remove('b');
    expect(state().activeKey).toBe('a');
  });

  it('goes to the main session from the only one that a search has found', async () => {
    await connect();
    sessions.actions.open('b');
    sessions.actions.setQuery('tea');
    expect(keys()).toEqual(['b']);
    sessions.actions.remove('b');
    expect(state().activeKey).toBe(main);
  });
});
