// jsdom's blobs can't be copied into a database.
// @vitest-environment node
import 'fake-indexeddb/auto';
import { afterAll, expect, it, vi } from 'vitest';
import { createFakeLocks } from '../../test-support/fake-locks.ts';
import { type PendingRemoval, sessionItem } from '../sessions/session-rows.ts';
import { openDatabase, readKept, removeKept } from './chat-database.ts';
import { createChatStorage, type Rewrite, type StoredChat } from './chat-storage.ts';
import type { OutboxItem } from './outbox.ts';
import { createPages } from './pages.ts';

let pages = 0;
/** A page's storage; the same name is the same browser profile after a restart. */
const open = (name = `profile-${++pages}`) => {
  const alone = createPages({ id: `page-${++pages}`, locks: null, channel: null });
  return { name, storage: createChatStorage(openDatabase(name), () => ++pages, alone) };
};

const channels: BroadcastChannel[] = [];
afterAll(() => {
  for (const channel of channels) channel.close();
});

/** Pages of one browser, open beside each other. */
function openBrowser() {
  const profile = `profile-${++pages}`;
  const locks = createFakeLocks();
  return {
    openPage() {
      const id = `page-${++pages}`;
      const left: StoredChat[] = [];
      const { manager, close } = locks.page();
      const channel = new BroadcastChannel(profile);
      channels.push(channel);
      const storage = createChatStorage(
        openDatabase(profile),
        () => ++pages,
        createPages({ id, locks: manager, channel }),
      );
      storage.onDidLeave((found) => left.push(found));
      return {
        storage,
        left,
        close() {
          channel.close();
          close();
        },
      };
    },
  };
}

const item = (idempotencyKey: string, createdAtMs: number, delivery: OutboxItem['delivery']): OutboxItem => ({
  idempotencyKey,
  text: `text of ${idempotencyKey}`,
  attachments: [{ type: 'file', mimeType: 'text/plain', fileName: 'a.txt', content: 'YQ==' }],
  queueMode: 'followup',
  createdAtMs,
  delivery,
  error: null,
});

it('R8: unanswered messages and drafts outlive the page, in order, with what was in doubt marked so', async () => {
  const { name, storage } = open();
  const [second, first, gone] = [item('b', 2, 'waiting'), item('a', 1, 'sending'), item('c', 3, 'waiting')];
  storage.saveOutbox('local\nmain', [], [second, first, gone]);
  storage.saveOutbox('local\nmain', [second, first, gone], [second, first]);
  storage.saveOutbox('remote:studio\nmain', [], [item('d', 4, 'failed')]);
  storage.saveDraft('local\nmain', 'half a thou');
  storage.saveDraft('local\nother', 'x');
  storage.saveDraft('local\nother', '');
  storage.saveShown('local', 'other');
  await storage.settled();

  const next = await open(name).storage.load();
  expect(next.drafts).toEqual({ 'local\nmain': 'half a thou' });
  expect(next.shown).toEqual({ local: 'other' });
  expect(next.outboxes['local\nmain']).toEqual([{ ...first, delivery: 'unconfirmed' }, second]);
  expect(next.outboxes['remote:studio\nmain']).toMatchObject([{ delivery: 'failed' }]);
});

const file = (id: string, blob: Blob | null = new Blob([`bytes of ${id}`])) => ({
  id,
  name: `${id}.txt`,
  mimeType: 'text/plain',
  bytes: blob?.size ?? 5,
  blob,
});

