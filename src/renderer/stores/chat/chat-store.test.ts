import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import { createChatPages } from '../../test-support/chat-pages.ts';
import type { FakeBridge } from '../../test-support/fake-bridge.ts';
import type { FakeClock } from '../../test-support/fake-clock.ts';
import type { FakeTransports } from '../../test-support/fake-transport.ts';
import type { MemoryStorage } from '../../test-support/memory-storage.ts';
import { localSnapshot, remoteSnapshot } from '../../test-support/snapshot.ts';
import { undoMs } from '../undo-times.ts';
import type { StoredChat } from './chat-storage.ts';
import type { ChatStore } from './chat-store.ts';
import type { OutboxItem } from './outbox.ts';

let pages: ReturnType<typeof createChatPages>;
let page: ReturnType<typeof pages.open>;
let fake: FakeBridge;
let net: FakeTransports;
let chat: ChatStore;
let storage: MemoryStorage;
let clock: FakeClock;

function open(first?: Snapshot, left?: StoredChat | null): void {
  page = pages.open(first, left);
  ({ fake, net, chat } = page);
}

const greet = (history?: Record<string, unknown>) => page.greet(history);

beforeEach(() => {
  pages = createChatPages();
  ({ storage, clock } = pages);
});

const sends = () =>
  net.connections.flatMap((connection) =>
    connection.requests.flatMap(({ method, params }) => (method === 'chat.send' ? [params] : [])),
  );

const stored = (text: string): OutboxItem => ({
  idempotencyKey: text,
  text,
  attachments: [],
  queueMode: null,
  createdAtMs: 1,
  delivery: 'waiting',
  error: null,
});

const write = (text: string) => {
  chat.actions.setDraft(text);
  chat.actions.submit();
};

const shown = () =>
  chat.store.getState().rows.map((row) => (row.kind === 'user' ? [row.text, row.delivery] : row.kind));

describe('connecting (R8)', () => {
  it('answers the challenge with the parameters the engine signed', async () => {
    open();
    await greet();
    expect(fake.asked).toContainEqual({
      method: 'webchat.connectParams',
      params: { generation: 1, transport: 'direct', nonce: 'nonce', ts: 5 },
    });
    expect(net.last().request('connect').params).toEqual({ minProtocol: 4, maxProtocol: 4 });
    expect(net.last().request('chat.history').params).toMatchObject({
      sessionKey: 'agent:main:main',
      maxChars: 500_000,
    });
    expect(net.last().requests.map(({ method }) => method)).toEqual([
      'connect',
      'sessions.subscribe',
      'exec.approval.list',
      'commands.list',
      'models.list',
      'sessions.messages.subscribe',
      'chat.history',
      'sessions.list',
    ]);
    expect(chat.store.getState().link).toEqual({ tag: 'open', transport: 'direct' });
  });

  it('goes through the engine where the Gateway refuses the page’s origin', async () => {
    open();
    net.last().challenge();
    await vi.waitFor(() => net.last().request('connect'));
    net.last().refuse('connect', {
      code: 'INVALID_REQUEST',
      message: 'origin not allowed',
      details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' },
    });
    await vi.waitFor(() => expect(net.last().transport).toBe('relay'));
    await greet();
    expect(chat.store.getState().link).toEqual({ tag: 'open', transport: 'relay' });
    expect(fake.asked.map(({ method }) => method)).not.toContain('webchat.refused');
  });

  it('tells the engine of a refusal, pauses, and tries again when asked', async () => {
    open();
    net.last().challenge();
    await vi.waitFor(() => net.last().request('connect'));
    net.last().refuse('connect', {
      code: 'NOT_PAIRED',
      message: 'pairing required',
      details: { code: 'PAIRING_REQUIRED', requestId: 'req-7' },
    });
    await vi.waitFor(() => expect(chat.store.getState().link.tag).toBe('refused'));
    expect(chat.store.getState().link).toMatchObject({
      error: { code: 'GATEWAY_PAIRING_REQUIRED', details: { requestId: 'req-7' } },
    });
    expect(fake.asked).toContainEqual({
      method: 'webchat.refused',
      params: { generation: 1, detailCode: 'PAIRING_REQUIRED' },
    });
    expect(net.connections).toHaveLength(1);
    chat.actions.retry();
    expect(net.connections).toHaveLength(2);
  });

  it('says why the last attempt failed and when the next one comes, until it is open', async () => {
    open();
    const refuse = async () => {
      net.last().challenge();
      await vi.waitFor(() => net.last().request('connect'));
      net.last().refuse('connect', { code: 'UNAVAILABLE', message: 'gateway starting', retryAfterMs: 9000 });
      await vi.waitFor(() => expect(chat.store.getState().link.tag).toBe('waiting'));
    };
    await refuse();
    expect(chat.store.getState().linkFailure).toMatchObject({
      error: { code: 'GATEWAY_REQUEST_FAILED', details: { reason: 'gateway starting' } },
      nextTryAtMs: clock.now() + 9000,
    });
    chat.actions.retry();
    await vi.waitFor(() => expect(net.connections).toHaveLength(2));
    net.last().drop();
    expect(chat.store.getState().linkFailure).toEqual({ error: null, nextTryAtMs: clock.now() + 400 });
    chat.actions.retry();
    await vi.waitFor(() => expect(net.connections).toHaveLength(3));
    await greet();
    expect(chat.store.getState().linkFailure).toBeNull();
  });

  it('gives a stale token one more try before it pauses', async () => {
    open();
    const refuse = async () => {
      const connection = net.last();
      connection.challenge();
      await vi.waitFor(() => connection.request('connect'));
      connection.refuse('connect', {
        code: 'INVALID_REQUEST',
        message: 'token mismatch',
        details: { code: 'AUTH_TOKEN_MISMATCH' },
      });
    };
    await refuse();
    await vi.waitFor(() => expect(net.connections).toHaveLength(2));
    await refuse();
    await vi.waitFor(() => expect(chat.store.getState().link.tag).toBe('refused'));
  });

  it('follows a new generation even where the address is the same', async () => {
    open();
    await greet();
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    expect(net.connections).toHaveLength(2);
    expect(net.connections[0]?.isOpen).toBe(false);
  });

  it('waits with new attempts until the engine is connected', async () => {
    open({ ...localSnapshot, connection: { tag: 'connecting', step: 'localGateway' } });
    expect(net.connections).toHaveLength(0);
    fake.show(localSnapshot);
    expect(net.connections).toHaveLength(1);
  });

  it('reads history again after a gap in the events', async () => {
    open();
    await greet();
    const before = net.last().requests.length;
    net.last().event('presence', {}, 1);
    net.last().event('presence', {}, 5);
    await vi.waitFor(() => expect(net.last().requests.length).toBeGreaterThan(before));
    const again = net.last().requests.slice(before);
    expect(again.map(({ method }) => method)).toEqual(['chat.history', 'sessions.list']);
  });
});

