import { mkdir } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import {
  type EventFrame,
  isEvent,
  isResponse,
  newDevice,
  openRaw,
  type ResponseFrame,
} from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

async function openStranger(options = {}) {
  const gateway = await fixture.start(options);
  const client = openRaw(gateway.url);
  fixture.defer(() => client.socket.terminate());
  await client.next(isEvent('connect.challenge'));
  return client;
}

describe('before connect', () => {
  it('challenges with a nonce and the time', async () => {
    const client = await openStranger();
    expect(client.frames[0]).toEqual({
      type: 'event',
      event: 'connect.challenge',
      payload: {
        nonce: expect.stringMatching(/^[0-9a-f-]{36}$/),
        ts: expect.any(Number),
        capabilities: [],
      },
    });
  });

  it('closes a silent client with 1000', async () => {
    const client = await openStranger({ limits: { handshakeTimeoutMs: 50 } });
    expect(await client.closed).toEqual({ code: 1000, reason: '' });
  });

  it('closes 1009 on more than 64 KiB, without an answer', async () => {
    const client = await openStranger();
    client.send({ type: 'req', id: '1', method: 'connect', params: { pad: 'x'.repeat(70 * 1024) } });
    expect((await client.closed).code).toBe(1009);
    expect(client.frames).toHaveLength(1);
  });

  it('closes 1009 while a large frame is still on its way', async () => {
    const client = await openStranger();
    client.socket.send('x'.repeat(40 * 1024), { fin: false });
    client.socket.send('x'.repeat(40 * 1024), { fin: false });
    expect((await client.closed).code).toBe(1009);
  });

  it('accepts a connect just below the limit', async () => {
    const client = await openStranger();
    client.send({ type: 'req', id: '1', method: 'connect', params: { pad: 'x'.repeat(60 * 1024) } });
    const response = await client.next<ResponseFrame>(isResponse('1'));
    expect(response.error?.message).toContain('invalid connect params');
  });

  it('wants connect first', async () => {
    const client = await openStranger();
    client.send({ type: 'req', id: '1', method: 'health', params: {} });
    const response = await client.next<ResponseFrame>(isResponse('1'));
    const message = 'invalid handshake: first request must be connect';
    expect(response.error).toEqual({ code: 'INVALID_REQUEST', message });
    expect(await client.closed).toEqual({ code: 1008, reason: message });
  });

  it.each([
    ['{"type":"event","event":"x"}', 1008, 'invalid request frame'],
    ['[]', 1008, 'invalid request frame'],
    ['hi there', 1000, ''],
  ])('closes on %s', async (text, code, reason) => {
    const client = await openStranger();
    client.sendText(text);
    expect(await client.closed).toEqual({ code, reason });
    expect(client.frames).toHaveLength(1);
  });
});

