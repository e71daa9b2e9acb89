import { readFileSync } from 'node:fs';
import * as schemas from '@openclaw/gateway-protocol/schema';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningGateway } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { type EventFrame, isEvent, type TestClient } from '../test-support/wire-client.ts';

const fixture = createFixture();
let gateway: RunningGateway;
let client: TestClient;
beforeEach(async () => {
  gateway = await fixture.start();
  client = await fixture.connect(gateway);
});
afterEach(() => fixture.cleanUp());

async function say(sessionKey: string, message: string, runId = `${sessionKey}-${message}`): Promise<void> {
  await client.call('chat.send', { sessionKey, message, idempotencyKey: runId });
  await client.next(isEvent('chat', (payload) => payload.runId === runId && payload.state === 'final'));
}

const keysOf = (list: Record<string, unknown>) => (list.sessions as { key: string }[]).map(({ key }) => key);

describe('sessions.list', () => {
  it('is empty at first', async () => {
    expect(await client.call('sessions.list', { limit: 20 })).toMatchObject({
      ts: expect.any(Number),
      path: expect.stringContaining('gateway.sqlite'),
      count: 0,
      totalCount: 0,
      limitApplied: 20,
      nextOffset: null,
      hasMore: false,
      owners: [],
      sessions: [],
    });
  });

  it('puts the newest change first, pages and searches', async () => {
    await say('one', '/help');
    await say('two', '/status');
    await say('main', 'find the needle');
    expect(keysOf(await client.call('sessions.list', {}))).toEqual([
      'agent:main:main',
      'agent:main:two',
      'agent:main:one',
    ]);
    const page = await client.call('sessions.list', { limit: 2 });
    expect(page).toMatchObject({ count: 2, totalCount: 3, hasMore: true, nextOffset: 2 });
    expect(keysOf(await client.call('sessions.list', { limit: 2, offset: 2 }))).toEqual(['agent:main:one']);
    expect(keysOf(await client.call('sessions.list', { search: 'NEEDLE' }))).toEqual(['agent:main:main']);
    expect(keysOf(await client.call('sessions.list', { agentId: 'nope' }))).toEqual([]);
    expect(keysOf(await client.call('sessions.list', { archived: true }))).toEqual([]);
    expect(keysOf(await client.call('sessions.list', { activeMinutes: 1 }))).toHaveLength(3);
  });

  it('adds titles and previews when asked', async () => {
    await say('main', 'first\n question');
    const { sessions } = await client.call('sessions.list', {
      includeDerivedTitles: true,
      includeLastMessage: true,
    });
    expect(sessions).toMatchObject([
      {
        key: 'agent:main:main',
        derivedTitle: 'first question',
        lastMessagePreview: expect.stringContaining('No language model'),
        sessionId: expect.any(String),
        createdAt: expect.any(Number),
        updatedAt: expect.any(Number),
        status: 'done',
      },
    ]);
  });

  it('survives a restart with the same session id', async () => {
    const stateDir = await fixture.stateDir();
    const ids: unknown[] = [];
    for (const runId of ['k1', 'k2']) {
      const running = await fixture.start({ stateDir });
      client = await fixture.connect(running);
      await say('main', '/help', runId);
      ids.push((await client.call('chat.history', { sessionKey: 'main' })).sessionId);
      await running.stop();
    }
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('subscriptions', () => {
  const messagesOf = (listener: TestClient) => listener.frames.filter(isEvent('session.message')).length;

  it('bring nothing before they are made', async () => {
    await say('main', '/help');
    await client.call('health');
    expect(messagesOf(client)).toBe(0);
    expect(client.frames.some(isEvent('sessions.changed'))).toBe(false);
  });

  it('to one session bring its messages, under any name of it', async () => {
    const subscribed = { subscribed: true, key: 'agent:main:main' };
    expect(await client.call('sessions.messages.subscribe', { key: 'MAIN' })).toEqual(subscribed);
    await say('other', '/help');
    expect(messagesOf(client)).toBe(0);
    await say('main', '/help');
    expect(messagesOf(client)).toBe(2);
    expect(await client.call('sessions.messages.unsubscribe', { key: 'main' })).toEqual({
      ...subscribed,
      subscribed: false,
    });
    await say('main', '/status');
    expect(messagesOf(client)).toBe(2);
  });

  it('to all sessions bring changes and messages', async () => {
    expect(await client.call('sessions.subscribe', {})).toEqual({ subscribed: true });
    expect(await client.call('sessions.subscribe', { limit: 5 })).toMatchObject({
      subscribed: true,
      list: { sessions: [] },
    });
    await say('main', '/help');
    await client.next(isEvent('sessions.changed', ({ reason }) => reason === 'agent.input.settled'));
    expect(messagesOf(client)).toBe(2);
  });
});

describe('status, presence and health', () => {
  it('status has the lists that the CLI needs', async () => {
    await say('main', '/help');
    expect(await client.call('status', { includeChannelSummary: false })).toMatchObject({
      runtimeVersion: '0.1.0',
      channelSummary: [],
      sessions: {
        count: 1,
        recent: [{ key: 'agent:main:main' }],
        byAgent: [{ agentId: 'main', count: 1 }],
      },
      pid: process.pid,
    });
  });

  it('presence is a list, and remembers who left', async () => {
    const guest = await fixture.connect(gateway, {
      id: 'test',
      mode: 'test',
      displayName: 'Guest',
      scopes: [],
    });
    const arrived = await client.next<EventFrame>(
      isEvent('presence', ({ presence }) => JSON.stringify(presence).includes('Guest')),
    );
    expect(arrived.stateVersion).toMatchObject({ health: 1 });
    guest.close();
    await client.next(isEvent('presence', ({ presence }) => JSON.stringify(presence).includes('disconnect')));
    expect(await client.call('system-presence')).toMatchObject([
      { mode: 'gateway', reason: 'self' },
      { host: 'Guest', mode: 'test', reason: 'disconnect', onlineSince: expect.any(Number) },
    ]);
  });

  it('commands and probes come and go unlisted', async () => {
    await fixture.connect(gateway, { id: 'cli', mode: 'cli' });
    expect(await client.call('system-presence')).toHaveLength(1);
  });

  it('system-event adds what something else says about itself', async () => {
    const admin = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    const event = {
      text: 'Node: lab · mode ui',
      deviceId: 'd1',
      host: 'lab',
      mode: 'ui',
      reason: 'periodic',
    };
    expect(await admin.call('system-event', event)).toEqual({ ok: true });
    await client.next(isEvent('presence', ({ presence }) => JSON.stringify(presence).includes('lab')));
    expect(await client.call('system-presence')).toMatchObject([{ reason: 'self' }, event]);
    expect((await admin.request('system-event', { text: ' ' })).ok).toBe(false);
    expect((await client.request('system-event', event)).error).toMatchObject({ code: 'FORBIDDEN' });
    expect((await client.request('last-heartbeat')).payload).toBeNull();
  });

  it('logs.tail tells what was logged, and no secret', async () => {
    const { lines, size, cursor } = await client.call('logs.tail', {});
    expect(String(lines)).toContain('gateway listens');
    expect(String(lines)).toContain('client connected');
    expect(String(lines)).not.toContain(TOKEN);
    expect(cursor).toBe(size);
  });

  it('health is told again from time to time', async () => {
    const busy = await fixture.start({ limits: { healthIntervalMs: 10 } });
    const listener = await fixture.connect(busy);
    const first = await listener.next<EventFrame>(isEvent('health'));
    expect(first.payload).toMatchObject({ ok: true, sessions: { count: 0 } });
    expect(first.stateVersion).toMatchObject({ health: expect.any(Number) });
  });
});

describe('changing sessions', () => {
  let admin: TestClient;
  beforeEach(async () => {
    admin = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    await admin.call('sessions.subscribe', {});
  });
  const changes = (reason: string) =>
    admin.next<EventFrame>(isEvent('sessions.changed', (payload) => payload.reason === reason));

  it('makes one, and lists it by its label', async () => {
    const made = await client.call('sessions.create', { agentId: 'main', label: 'made by lab' });
    expect(made).toMatchObject({
      ok: true,
      key: expect.stringMatching(/^agent:main:dashboard:/),
      sessionId: expect.any(String),
      entry: { label: 'made by lab', parentSessionKey: 'agent:main:main' },
      runStarted: false,
    });
    expect((await changes('create')).payload).toMatchObject({ sessionKey: made.key });
    const { sessions } = await client.call('sessions.list', {
      label: 'made by lab',
      includeDerivedTitles: true,
    });
    expect(sessions).toMatchObject([{ key: made.key, label: 'made by lab', derivedTitle: 'made by lab' }]);
    expect((await client.request('sessions.create', { label: 'made by lab' })).error?.message).toBe(
      'label already in use: made by lab',
    );
  });

  it('makes one with its first message', async () => {
    const made = await client.call('sessions.create', { message: '/help', idempotencyKey: 'first' });
    expect(made).toMatchObject({ runStarted: true, runId: 'first', status: 'started' });
    await client.next(isEvent('chat', ({ runId, state }) => runId === 'first' && state === 'final'));
    expect(await client.call('chat.history', { sessionKey: made.key })).toMatchObject({ totalMessages: 2 });
  });

  it('names, pins and archives; null takes it back', async () => {
    await say('one', '/help');
    await say('two', '/help');
    const patched = await client.call('sessions.patch', { key: 'one', label: 'First', pinned: true });
    expect(patched).toMatchObject({ ok: true, key: 'agent:main:one', entry: { label: 'First' } });
    expect((await changes('patch')).payload).toMatchObject({ label: 'First', pinned: true });
    const { session: two } = await client.call('sessions.describe', { key: 'two' });
    const expectedSessionId = (two as { sessionId: string }).sessionId;
    await client.call('sessions.patch', { key: 'two', archived: true, expectedSessionId });
    expect(keysOf(await client.call('sessions.list', {}))).toEqual(['agent:main:one']);
    expect(keysOf(await client.call('sessions.list', { archived: true }))).toEqual(['agent:main:two']);
    expect(keysOf(await client.call('sessions.list', { archived: 'all' }))).toHaveLength(2);
    expect(keysOf(await client.call('sessions.list', { search: 'FIRST' }))).toEqual(['agent:main:one']);
    await client.call('sessions.patch', { key: 'one', label: null, pinned: false });
    const { session } = await client.call('sessions.describe', { key: 'one' });
    expect(session).toMatchObject({ pinned: false });
    expect(session).not.toHaveProperty('label');
  });

  it('lists what is pinned before what is newer, so that a list with a limit has it (R6)', async () => {
    for (const key of ['one', 'two', 'three']) await say(key, '/help');
    await client.call('sessions.patch', { key: 'one', pinned: true });
    await client.call('sessions.patch', { key: 'two', pinned: true });
    await say('three', '/status');
    const keys = async (params: object) => keysOf(await client.call('sessions.list', params));
    expect(await keys({ limit: 2 })).toEqual(['agent:main:two', 'agent:main:one']);
    expect(await keys({ limit: 2, offset: 2 })).toEqual(['agent:main:three']);
    expect(await keys({ limit: 1, sortBy: 'lastInteractionAt' })).toEqual(['agent:main:three']);
  });

  it('is unread from an answer on until somebody has read it, and reading it moves nothing (R6)', async () => {
    const row = async (key: string) =>
      (await client.call('sessions.describe', { key })).session as Record<string, unknown>;
    await say('one', '/help');
    await say('one', '/status');
    await say('two', '/help');
    const before = await row('one');
    expect(before).toMatchObject({ unread: true, lastActivityAt: expect.any(Number) });
    await client.call('sessions.patch', { key: 'one', unread: false });
    const { payload } = await changes('patch');
    expect(payload).toMatchObject({ unread: false, lastReadAt: expect.any(Number) });
    expect(await row('one')).toMatchObject({ unread: false, updatedAt: before.updatedAt });
    expect(keysOf(await client.call('sessions.list', {}))).toEqual(['agent:main:two', 'agent:main:one']);

    await say('one', '/status', 'asked again');
    expect(await row('one')).toMatchObject({ unread: true });
    await client.call('sessions.patch', { key: 'one', unread: false });
    await client.call('sessions.patch', { key: 'one', unread: true });
    expect(await row('one')).toMatchObject({ unread: true, markedUnreadAt: expect.any(Number) });
  });

  it.each([
    [{ model: 'nope/nope' }, 'Unknown provider "nope". Use /models to list providers.'],
    [{ thinkingLevel: 'enormous' }, /^thinkingLevel "enormous" is not supported for/],
    [{ expectedSessionId: 'another', label: 'x' }, 'Session agent:main:main changed before patch. Retry.'],
    [{ archived: true }, "Cannot archive an agent's main session."],
    [{ boardFace: 'chat', execHost: 'node' }, 'execHost is not supported by this gateway'],
  ])('refuses %j', async (patch, message) => {
    await say('main', '/help');
    const { error } = await admin.request('sessions.patch', { key: 'main', ...patch });
    expect(error?.message).toMatch(message);
  });

  it.each([
    ['sessions.patch', { key: 'main', verboseLevel: 'on' }],
    ['sessions.delete', { key: 'other' }],
    ['sessions.reset', { key: 'main' }],
    ['sessions.create', { incognito: true }],
    ['chat.inject', { sessionKey: 'main', message: 'x' }],
  ])('%s %j takes an administrator', async (method, params) => {
    expect((await client.request(method, params)).error).toEqual({
      code: 'FORBIDDEN',
      message: 'missing scope: operator.admin',
      details: {
        code: 'MISSING_SCOPE',
        missingScope: 'operator.admin',
        requiredScopes: ['operator.admin'],
      },
    });
  });

  it('resets: the same session, one row, and older cursors are void', async () => {
    await say('main', '/help');
    const before = await client.call('chat.history', { sessionKey: 'main' });
    await admin.call('sessions.patch', { key: 'main', label: 'Stays' });
    expect(await admin.call('sessions.reset', { key: 'main' })).toMatchObject({
      ok: true,
      key: 'agent:main:main',
      entry: { sessionId: before.sessionId, label: 'Stays' },
    });
    await changes('reset');
    const after = await client.call('chat.history', { sessionKey: 'main' });
    expect(after).toMatchObject({
      sessionId: before.sessionId,
      totalMessages: 1,
      messages: [{ role: 'system', content: [{ text: 'Reset' }], __openclaw: { kind: 'reset', seq: 1 } }],
    });
    expect(await client.call('chat.history', { sessionKey: 'main', cursor: before.deltaCursor })).toEqual({
      kind: 'reset',
    });
    await say('main', '/status');
    expect(await client.call('chat.history', { sessionKey: 'main' })).toMatchObject({ totalMessages: 3 });
  });

  it('deletes, says so twice, and keeps the main one', async () => {
    await say('other', '/help');
    const { sessionId } = await client.call('chat.history', { sessionKey: 'other' });
    expect(await admin.call('sessions.delete', { key: 'other' })).toEqual({
      ok: true,
      key: 'agent:main:other',
      deleted: true,
      archived: [expect.stringContaining(`${sessionId}.deleted.`)],
    });
    await changes('delete');
    await admin.call('health');
    const told = admin.frames.flatMap((frame) =>
      frame.type === 'event' && frame.event === 'sessions.changed' && frame.payload.reason === 'delete'
        ? [frame.payload]
        : [],
    );
    const ts = expect.any(Number);
    expect(told).toEqual([
      { sessionKey: 'agent:main:other', sessionId, agentId: 'main', reason: 'delete', ts },
      { reason: 'delete', ts },
    ]);
    expect(await client.call('chat.history', { sessionKey: 'other' })).toMatchObject({ messages: [] });
    expect(await admin.call('sessions.delete', { key: 'other' })).toMatchObject({ deleted: false });
    expect((await admin.request('sessions.delete', { key: 'main' })).error?.message).toBe(
      'Cannot delete the main session (agent:main:main).',
    );
  });

  it('deletes and keeps the transcript for good where that is wished', async () => {
    await say('other', '/help');
    const wish = { key: 'other', deleteTranscript: false };
    const { deleted, archived } = await admin.call('sessions.delete', wish);
    const [path = ''] = archived as string[];
    expect([deleted, path]).toEqual([true, expect.stringMatching(/\.kept\..*\.jsonl$/)]);
    expect(readFileSync(path, 'utf8')).toContain('"reason":"kept"');
    await say('other', '/status');
    expect(await client.call('chat.history', { sessionKey: 'other' })).toMatchObject({ totalMessages: 2 });
  });

  it('shows previews and single sessions', async () => {
    await say('main', '/help');
    const { previews } = await client.call('sessions.preview', { keys: ['main', 'nope'], maxChars: 30 });
    expect(previews).toMatchObject([
      { key: 'main', status: 'ok', items: [{ role: 'user', text: '/help' }, { role: 'assistant' }] },
      { key: 'nope', status: 'missing', items: [] },
    ]);
    expect(await client.call('sessions.describe', { key: 'main' })).toMatchObject({
      session: { key: 'agent:main:main', status: 'done' },
    });
    expect(await client.call('sessions.describe', { key: 'nope' })).toEqual({ session: null });
  });

  it('stops listening on sessions.unsubscribe', async () => {
    expect(await admin.call('sessions.unsubscribe', {})).toEqual({ subscribed: false });
    await say('main', '/help');
    await admin.call('health');
    expect(admin.frames.some(isEvent('sessions.changed'))).toBe(false);
  });

  it('a list that was answered once is not stale after a change', async () => {
    const ask = async () => keysOf(await client.call('sessions.list', { limit: 5 }));
    expect(await ask()).toEqual([]);
    await say('one', '/help');
    expect(await ask()).toEqual(['agent:main:one']);
    await admin.call('sessions.delete', { key: 'one' });
    expect(await ask()).toEqual([]);
  });

  it('a client with session-scoped-events hears of its own sessions only', async () => {
    const scoped = await fixture.connect(gateway, {
      scopes: ['operator.read'],
      mutate: (params) => Object.assign(params, { caps: ['session-scoped-events'] }),
    });
    await say('one', '/help');
    await scoped.call('sessions.messages.subscribe', { key: 'two' });
    await say('one', '/status');
    await say('two', '/help');
    await scoped.next(isEvent('chat', ({ state }) => state === 'final'));
    const heard = scoped.frames.flatMap((frame) =>
      frame.type === 'event' && ['chat', 'agent', 'session.message'].includes(frame.event)
        ? [frame.payload.sessionKey]
        : [],
    );
    expect(new Set(heard)).toEqual(new Set(['agent:main:two']));
  });
});

describe('chat.history', () => {
  it('goes on after a cursor with what a listener would have heard', async () => {
    await client.call('sessions.messages.subscribe', { key: 'main' });
    await say('main', '/help');
    const first = await client.call('chat.history', { sessionKey: 'main' });
    await say('main', '/status');
    const delta = await client.call('chat.history', { sessionKey: 'main', cursor: first.deltaCursor });
    expect([...Value.Errors(schemas.ChatHistoryDeltaResultSchema, delta)]).toEqual([]);
    const heard = client.frames.flatMap((frame) =>
      frame.type === 'event' && frame.event === 'session.message' && Number(frame.payload.messageSeq) > 2
        ? [frame.payload]
        : [],
    );
    const essence = (payload: Record<string, unknown>) => [
      payload.messageSeq,
      payload.messageId,
      payload.message,
    ];
    expect((delta.messages as Record<string, unknown>[]).map(essence)).toEqual(heard.map(essence));
    expect(
      await client.call('chat.history', { sessionKey: 'main', cursor: delta.deltaCursor }),
    ).toMatchObject({ kind: 'delta', messages: [] });
    for (const cursor of ['garbage', first.deltaCursor]) {
      const other = cursor === 'garbage' ? 'main' : 'elsewhere';
      expect(await client.call('chat.history', { sessionKey: other, cursor })).toEqual({ kind: 'reset' });
    }
  });

  it('pages around a message, shortens, and gets one message whole', async () => {
    for (const word of ['/help', '/status', '/model']) await say('main', word);
    const all = await client.call('chat.history', { sessionKey: 'main' });
    const rows = all.messages as { __openclaw: { id: string } }[];
    const messageId = rows[0]?.__openclaw.id;
    const page = await client.call('chat.history', { sessionKey: 'main', limit: 2, messageId });
    expect(JSON.stringify(page.messages)).toContain(messageId);
    expect(page.messages).toHaveLength(2);
    const short = await client.call('chat.history', { sessionKey: 'main', maxChars: 4 });
    const texts = (short.messages as { content: string | { text: string }[] }[]).map(({ content }) =>
      typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
    );
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(4);
    const marks = (history: Record<string, unknown>) =>
      (history.messages as { __openclaw: object }[]).map((row) => 'truncated' in row.__openclaw);
    expect(marks(short)).not.toContain(false);
    expect(marks(all)).not.toContain(true);
    const params = { sessionKey: 'main', messageId, maxChars: 4 };
    const { message: beginning } = await client.call('chat.message.get', params);
    expect(beginning).toMatchObject({
      content: '/hel',
      __openclaw: { id: messageId, truncated: true, reason: 'display-cap' },
    });
    const whole = await client.call('chat.message.get', { sessionKey: 'main', messageId });
    expect([...Value.Errors(schemas.ChatMessageGetResultSchema, whole)]).toEqual([]);
    expect(whole).toEqual({ ok: true, message: rows[0] });
    expect(await client.call('chat.message.get', { sessionKey: 'main', messageId: 'nope' })).toEqual({
      ok: false,
      unavailableReason: 'not_found',
    });
    expect(await client.call('chat.startup', { sessionKey: 'main' })).toMatchObject({ totalMessages: 6 });
  });

  it('tells models and commands in chat.metadata', async () => {
    const metadata = await client.call('chat.metadata', { sessionKey: 'main' });
    expect(metadata).toMatchObject({ models: [], swarmEnabled: false, runtimeSelectionLocked: false });
    expect(metadata.commands).toMatchObject([{ name: 'help' }, {}, {}]);
  });

  it('takes what an administrator injects', async () => {
    const admin = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    await client.call('sessions.messages.subscribe', { key: 'main' });
    const note = { sessionKey: 'main', message: 'injected note', label: 'lab' };
    expect((await admin.request('chat.inject', note)).error?.message).toBe('session not found');
    await say('main', '/help');
    const { messageId } = await admin.call('chat.inject', note);
    const { payload } = await client.next<EventFrame>(
      isEvent('chat', ({ runId }) => runId === `inject-${messageId}`),
    );
    expect([...Value.Errors(schemas.ChatEventSchema, payload)]).toEqual([]);
    expect(payload).toMatchObject({
      seq: 0,
      state: 'final',
      message: { content: [{ text: '[lab]\n\ninjected note' }], model: 'gateway-injected' },
    });
    await client.next(isEvent('session.message', (message) => message.messageId === messageId));
    const { messages } = await client.call('chat.history', { sessionKey: 'main', limit: 1 });
    expect(messages).toMatchObject([{ provider: 'openclaw', __openclaw: { id: messageId, seq: 3 } }]);
  });
});