describe('messages are neither lost nor doubled (R8)', () => {
  it('paints at once, sends one after the other, and clears the draft', async () => {
    open();
    await greet();
    write('one');
    write('two');
    const atOnce = [
      ['one', 'waiting'],
      ['two', 'waiting'],
    ];
    expect(shown()).toEqual(atOnce);
    await vi.waitFor(() => expect(shown()[0]).toEqual(['one', 'sending']));
    expect(chat.store.getState().draft).toBe('');
    expect(sends()).toEqual([
      { sessionKey: 'agent:main:main', message: 'one', idempotencyKey: expect.any(String) },
    ]);
    net.last().reply('chat.send', { runId: 'x', status: 'started' });
    await vi.waitFor(() => expect(sends()).toHaveLength(2));
  });

  it('sends nothing that is not on the disk, what is written while another goes out neither', async () => {
    let onDisk = Promise.withResolvers<void>();
    storage.settled = () => onDisk.promise;
    open();
    await greet();
    write('one');
    onDisk.resolve();
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    onDisk = Promise.withResolvers<void>();
    write('two');
    net.last().reply('chat.send', { runId: 'x', status: 'started' });
    await vi.waitFor(() => expect(shown()[0]).toEqual(['one', 'accepted']));
    await new Promise((resolve) => setTimeout(resolve));
    expect(sends()).toHaveLength(1);
    onDisk.resolve();
    await vi.waitFor(() => expect(sends()).toHaveLength(2));
  });

  it('sends what was written offline, once, when the connection is there', async () => {
    open({ ...localSnapshot, connection: { tag: 'connecting', step: 'localGateway' } });
    write('offline');
    expect(shown()).toEqual([['offline', 'waiting']]);
    fake.show(localSnapshot);
    await greet();
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    net.last().reply('chat.send', { runId: 'x', status: 'started' });
    net.last().drop();
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    await greet({ inFlightRun: { runId: sends()[0]?.idempotencyKey, text: 'so far' } });
    expect(sends()).toHaveLength(1);
  });

  async function dropWhileSending(): Promise<string> {
    open();
    await greet();
    write('hello');
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    const key = String(sends()[0]?.idempotencyKey);
    net.last().drop();
    expect(shown()).toEqual([['hello', 'unconfirmed']]);
    await vi.waitFor(() => expect(net.connections).toHaveLength(2), 3000);
    return key;
  }

  it('sends an unanswered message again, under the same key, when history lacks it', async () => {
    const key = await dropWhileSending();
    await greet();
    await vi.waitFor(() => expect(sends()).toHaveLength(2));
    expect(sends()[1]?.idempotencyKey).toBe(key);
  });

  it('does not send it again when history has it', async () => {
    const key = await dropWhileSending();
    await greet({
      messages: [
        { role: 'user', content: 'hello', idempotencyKey: `${key}:user`, __openclaw: { id: 'r', seq: 1 } },
      ],
    });
    await vi.waitFor(() => expect(shown()).toEqual([['hello', null]]));
    expect(sends()).toHaveLength(1);
  });

  it('keeps what is not answered across a reload of the page', async () => {
    open();
    await greet();
    write('hello');
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    const key = sends()[0]?.idempotencyKey;
    chat.actions.setDraft('half a thou');
    chat.actions.stop();

    open();
    expect(chat.store.getState().draft).toBe('half a thou');
    expect(shown()).toEqual([['hello', 'unconfirmed']]);
    await greet();
    await vi.waitFor(() => expect(sends()).toEqual([expect.objectContaining({ idempotencyKey: key })]));
  });

  it('keeps a refused message with a reason, and sends it again on request', async () => {
    open();
    await greet();
    write('hello');
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    net.last().refuse('chat.send', { code: 'INVALID_REQUEST', message: 'attachment too large' });
    await vi.waitFor(() => expect(shown()).toEqual([['hello', 'failed']]));
    const row = chat.store.getState().rows[0];
    expect(row).toMatchObject({ error: { code: 'GATEWAY_REQUEST_FAILED' } });
    chat.actions.sendAgain('id-1');
    chat.actions.sendAgain(String(row?.kind === 'user' && row.sendId));
    await vi.waitFor(() => expect(sends()).toHaveLength(2));
    expect(sends()[0]?.idempotencyKey).toBe(sends()[1]?.idempotencyKey);
  });

  it('keeps the draft on a switch, and never sends a message to another Gateway', async () => {
    open({ ...localSnapshot, connection: { tag: 'connecting', step: 'localGateway' } });
    write('for the local one');
    chat.actions.setDraft('unsent');
    fake.show(remoteSnapshot);
    expect(shown()).toEqual([]);
    expect(chat.store.getState().draft).toBe('unsent');
    await greet();
    expect(sends()).toEqual([]);
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 3 } });
    await greet();
    chat.actions.setDraft('');
    fake.show(remoteSnapshot);
    // It went along, and is not in both.
    expect(chat.store.getState().draft).toBe('');
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 4 } });
    await greet();
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'for the local one' }]));
  });

  it.each([
    ['another port of the same host', remoteSnapshot, { gatewayKey: 'ssh:ada@studio#19001' }],
    ['the one that was there already', localSnapshot, { gatewayKey: 'local:attached' }],
  ])('never sends a message to %s', async (_, first, other) => {
    open({ ...first, endpoint: null });
    write('for this one');
    fake.show({ ...first, ...other, endpoint: { url: 'ws://127.0.0.1:18789', generation: 5 } });
    expect(shown()).toEqual([]);
    await greet();
    expect(sends()).toEqual([]);
    fake.show({ ...first, endpoint: { url: 'ws://127.0.0.1:18789', generation: 6 } });
    await greet();
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'for this one' }]));
  });

  describe('before anybody can say which Gateway it will be', () => {
    const first: Snapshot = {
      ...localSnapshot,
      connection: { tag: 'connecting', step: 'localGateway' },
      endpoint: null,
      gatewayKey: null,
      gateway: null,
    };
    const attached = { ...localSnapshot, gatewayKey: 'local:attached' };
    const untargeted: Snapshot = { ...remoteSnapshot, endpoint: null, gatewayKey: null, target: 'ada@' };

    it.each([
      ['Chela’s own', localSnapshot],
      ['the one that is there already', attached],
    ])('they wait for the first one, %s, and go out once', async (_, found) => {
      open(first);
      write('first words');
      chat.actions.setDraft('and the next');
      expect(shown()).toEqual([['first words', 'waiting']]);
      fake.show({ ...found, endpoint: null });
      expect(shown()).toEqual([['first words', 'waiting']]);
      expect(chat.store.getState().draft).toBe('and the next');
      fake.show(found);
      await greet();
      await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'first words' }]));
      net.last().reply('chat.send', { runId: sends()[0]?.idempotencyKey, status: 'ok' });
      await vi.waitFor(() => expect(storage.found().outboxes).toEqual({}));
      expect(storage.found().drafts).toMatchObject({ [`${found.gatewayKey}\nmain`]: 'and the next' });
      fake.show(found === attached ? { ...localSnapshot, endpoint: null } : { ...attached, endpoint: null });
      expect(chat.store.getState()).toMatchObject({ rows: [], elsewhere: [] });
    });

    it('they outlive the page, and come to the screen where another conversation was on it', async () => {
      storage.saveShown('local', 'agent:main:dashboard:one');
      storage.saveDraft('local\nmain', 'older');
      open(first);
      write('first words');
      chat.actions.setDraft('newer');
      chat.actions.stop();
      open();
      expect(shown()).toEqual([['first words', 'waiting']]);
      expect(chat.store.getState().draft).toBe('older\n\nnewer');
      await greet();
      await vi.waitFor(() => expect(sends()).toHaveLength(1));
    });

    it('they go to none of the other mode', async () => {
      open(untargeted);
      write('for the other computer');
      fake.show(localSnapshot);
      expect(shown()).toEqual([]);
      await greet();
      expect(sends()).toEqual([]);
      expect(chat.store.getState().elsewhere).toEqual([
        { scope: 'unknown:remote', delivery: 'waiting', count: 1 },
      ]);
      fake.show(remoteSnapshot);
      await greet();
      await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'for the other computer' }]));
    });
  });

  it('says what waits for another Gateway, and takes it into the field when asked', async () => {
    open({ ...localSnapshot, endpoint: null });
    write('one');
    write('two');
    const attached = { ...localSnapshot, gatewayKey: 'local:attached' };
    fake.show(attached);
    await greet();
    expect(chat.store.getState().elsewhere).toEqual([{ scope: 'local', delivery: 'waiting', count: 2 }]);
    chat.actions.setDraft('three');
    chat.actions.takeHere({ scope: 'local', delivery: 'waiting' });
    expect(chat.store.getState()).toMatchObject({ draft: 'one\n\ntwo\n\nthree', elsewhere: [] });
    expect(storage.found().outboxes).toEqual({});
    expect(sends()).toEqual([]);
    fake.show({ ...localSnapshot, endpoint: null });
    expect(shown()).toEqual([]);
  });

  it('a page that opens on one Gateway takes nothing along from another', () => {
    storage.saveDraft('local\nmain', 'for the local one');
    open({ ...remoteSnapshot, endpoint: null });
    expect(chat.store.getState().draft).toBe('');
    fake.show(localSnapshot);
    expect(chat.store.getState().draft).toBe('for the local one');
  });

  it('finds what was kept before ports of a host were told apart', () => {
    storage.saveDraft('remote:ada@studio\nmain', 'half a thought');
    open({ ...remoteSnapshot, endpoint: null });
    expect(chat.store.getState().draft).toBe('half a thought');
  });

  it('comes back to the conversation that was open, on each Gateway', () => {
    open();
    chat.actions.openSession('agent:main:dashboard:one');
    write('waits here');
    fake.show(remoteSnapshot);
    expect(chat.store.getState().sessionKey).toBe('agent:main:main');
    chat.actions.stop();

    open();
    expect(chat.store.getState().sessionKey).toBe('agent:main:dashboard:one');
    expect(shown()).toEqual([['waits here', 'waiting']]);
    fake.show(remoteSnapshot);
    expect(chat.store.getState().sessionKey).toBe('agent:main:main');
  });

  it('opens the main conversation from what is kept, before anybody names it', async () => {
    const message = { role: 'user', content: 'kept talk', __openclaw: { id: 'a', seq: 1 } };
    storage.saveTranscript('local\nmain', { sessionId: 's1', messages: [message], hasEarlier: false });
    storage.saveList('local', [{ key: 'agent:main:main', isMain: true, sessionId: 's1' }]);
    open({ ...localSnapshot, gateway: null, endpoint: null });
    await vi.waitFor(() => expect(chat.sessions.store.getState().items).toHaveLength(1));
    chat.actions.openSession('agent:main:dashboard:one');
    chat.actions.openSession('agent:main:main');
    await vi.waitFor(() => expect(shown()).toEqual([['kept talk', null]]));
  });

  it('shows the conversation that belongs to the mode', async () => {
    open();
    await greet({ messages: [{ role: 'user', content: 'local talk', __openclaw: { id: 'a', seq: 1 } }] });
    fake.show(remoteSnapshot);
    expect(shown()).toEqual([]);
    await greet({ messages: [{ role: 'user', content: 'remote talk', __openclaw: { id: 'b', seq: 1 } }] });
    await vi.waitFor(() => expect(shown()).toEqual([['remote talk', null]]));
    fake.show({ ...localSnapshot, endpoint: null });
    expect(shown()).toEqual([['local talk', null]]);
  });
});