describe('after connect', () => {
  it.each([
    ['{"id":"x"}', 'x', "invalid request frame: must have required property 'type'"],
    [
      '{"type":"req","id":"","method":""}',
      '',
      'invalid request frame: at /id: must not have fewer than 1 characters; at /method: must not have fewer than 1 characters',
    ],
    [
      '{"type":"req","id":"zz","method":"health","bogus":1}',
      'zz',
      "invalid request frame: at root: unexpected property 'bogus'",
    ],
    [
      '{"type":"event","event":"x"}',
      'invalid',
      "invalid request frame: must have required property 'id'; at root: unexpected property 'event'; at /type: must be equal to constant",
    ],
    [
      '{"type":"req","id":"c","method":"connect","params":{}}',
      'c',
      'connect is only valid as the first request',
    ],
    ['{"type":"req","id":"u","method":"no.such.method"}', 'u', 'unknown method: no.such.method'],
    ['{"type":"req","id":"p","method":"toString"}', 'p', 'unknown method: toString'],
  ])('answers %s and stays open', async (text, id, message) => {
    const client = await fixture.connect(await fixture.start());
    client.sendText(text);
    const response = await client.next<ResponseFrame>(isResponse(id));
    expect(response.error).toEqual({ code: 'INVALID_REQUEST', message });
    expect((await client.request('health')).ok).toBe(true);
  });

  it('ignores what is not JSON', async () => {
    const client = await fixture.connect(await fixture.start());
    const before = client.frames.length;
    client.sendText('hello');
    await client.call('health');
    expect(client.frames.slice(before).every((frame) => frame.type === 'res')).toBe(true);
  });

  it('takes frames above the pre-auth limit', async () => {
    const client = await fixture.connect(await fixture.start());
    const response = await client.request('chat.send', {
      sessionKey: 'main',
      message: 'x'.repeat(200 * 1024),
      idempotencyKey: 'big',
    });
    expect(response.payload).toEqual({ runId: 'big', status: 'started' });
  });

  it('says which scope is missing', async () => {
    const client = await fixture.connect(await fixture.start(), { scopes: ['operator.read'] });
    const { error } = await client.request('chat.abort', { sessionKey: 'main' });
    expect(error).toEqual({
      code: 'FORBIDDEN',
      message: 'missing scope: operator.write',
      details: {
        code: 'MISSING_SCOPE',
        missingScope: 'operator.write',
        requiredScopes: ['operator.write'],
      },
    });
  });

  it('lets everybody ask for health, and nobody without a scope for more', async () => {
    const client = await fixture.connect(await fixture.start(), { id: 'cli', mode: 'probe' });
    expect((await client.request('health')).ok).toBe(true);
    expect((await client.request('status')).error?.code).toBe('FORBIDDEN');
  });

  it('ticks, and numbers broadcasts from 1 without a gap', async () => {
    const gateway = await fixture.start({ tickIntervalMs: 10 });
    const client = await fixture.connect(gateway);
    await client.next(isEvent('tick', ({ ts }) => typeof ts === 'number'));
    await vi.waitFor(() => expect(client.frames.filter(isEvent('tick')).length).toBeGreaterThan(2));
    const seqs = client.frames.flatMap((frame) =>
      frame.type === 'event' && frame.event !== 'connect.challenge' ? [frame.seq] : [],
    );
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(client.hello.policy).toMatchObject({ tickIntervalMs: 10 });
  });

  it('pings, and drops who never answers', async () => {
    const gateway = await fixture.start({ limits: { pingIntervalMs: 20 } });
    const answering = await fixture.connect(gateway);
    const pinged = new Promise((resolve) => answering.socket.once('ping', resolve));
    const silent = await fixture.connect(gateway, { headers: {} });
    // @types/ws does not know the option to leave pings unanswered, but the socket below can be paused.
    silent.socket.pause();
    await pinged;
    await vi.waitFor(async () => {
      const { clients } = await statusOf(answering);
      expect(clients).toBe('1 connection');
    });
  });

  it('drops a client that does not read, and nobody else', async () => {
    const gateway = await fixture.start({ tickIntervalMs: 5, limits: { maxBufferedBytes: 64 * 1024 } });
    const slow = await fixture.connect(gateway);
    const quick = await fixture.connect(gateway);
    slow.socket.pause();
    await quick.call('chat.send', {
      sessionKey: 'main',
      message: 'x'.repeat(1024 * 1024),
      idempotencyKey: 'large',
    });
    await vi.waitFor(
      async () => {
        slow.send({ type: 'req', id: 'h', method: 'chat.history', params: { sessionKey: 'main' } });
        expect((await statusOf(quick)).clients).toBe('1 connection');
      },
      { timeout: 10_000 },
    );
  });

  it('says goodbye: shutdown, then 1012', async () => {
    const gateway = await fixture.start();
    const client = await fixture.connect(gateway);
    const stranger = openRaw(gateway.url);
    await stranger.next(isEvent('connect.challenge'));
    await gateway.stop();
    expect((await stranger.closed).code).toBe(1012);
    const shutdown = await client.next<EventFrame>(isEvent('shutdown'));
    expect(shutdown.payload).toEqual({ reason: 'gateway stopping' });
    expect(await client.closed).toEqual({ code: 1012, reason: 'service restart' });
    await gateway.stop();
  });

  it('stops although a client does not answer the close, and although a stranger hangs about', async () => {
    const gateway = await fixture.start();
    const client = await fixture.connect(gateway);
    client.socket.pause();
    const stranger = connectTcp(gateway.port, '127.0.0.1');
    fixture.defer(() => stranger.destroy());
    stranger.on('error', () => {});
    stranger.write('GET / HTTP/1.1\r\n');
    await gateway.stop();
    await expect(fetch(gateway.url.replace('ws:', 'http:'))).rejects.toThrow();
  });
});

it('a file that cannot be read ends the connection that needs it, and nobody else', async () => {
  const configPath = join(await fixture.stateDir(), 'openclaw.json');
  const gateway = await fixture.start({ configPath });
  const owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
  const device = newDevice();
  const node = { id: 'node-host', mode: 'node', role: 'node', scopes: [], device };
  const first = await fixture.connect(gateway, node);
  await mkdir(configPath);
  // What a node may offer is in that file.
  const second = await fixture.connect(gateway, node);
  expect(await second.closed).toEqual({ code: 1011, reason: 'internal error' });
  first.socket.terminate();
  expect(await owner.call('health')).toMatchObject({ ok: true });
});

/** How many connections there are, as `/status` says it. */
async function statusOf(client: Awaited<ReturnType<typeof fixture.connect>>): Promise<{ clients: string }> {
  const runId = `status-${crypto.randomUUID()}`;
  await client.call('chat.send', { sessionKey: 'status', message: '/status', idempotencyKey: runId });
  const final = await client.next<EventFrame>(
    isEvent('chat', (payload) => payload.runId === runId && payload.state === 'final'),
  );
  const text = JSON.stringify(final.payload.message);
  return { clients: /\d+ connections?/.exec(text)?.[0] ?? text };
}

it('refuses to start without a token', async () => {
  await expect(fixture.start({ auth: { mode: 'token', token: '' } })).rejects.toMatchObject({
    error: { code: 'BAD_REQUEST' },
  });
  expect(TOKEN).not.toBe('');
});
