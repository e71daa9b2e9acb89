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