describe('what waits for a person (R8)', () => {
  const ask = (id: string) =>
    net.last().event('exec.approval.requested', {
      id,
      createdAtMs: clock.now(),
      expiresAtMs: clock.now() + 60_000,
      request: { command: `rm ${id}` },
    });
  const waiting = () => chat.approvals.store.getState().pending.map(({ id }) => id);
  const refuseList = () =>
    net.last().refuse('exec.approval.list', { code: 'UNAVAILABLE', message: 'not now' });

  it('on one Gateway can’t be settled on another, which does not say what waits there', async () => {
    open();
    await greet();
    ask('a');
    expect(waiting()).toEqual(['a']);
    fake.show(remoteSnapshot);
    expect(waiting()).toEqual([]);
    await greet();
    refuseList();
    await chat.approvals.decide('a', 'allow-once');
    expect(net.last().requests.map(({ method }) => method)).not.toContain('exec.approval.resolve');
    expect(waiting()).toEqual([]);
  });

  it('stays where the same Gateway comes back and can’t list it', async () => {
    open();
    await greet();
    ask('a');
    net.last().drop();
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    await greet();
    refuseList();
    await vi.waitFor(() => expect(chat.approvals.store.getState().isConnected).toBe(true));
    expect(waiting()).toEqual(['a']);
  });
});