it('R8: files of a draft outlive the page, in order, until they are removed', async () => {
  const { name, storage } = open();
  const [first, second, gone] = [file('b'), file('a'), file('c')];
  storage.saveDraftFiles('local\nmain', [], [first, gone]);
  storage.saveDraftFiles('local\nmain', [first, gone], [first, second]);
  storage.saveDraftFiles('local\nother', [], [first]);
  storage.forget('local\nother');
  await storage.settled();

  const next = await open(name).storage.load();
  expect(Object.keys(next.draftFiles)).toEqual(['local\nmain']);
  const found = next.draftFiles['local\nmain'] ?? [];
  expect(found.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(found[0]).toMatchObject({ name: 'b.txt', mimeType: 'text/plain', bytes: 10 });
  expect(await found[0]?.blob?.text()).toBe('bytes of b');
});

it('R8: of a file whose bytes are too many, or can’t be kept, the next page knows that it was there', async () => {
  const { name, storage } = open();
  const unreadable = new Proxy(new Blob(['x']), {});
  storage.saveDraftFiles(
    'local\nmain',
    [],
    [{ ...file('big'), bytes: 40 * 1_048_576 }, file('bad', unreadable)],
  );
  await storage.settled();
  const { draftFiles } = await open(name).storage.load();
  expect(draftFiles['local\nmain']).toMatchObject([
    { id: 'big', blob: null },
    { id: 'bad', blob: null },
  ]);
});

const picture = (content: string, mimeType = 'image/png'): OutboxItem['attachments'][number] => ({
  type: 'image',
  mimeType,
  fileName: 'a.png',
  content,
});

it('R8: pictures of a message that was sent outlive the page, the newest so many, until its conversation goes', async () => {
  const { name, storage } = open();
  const large = 'A'.repeat(30 * 1_048_576);
  storage.savePictures('local\nmain', { idempotencyKey: 'a', attachments: [picture(large)] });
  storage.savePictures('local\nmain', { idempotencyKey: 'b', attachments: [picture(large)] });
  const mixed = [picture('YQ=='), picture('YQ==', 'image/svg+xml'), picture('YQ==', 'text/plain')];
  storage.savePictures('local\nother', { idempotencyKey: 'c', attachments: mixed });
  await storage.settled();
  const next = open(name).storage;
  expect(await next.readPictures('c')).toEqual([picture('YQ==')]);
  expect(await next.readPictures('a')).toHaveLength(1);

  next.savePictures('local\nmain', { idempotencyKey: 'd', attachments: [picture(large)] });
  next.forget('local\nother');
  await next.settled();
  expect(await next.readPictures('a')).toEqual([]);
  expect(await next.readPictures('b')).toHaveLength(1);
  expect(await next.readPictures('c')).toEqual([]);
});

it('R8: a message that was kept whole is not replaced by less of it', async () => {
  const { storage } = open();
  const place = 'local\nmain';
  const whole = { role: 'user', content: 'all of it', __openclaw: { id: 'a', seq: 1 } };
  const omitted = {
    ...whole,
    content: '',
    __openclaw: { id: 'a', seq: 1, truncated: true, reason: 'oversized' },
  };
  const next = { role: 'user', content: 'next', __openclaw: { id: 'b', seq: 2 } };
  const kept = { sessionId: 's1', messages: [whole], hasEarlier: false };
  storage.saveTranscript(place, kept);
  storage.saveTranscript(place, { ...kept, messages: [omitted, next] });
  await storage.settled();
  expect(await storage.readTranscript(place)).toMatchObject({ messages: [whole, next] });
  storage.saveTranscript(place, { ...kept, sessionId: 's2', messages: [omitted] });
  await storage.settled();
  expect(await storage.readTranscript(place)).toMatchObject({ messages: [omitted] });
});

it('R8: keeps the transcripts that were seen last, and only so many', async () => {
  const { storage } = open();
  const transcript = (text: string) => ({ sessionId: 's', messages: [{ text }], hasEarlier: true });
  for (let at = 0; at < 52; at += 1) storage.saveTranscript(`local\n${at}`, transcript(`${at}`));
  await storage.settled();
  expect(await storage.readTranscript('local\n0')).toBeNull();
  expect(await storage.readTranscript('local\n1')).toBeNull();
  expect(await storage.readTranscript('local\n51')).toMatchObject(transcript('51'));
  storage.saveTranscript('local\n7', transcript('7, seen again'));
  await storage.settled();
  const places = await storage.transcriptPlaces();
  expect([places.length, ...places.slice(0, 3)]).toEqual([50, 'local\n7', 'local\n51', 'local\n50']);
  storage.forget('local\n51');
  await storage.settled();
  expect(await storage.readTranscript('local\n51')).toBeNull();
});

it('R8: what was kept at another address is taken in beside what is here, once, and is gone there', async () => {
  const there = open();
  there.storage.saveOutbox('local\nmain', [], [item('b', 2, 'waiting')]);
  there.storage.saveDraft('local\nmain', 'half there');
  const file = { id: 'f', name: 'a.txt', mimeType: 'text/plain', bytes: 1, blob: new Blob(['a']) };
  there.storage.saveDraftFiles('local\nmain', [], [file]);
  there.storage.savePictures('local\nmain', {
    idempotencyKey: 'p',
    attachments: [{ type: 'image', mimeType: 'image/png', fileName: 'p.png', content: 'AA==' }],
  });
  await there.storage.settled();
  const database = await openDatabase(there.name);
  const kept = await readKept(database);

  const { name, storage } = open();
  storage.saveOutbox('local\nmain', [], [item('a', 1, 'waiting')]);
  storage.saveDraft('local\nmain', 'half here');
  const left: StoredChat[] = [];
  storage.onDidLeave((found) => left.push(found));
  expect(await storage.takeIn(kept)).toBe(true);
  await vi.waitFor(() => expect(left).toHaveLength(1));
  expect(left[0]).toMatchObject({
    outboxes: { 'local\nmain': [item('b', 2, 'waiting')] },
    drafts: { 'local\nmain': 'half there' },
    draftFiles: { 'local\nmain': [{ id: 'f', name: 'a.txt' }] },
  });
  expect(await storage.readPictures('p')).toMatchObject([{ fileName: 'p.png' }]);

  // The other side crashed before it could forget: the message that is here already is not another one.
  expect(await storage.takeIn({ outbox: kept.outbox ?? [] })).toBe(true);
  await vi.waitFor(() => expect(left).toHaveLength(2));
  expect(left[1]?.outboxes).toEqual({});
  const next = await open(name).storage.load();
  expect(next.outboxes['local\nmain']).toEqual([item('a', 1, 'waiting'), item('b', 2, 'waiting')]);

  await removeKept(database, kept);
  expect(await readKept(database)).toEqual({});
});

const rewrite = (text: string): Rewrite => ({
  kind: 'edit',
  idempotencyKey: `key of ${text}`,
  entryId: 'a',
  fileNames: ['a.txt'],
  text,
  asked: text,
  formerLeafId: 'b',
});

it('R8: an earlier message that is written again outlives the page, beside the draft, until it is over', async () => {
  const { name, storage } = open();
  storage.saveDraft('local\nmain', 'half a thought');
  storage.saveRewrite('local\nmain', rewrite('one, better'));
  storage.saveRewrite('local\nother', rewrite('x'));
  storage.saveRewrite('local\nother', null);
  storage.saveRewrite('local\nold', rewrite('of a deleted one'));
  storage.forget('local\nold');
  await storage.settled();
  const next = await open(name).storage.load();
  expect(next.rewrites).toEqual({ 'local\nmain': rewrite('one, better') });
  expect(next.drafts).toEqual({ 'local\nmain': 'half a thought' });
});

it('R8: of two pages that wrote a message again there, one goes on, and the words of the other are a draft', async () => {
  const browser = openBrowser();
  const [first, second] = [browser.openPage(), browser.openPage()];
  await first.storage.load();
  await second.storage.load();
  first.storage.saveRewrite('local\nmain', rewrite('of the first'));
  second.storage.saveRewrite('local\nmain', rewrite('of the second'));
  await Promise.all([first.storage.settled(), second.storage.settled()]);
  first.close();
  await vi.waitFor(() => expect(second.left).toMatchObject([{ rewrites: {} }]));
  expect(second.left[0]?.drafts).toEqual({ 'local\nmain': 'of the first' });
  second.close();
  const next = await browser.openPage().storage.load();
  expect(next.rewrites).toEqual({ 'local\nmain': rewrite('of the second') });
  expect(next.drafts).toEqual({ 'local\nmain': 'of the first' });
});

const removal = (key: string, askedAtMs: number): PendingRemoval => ({
  item: sessionItem(
    { key, sessionId: 's' },
    { query: '', showsArchived: false, activeKey: '', unseen: new Set(), hits: new Map() },
  ),
  kind: 'delete',
  askedAtMs,
});

it('R8: what was to be deleted goes to one page that comes, unless it was taken back or waits there too', async () => {
  const browser = openBrowser();
  const [first, second, third] = [browser.openPage(), browser.openPage(), browser.openPage()];
  for (const { storage } of [first, second, third]) await storage.load();
  first.storage.saveRemoval('local\na', removal('a', 1));
  first.storage.saveRemoval('local\nb', removal('b', 2));
  first.storage.saveRemoval('local\nc', removal('c', 3));
  first.storage.saveRemoval('local\nc', null);
  for (const { storage } of [second, third]) storage.saveRemoval('local\nb', removal('b', 4));
  await Promise.all([first, second, third].map(({ storage }) => storage.settled()));
  first.close();
  await vi.waitFor(() => expect([...second.left, ...third.left]).toHaveLength(2));
  const taken = [...second.left, ...third.left].flatMap(({ removals }) => Object.entries(removals));
  expect(taken).toEqual([['local\na', removal('a', 1)]]);

  second.close();
  third.close();
  const next = await browser.openPage().storage.load();
  expect(next.removals).toEqual({ 'local\na': removal('a', 1), 'local\nb': removal('b', 4) });
});

it('R8: a message that the disk does not take is told of, and written with the next one that it takes', async () => {
  const { name, storage } = open();
  const told: boolean[] = [];
  storage.onDidKeep((isKept) => told.push(isKept));
  const [first, second] = [item('a', 1, 'waiting'), item('b', 2, 'waiting')];
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  storage.saveOutbox('local\nmain', [], [first]);
  await storage.settled();
  expect(told).toEqual([false]);
  put.mockRestore();
  storage.saveOutbox('local\nmain', [first], [first, second]);
  await storage.settled();
  expect(told).toEqual([false, true]);
  const { outboxes } = await open(name).storage.load();
  expect(outboxes['local\nmain']).toEqual([first, second]);
});

it('R8: a browser without a database costs only what it would have kept', async () => {
  const { indexedDB } = globalThis;
  Reflect.set(globalThis, 'indexedDB', {
    open: () => {
      throw new Error('forbidden');
    },
  });
  const { storage } = open();
  Reflect.set(globalThis, 'indexedDB', indexedDB);
  storage.saveDraft('local\nmain', 'x');
  await storage.settled();
  expect(await storage.load()).toEqual({
    isKept: false,
    drafts: {},
    draftFiles: {},
    rewrites: {},
    outboxes: {},
    removals: {},
    shown: {},
  });
  expect(await storage.readList('local')).toEqual([]);
});

it('R8: what nobody has seen is kept for each Gateway, also in a database of the version before', async () => {
  const { name, storage } = open();
  storage.saveUnseen('local', 'a', true);
  storage.saveUnseen('local', 'b', true);
  storage.saveUnseen('local:attached', 'c', true);
  storage.saveUnseen('local', 'a', false);
  await storage.settled();
  expect(await open(name).storage.readUnseen('local')).toEqual(['b']);

  const older = `profile-${++pages}`;
  const asked = indexedDB.open(older, 5);
  const stores = ['outbox', 'drafts', 'transcripts', 'lists', 'shown', 'draftFiles', 'pictures', 'rewrites'];
  asked.onupgradeneeded = () => stores.map((store) => asked.result.createObjectStore(store));
  await new Promise((resolve) => asked.addEventListener('success', resolve));
  asked.result.close();
  const upgraded = open(older).storage;
  upgraded.saveUnseen('local', 'a', true);
  await upgraded.settled();
  expect(await upgraded.readUnseen('local')).toEqual(['a']);
});

it('R8: a database that an older page does not let go of is done without', async () => {
  const name = `profile-${++pages}`;
  const asked = indexedDB.open(name, 2);
  await new Promise((resolve) => asked.addEventListener('success', resolve));
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const { storage } = open(name);
  const loaded = storage.load();
  await vi.advanceTimersByTimeAsync(3000);
  vi.useRealTimers();
  expect((await loaded).isKept).toBe(false);
  asked.result.close();
});

it('R8: of two open pages each has its own words, and one of them gets what a closed one leaves', async () => {
  const browser = openBrowser();
  const [first, second] = [browser.openPage(), browser.openPage()];
  await first.storage.load();
  await second.storage.load();
  first.storage.saveOutbox('local\nmain', [], [item('a', 1, 'sending')]);
  first.storage.saveDraft('local\nmain', 'of the first');
  first.storage.saveDraftFiles('local\nmain', [], [file('f')]);
  second.storage.saveDraft('local\nmain', 'of the second');
  await Promise.all([first.storage.settled(), second.storage.settled()]);

  const third = browser.openPage();
  expect(await third.storage.load()).toMatchObject({ outboxes: {}, drafts: {}, draftFiles: {} });
  first.close();
  await vi.waitFor(() => expect([...second.left, ...third.left]).toHaveLength(2));
  const found = [...second.left, ...third.left].filter(({ drafts }) => Object.keys(drafts).length > 0);
  expect(found).toEqual([
    expect.objectContaining({
      drafts: { 'local\nmain': 'of the first' },
      draftFiles: { 'local\nmain': [expect.objectContaining({ id: 'f' })] },
      outboxes: { 'local\nmain': [item('a', 1, 'unconfirmed')] },
    }),
  ]);

  second.close();
  third.close();
  const next = await browser.openPage().storage.load();
  expect((next.drafts['local\nmain'] ?? '').split('\n\n').sort()).toEqual(['of the first', 'of the second']);
  expect(next.outboxes['local\nmain']).toHaveLength(1);
});

it('R8: a page that forgets a conversation leaves the draft of another one there alone', async () => {
  const browser = openBrowser();
  const [first, second] = [browser.openPage(), browser.openPage()];
  await first.storage.load();
  await second.storage.load();
  first.storage.saveDraft('local\nold', 'kept');
  first.storage.saveDraftFiles('local\nold', [], [file('f')]);
  await first.storage.settled();
  second.storage.forget('local\nold');
  await second.storage.settled();
  second.close();
  first.close();
  const { drafts, draftFiles } = await browser.openPage().storage.load();
  expect(drafts).toEqual({ 'local\nold': 'kept' });
  expect(draftFiles['local\nold']).toHaveLength(1);
});