describe('a message in a conversation that waits to be reset (R8)', () => {
  const main = 'agent:main:main';
  const asked = () => net.last().requests.map(({ method }) => method);
  const resets = () => net.last().requests.filter(({ method }) => method === 'sessions.reset');
  const lists = () => net.last().requests.filter(({ method }) => method === 'sessions.list');

  const listMain = () =>
    net.last().reply('sessions.list', { sessions: [{ key: main, sessionId: 's1', updatedAt: 1 }] });

  async function resetAndWrite(): Promise<void> {
    open();
    await greet();
    listMain();
    await vi.waitFor(() => expect(chat.sessions.store.getState().active).not.toBeNull());
    chat.sessions.actions.reset(main);
    write('first words');
    await vi.waitFor(() => expect(resets()).toHaveLength(1));
  }

  it('goes out after the reset, which does not come again', async () => {
    await resetAndWrite();
    expect(sends()).toEqual([]);
    expect(chat.sessions.store.getState().removals).toEqual([]);
    net.last().reply('sessions.reset', { ok: true, key: main });
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'first words' }]));
    clock.advance(60_000);
    expect(resets()).toHaveLength(1);
    expect(asked().indexOf('sessions.reset')).toBeLessThan(asked().indexOf('chat.send'));
  });

  it('waits for a reset that is on its way already', async () => {
    open();
    await greet();
    chat.sessions.actions.reset(main);
    clock.advance(undoMs);
    await vi.waitFor(() => expect(resets()).toHaveLength(1));
    write('first words');
    await storage.settled();
    expect(sends()).toEqual([]);
    net.last().reply('sessions.reset', { ok: true, key: main });
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    expect(resets()).toHaveLength(1);
  });

  it('is kept with the reason where the reset is refused', async () => {
    await resetAndWrite();
    net.last().refuse('sessions.reset', { code: 'INVALID_REQUEST', message: 'missing scope' });
    await vi.waitFor(() => expect(shown()).toEqual([['first words', 'failed']]));
    expect(sends()).toEqual([]);
  });

  it('goes out after the reset on the next connection, where this one ends before the answer', async () => {
    await resetAndWrite();
    net.last().drop();
    expect(shown()).toEqual([['first words', 'waiting']]);
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    await greet();
    await vi.waitFor(() => expect(lists()).toHaveLength(2));
    expect(resets()).toEqual([]);
    listMain();
    await vi.waitFor(() => expect(resets()).toHaveLength(1));
    expect(sends()).toEqual([]);
    net.last().reply('sessions.reset', { ok: true, key: main });
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'first words' }]));
  });
});

describe('a message in a conversation that is deleted (R8)', () => {
  const other = 'agent:main:dashboard:other';
  const there = `local\n${other}`;

  async function openOther(): Promise<void> {
    open();
    await greet();
    net.last().reply('sessions.list', { sessions: [{ key: other, sessionId: 's2', updatedAt: 1 }] });
    await vi.waitFor(() => expect(chat.sessions.store.getState().items).toHaveLength(2));
    chat.actions.openSession(other);
  }

  async function readOther(): Promise<void> {
    await vi.waitFor(() =>
      expect(net.last().request('chat.history').params).toMatchObject({ sessionKey: other }),
    );
    net.last().reply('chat.history', { sessionId: 's2', messages: [], hasMore: false });
    await vi.waitFor(() => expect(chat.store.getState().isLoaded).toBe(true));
  }

  const asks = () => net.last().requests.filter(({ method }) => method === 'sessions.delete');

  async function deleteOther(): Promise<void> {
    chat.sessions.actions.remove(other);
    clock.advance(undoMs);
    await vi.waitFor(() => expect(asks()).toHaveLength(1));
  }

  it('waits for a delete that is under way, and goes out once it is done', async () => {
    await openOther();
    await readOther();
    await deleteOther();
    chat.actions.openSession(other);
    write('to be kept');
    await new Promise((done) => setTimeout(done));
    expect(sends()).toEqual([]);
    const reads = net.last().requests.length;
    net.last().reply('sessions.delete', { ok: true, deleted: true });
    await vi.waitFor(() =>
      expect(net.last().requests.slice(reads)).toContainEqual(
        expect.objectContaining({ method: 'chat.history' }),
      ),
    );
    expect(shown()).toEqual([['to be kept', 'waiting']]);
    await readOther();
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'to be kept', sessionKey: other }]));
  });

  it('does not bring it back: not what the Gateway had, nor what was answered', async () => {
    storage.saveOutbox(there, [], [stored('earlier')]);
    storage.saveShown('local', other);
    await openOther();
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'earlier' }]));
    net.last().reply('chat.send', { runId: 'earlier', status: 'ok' });
    await vi.waitFor(() => expect(storage.found().outboxes[there]).toBeUndefined());
    write('runs');
    await vi.waitFor(() => expect(sends()).toHaveLength(2));
    net.last().reply('chat.send', { runId: sends()[1]?.idempotencyKey, status: 'started' });
    await vi.waitFor(() => expect(shown()).toContainEqual(['runs', 'accepted']));
    await deleteOther();
    net.last().reply('sessions.delete', { ok: true, deleted: true });
    await vi.waitFor(() => expect(storage.found().outboxes[there]).toBeUndefined());
    chat.actions.openSession(other);
    expect(shown()).toEqual([]);
    await readOther();
    expect(sends()).toHaveLength(2);
  });
});

describe('an earlier message that is written again (R8)', () => {
  const other = 'agent:main:dashboard:other';
  const said = { role: 'user', content: 'one', __openclaw: { id: 'a', seq: 1 } };
  const draft = () => chat.store.getState().draft;

  async function rewriteBesideDrafts(): Promise<void> {
    open();
    await greet({ messages: [said] });
    chat.actions.openSession(other);
    chat.actions.setDraft('for the other');
    chat.actions.openSession('agent:main:main');
    chat.actions.setDraft('half a thought');
    const question = chat.store.getState().rows.find((row) => row.kind === 'user');
    if (question) chat.actions.rewrite(question);
    expect(draft()).toBe('one');
  }

  it('stays in its conversation, and every draft in its own, when another is opened', async () => {
    await rewriteBesideDrafts();
    chat.actions.setDraft('one, bet');
    chat.actions.openSession(other);
    expect(chat.store.getState()).toMatchObject({ draft: 'for the other', rewrite: null });
    chat.actions.openSession('agent:main:main');
    expect(chat.store.getState()).toMatchObject({ draft: 'one, bet', rewrite: { entryId: 'a' } });
    chat.actions.endRewrite();
    expect(chat.store.getState()).toMatchObject({ draft: 'half a thought', rewrite: null });
  });

  it('is refused where it was written, with its words, whatever is on the screen by then', async () => {
    await rewriteBesideDrafts();
    write('one, better');
    chat.actions.openSession(other);
    await vi.waitFor(() => net.last().request('sessions.rewind'));
    net.last().refuse('sessions.rewind', { code: 'UNAVAILABLE', message: 'the agent is working' });
    await vi.waitFor(() => expect(storage.found().rewrites['local\nmain']).toMatchObject({ asked: null }));
    expect(chat.store.getState()).toMatchObject({ draft: 'for the other', rewriteError: null });
    chat.actions.openSession('agent:main:main');
    expect(chat.store.getState()).toMatchObject({ draft: 'one, better', isRewinding: false });
    chat.actions.endRewrite();
    expect(draft()).toBe('half a thought');
  });
});

describe('a run', () => {
  const delta = (runId: string, seq: number, text: string) =>
    net.last().event('chat', {
      runId,
      sessionKey: 'agent:main:main',
      seq,
      state: 'delta',
      message: { role: 'assistant', content: [{ type: 'text', text }] },
    });

  it('that ended before an answer is asked for again as another message: under its key it would be the same', async () => {
    open();
    await greet();
    write('once more');
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    const runId = String(sends()[0]?.idempotencyKey);
    net.last().reply('chat.send', { runId, status: 'timeout', summary: 'aborted' });
    await vi.waitFor(() => expect(chat.store.getState().rows).toMatchObject([{ delivery: 'failed' }]));
    chat.actions.sendAgain(runId);
    await vi.waitFor(() => expect(sends()).toHaveLength(2));
    expect(sends()[1]).toMatchObject({ message: 'once more' });
    expect(sends()[1]?.idempotencyKey).not.toBe(runId);
    expect(chat.store.getState().rows).toMatchObject([{ text: 'once more', delivery: 'sending' }]);
  });

  it('can be stopped by its id until it has ended', async () => {
    open();
    await greet();
    write('slow');
    await vi.waitFor(() => expect(sends()).toHaveLength(1));
    const runId = String(sends()[0]?.idempotencyKey);
    net.last().reply('chat.send', { runId, status: 'started' });
    await vi.waitFor(() => expect(chat.store.getState().run).toEqual({ runId, stopAskedAtMs: null }));
    delta(runId, 1, 'part');
    chat.actions.stopRun('current');
    expect(net.last().request('chat.abort').params).toEqual({ sessionKey: 'agent:main:main', runId });
    expect(chat.store.getState().run?.stopAskedAtMs).not.toBeNull();
    net.last().event('chat', { runId, sessionKey: 'agent:main:main', seq: 2, state: 'aborted' });
    expect(chat.store.getState().run).toBeNull();
  });

  it('stops everything, queued runs too, when asked the harder way', async () => {
    open();
    await greet();
    delta('r1', 1, 'x');
    chat.actions.stopRun('everything');
    expect(net.last().request('chat.abort').params).toEqual({ sessionKey: 'agent:main:main' });
  });

  const aborts = () =>
    net.last().requests.flatMap(({ method, params }) => (method === 'chat.abort' ? [params] : []));
  const about = { sessionKey: 'agent:main:main', runId: 'r1' };

  it('has its own choice of what a message does to it: the next run and other conversations do not', async () => {
    open();
    await greet();
    const mode = () => chat.store.getState().queueMode;
    const other = 'agent:main:dashboard:other';
    delta('r1', 1, 'part');
    chat.actions.setQueueMode('interrupt');
    chat.actions.openSession(other);
    expect(mode()).toBe('steer');
    chat.actions.openSession('agent:main:main');
    expect(mode()).toBe('interrupt');
    write('now');
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'now', queueMode: 'interrupt' }]));
    const runId = String(sends()[0]?.idempotencyKey);
    net.last().reply('chat.send', { runId, status: 'started' });
    net.last().event('chat', { ...about, seq: 2, state: 'aborted' });
    await vi.waitFor(() => expect(chat.store.getState().run?.runId).toBe(runId));
    expect(mode()).toBe('steer');
    write('and this');
    await vi.waitFor(() => expect(sends()[1]).toMatchObject({ message: 'and this', queueMode: 'steer' }));
  });

  it('that was to stop while offline is stopped when the Gateway is there again', async () => {
    open();
    await greet();
    delta('r1', 1, 'part');
    net.last().drop();
    chat.actions.stopRun('current');
    clock.advance(20_000);
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    await greet({ inFlightRun: { runId: 'r1', text: 'part' } });
    await vi.waitFor(() => expect(aborts()).toEqual([about]));
    // It was told only now: the harder way is not offered yet.
    expect(chat.store.getState().run).toEqual({ runId: 'r1', stopAskedAtMs: clock.now() });
  });

  it('is asked again to stop where the connection ended before the answer, from another conversation too', async () => {
    open();
    await greet();
    delta('r1', 1, 'part');
    chat.actions.stopRun('everything');
    chat.actions.openSession('agent:main:dashboard:other');
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    const connection = net.last();
    connection.challenge();
    await vi.waitFor(() => connection.request('connect'));
    connection.reply('connect', { type: 'hello-ok', protocol: 4, policy: {} });
    await vi.waitFor(() =>
      expect(connection.request('chat.history').params).toMatchObject({ sessionKey: 'agent:main:main' }),
    );
    connection.reply('chat.history', {
      sessionId: 's1',
      messages: [],
      inFlightRun: { runId: 'r1', text: '' },
    });
    await vi.waitFor(() => expect(aborts()).toEqual([{ sessionKey: 'agent:main:main' }]));
  });

  it('that ended meanwhile is not stopped', async () => {
    open();
    await greet();
    delta('r1', 1, 'part');
    net.last().drop();
    chat.actions.stopRun('current');
    fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
    await greet();
    await vi.waitFor(() => expect(chat.store.getState().run).toBeNull());
    expect(aborts()).toEqual([]);
  });

  it('that the Gateway refuses to stop goes on, with the reason', async () => {
    open();
    await greet();
    delta('r1', 1, 'part');
    chat.actions.stopRun('current');
    net.last().refuse('chat.abort', {
      code: 'FORBIDDEN',
      message: 'missing scope: operator.admin',
      details: { code: 'MISSING_SCOPE', missingScope: 'operator.admin' },
    });
    await vi.waitFor(() =>
      expect(chat.store.getState()).toMatchObject({
        run: { runId: 'r1', stopAskedAtMs: null },
        stopError: { code: 'GATEWAY_SCOPE_MISSING', details: { scope: 'operator.admin' } },
      }),
    );
    chat.actions.stopRun('current');
    expect(chat.store.getState().stopError).toBeNull();
  });

  it('is announced once when it ends', async () => {
    open();
    await greet();
    const heard: unknown[] = [];
    chat.store.subscribe((state, before) => {
      if (state.announcement !== before.announcement) heard.push(state.announcement);
    });
    delta('r1', 1, 'The answer');
    const final = {
      runId: 'r1',
      sessionKey: 'agent:main:main',
      seq: 2,
      state: 'final',
      message: { role: 'assistant', content: 'The answer.' },
    };
    net.last().event('chat', final);
    net.last().event('chat', final);
    expect(heard).toEqual([{ runId: 'r1', kind: 'finished', text: 'The answer.', nth: 1 }]);
  });

  it('is the same one with every word, so that what shows it is not drawn again', async () => {
    open();
    await greet();
    delta('r1', 1, 'x');
    const before = chat.store.getState().run;
    expect(before).toMatchObject({ runId: 'r1' });
    delta('r1', 2, 'x y');
    expect(chat.store.getState().run).toBe(before);
    chat.actions.stopRun('current');
    expect(chat.store.getState().run?.stopAskedAtMs).not.toBeNull();
  });

  it('leaves rows alone that did not change, so that they are not drawn again', async () => {
    open();
    await greet({ messages: [{ role: 'user', content: 'old', __openclaw: { id: 'a', seq: 1 } }] });
    const [before] = chat.store.getState().rows;
    delta('r1', 1, 'x');
    expect(chat.store.getState().rows[0]).toBe(before);
  });
});

describe('what another page leaves that is closed (R8)', () => {
  it('goes on here: words go out once, what may have arrived is looked for first, a draft comes after what is here', async () => {
    open();
    await greet();
    chat.actions.setDraft('mine');
    const reads = () => net.last().requests.filter(({ method }) => method === 'chat.history').length;
    storage.leave({
      drafts: { 'local\nmain': 'theirs' },
      outboxes: {
        'local\nmain': [{ ...stored('arrived'), delivery: 'unconfirmed' }, stored('new')],
        'local:attached\nmain': [stored('for another Gateway')],
      },
    });
    expect(chat.store.getState().draft).toBe('mine\n\ntheirs');
    expect(chat.store.getState().elsewhere).toEqual([
      { scope: 'local:attached', delivery: 'waiting', count: 1 },
    ]);
    expect(reads()).toBe(2);
    expect(sends()).toEqual([]);
    const arrived = { role: 'user', content: 'arrived', idempotencyKey: 'arrived:user' };
    net.last().reply('chat.history', {
      sessionId: 's1',
      messages: [{ ...arrived, __openclaw: { id: 'a', seq: 1 } }],
    });
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'new' }]));
  });

  it('is found by a page that showed something else first, once it shows the chat', async () => {
    storage.saveDraft('local\nmain', 'half a thought');
    storage.saveOutbox('local\nagent:main:dashboard:one', [], [stored('waits')]);
    storage.saveShown('local', 'agent:main:dashboard:one');
    open(localSnapshot, null);
    await vi.waitFor(() => expect(shown()).toEqual([['waits', 'waiting']]));
    expect(storage.found().shown).toEqual({ local: 'agent:main:dashboard:one' });
    chat.actions.openSession('agent:main:main');
    expect(chat.store.getState().draft).toBe('half a thought');
  });

  it('keeps what was written before it was found in view, and sends it where the page is', async () => {
    storage.saveDraft('remote:ada@studio\nmain', 'before');
    open(remoteSnapshot, null);
    chat.actions.setDraft('sent at once');
    chat.actions.submit();
    chat.actions.setDraft('and more');
    await vi.waitFor(() => expect(chat.store.getState().draft).toBe('and more\n\nbefore'));
    await greet();
    await vi.waitFor(() => expect(sends()).toMatchObject([{ message: 'sent at once' }]));
  });
});

describe('files of an answer (R8)', () => {
  const reads = () => net.last().requests.filter(({ method }) => method === 'chat.history').length;
  const answered = (content: unknown[]) => [
    {
      role: 'user',
      content: 'draw',
      timestamp: 1,
      idempotencyKey: 'r1:user',
      __openclaw: { id: 'm1', seq: 1 },
    },
    { role: 'assistant', content, timestamp: 2, __openclaw: { id: 'm2', seq: 2, runId: 'r1' } },
  ];
  const text = { type: 'text', text: 'Here.' };

  it('come after its end without a word: they are looked for until they are there', async () => {
    open();
    await greet();
    const about = { runId: 'r1', sessionKey: 'agent:main:main' };
    const connection = net.last();
    connection.event('agent', { ...about, stream: 'assistant', data: { mediaUrls: ['chart.png'] } });
    connection.event('chat', {
      ...about,
      seq: 2,
      state: 'final',
      message: { role: 'assistant', content: [text] },
    });
    expect(reads()).toBe(1);
    for (const [waitMs, content] of [
      [300, [text]],
      [700, [text, { type: 'image', artifactId: 'a1', alt: 'chart.png', mimeType: 'image/png' }]],
    ] as const) {
      const before = reads();
      clock.advance(waitMs);
      await vi.waitFor(() => expect(reads()).toBe(before + 1));
      connection.reply('chat.history', { sessionId: 's1', messages: answered([...content]) });
      await vi.waitFor(() => expect(chat.store.getState().rows).toHaveLength(2));
    }
    await vi.waitFor(() =>
      expect(chat.store.getState().rows.at(-1)).toMatchObject({
        segments: [{ kind: 'text' }, { kind: 'artifact', artifact: { name: 'chart.png' } }],
      }),
    );
    clock.advance(20_000);
    expect(reads()).toBe(3);
  });

  it('of tools as well, which only their sender hears of: what is there is not looked for again', async () => {
    open();
    await greet();
    const about = { runId: 'r1', sessionKey: 'agent:main:main' };
    const connection = net.last();
    const data = { phase: 'result', toolCallId: 'call-1', name: 'ls', result: { content: [text] } };
    connection.event('agent', { ...about, stream: 'tool', data });
    clock.advance(20_000);
    expect(reads()).toBe(1);
    connection.event('chat', {
      ...about,
      seq: 2,
      state: 'aborted',
      message: { role: 'assistant', content: [text] },
    });
    clock.advance(300);
    await vi.waitFor(() => expect(reads()).toBe(2));
    const call = { type: 'toolCall', id: 'call-1', name: 'ls' };
    const result = { role: 'toolResult', toolCallId: 'call-1', content: [text], timestamp: 3 };
    const messages = [...answered([call]), { ...result, __openclaw: { id: 'm3', seq: 3, runId: 'r1' } }];
    connection.reply('chat.history', { sessionId: 's1', messages });
    await vi.waitFor(() =>
      expect(chat.store.getState().rows.at(-1)).toMatchObject({
        segments: [{ kind: 'tool', tool: { detail: { output: 'Here.' } } }, { kind: 'text' }],
      }),
    );
    clock.advance(20_000);
    expect(reads()).toBe(2);
  });
});
