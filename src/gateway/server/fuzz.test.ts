import { connect as connectTcp, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunningGateway } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { isEvent, openRaw, type RawClient, type TestClient } from '../test-support/wire-client.ts';

/** Generated frames against a live server: 2 000 from strangers, 20 000 from clients, and peers that dawdle. */
const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const SEED = 20_260_906;
const STRANGERS = 2_000;
const CLIENTS = 20;
const FRAMES_PER_CLIENT = 1_000;

type Generated = { text: string } | { binary: Uint8Array };

const text = (value: unknown): Generated => ({ text: JSON.stringify(value) });
const methods = [
  'health',
  'status',
  'sessions.list',
  'sessions.subscribe',
  'chat.history',
  'chat.abort',
  'chat.send',
  'device.pair.list',
  'device.token.rotate',
  'models.list',
  'system-presence',
  'connect',
  'toString',
  '__proto__',
];

const jsonValue = fc.jsonValue({ maxDepth: 4 });
const method = fc.oneof(fc.constantFrom(...methods), fc.string());
const anyFrame: fc.Arbitrary<Generated> = fc.oneof(
  // Not JSON at all.
  fc.string({ maxLength: 200 }).map((raw): Generated => ({ text: raw })),
  fc
    .constantFrom('', '{', '[1,', '{"type":"req"', 'nul', '"\\ud800"', '\u0000')
    .map((raw): Generated => ({ text: raw })),
  // JSON of any shape.
  jsonValue.map(text),
  // Frames with wrong types, unknown keys, missing keys.
  fc
    .record({ type: jsonValue, id: jsonValue, method: jsonValue, params: jsonValue }, { requiredKeys: [] })
    .map(text),
  fc.record({ type: fc.constant('req'), id: fc.string(), method, bogus: jsonValue }).map(text),
  fc
    .record({ type: fc.constantFrom('event', 'res', 'req'), event: fc.string(), payload: jsonValue })
    .map(text),
  // Well-formed requests with any parameters.
  fc
    .record({ type: fc.constant('req'), id: fc.string({ minLength: 1 }), method, params: jsonValue })
    .map(text),
  fc
    .record({
      type: fc.constant('req'),
      id: fc.string({ minLength: 1 }),
      method,
      params: fc.record(
        {
          sessionKey: jsonValue,
          message: jsonValue,
          idempotencyKey: jsonValue,
          limit: jsonValue,
          deviceId: jsonValue,
        },
        { requiredKeys: [] },
      ),
    })
    .map(text),
  // Deep nesting and long strings, below the limit of a stranger.
  fc
    .integer({ min: 1_000, max: 30_000 })
    .map((depth): Generated => ({ text: '['.repeat(depth) + ']'.repeat(depth) })),
  fc.integer({ min: 1_000, max: 10_000 }).map(
    (depth): Generated => ({
      text: `{"type":"req","id":"d","method":"health","params":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`,
    }),
  ),
  fc
    .integer({ min: 1_000, max: 50_000 })
    .map((length) => text({ type: 'req', id: 'x'.repeat(length), method: 'health' })),
  fc.uint8Array({ maxLength: 200 }).map((binary): Generated => ({ binary })),
);

function generate(count: number, seed: number): Generated[] {
  return fc.sample(anyFrame, { numRuns: count, seed });
}

function sendTo(client: RawClient, frame: Generated): void {
  if ('text' in frame) client.sendText(frame.text);
  else client.socket.send(frame.binary);
}

/** The close code that a first frame earns (observed); null: it is not heard, and the silence ends with 1000. */
function expectedClose(frame: Generated): number {
  if (!('text' in frame)) return 1000;
  if (Buffer.byteLength(frame.text) > 64 * 1024) return 1009;
  try {
    JSON.parse(frame.text);
  } catch {
    return 1000;
  }
  // None of the generated frames is a connect that passes.
  return 1008;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usage() {
  collectGarbage();
  const handles = process.getActiveResourcesInfo();
  return {
    heapBytes: process.memoryUsage().heapUsed,
    sockets: handles.filter((name) => name === 'TCPSocketWrap').length,
    timers: handles.filter((name) => name === 'Timeout').length,
  };
}

async function inBatches<T>(
  items: readonly T[],
  size: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += size) {
    await Promise.all(items.slice(start, start + size).map(work));
  }
}

/** The server still answers, to newcomers too. */
async function expectAlive(gateway: RunningGateway): Promise<void> {
  const client = await fixture.connect(gateway);
  expect((await client.request('health')).ok).toBe(true);
  client.close();
  await client.closed;
}

describe('generated frames', () => {
  it('end no process, leak nothing, and earn the right close codes', async () => {
    const gateway = await fixture.start({ limits: { handshakeTimeoutMs: 500 } });
    await expectAlive(gateway);
    const before = usage();

    // Strangers: one frame each.
    const wrong: unknown[] = [];
    await inBatches(generate(STRANGERS, SEED), 200, async (frame) => {
      const client = openRaw(gateway.url);
      await client.next(isEvent('connect.challenge'));
      sendTo(client, frame);
      const { code } = await client.closed;
      if (code !== expectedClose(frame)) wrong.push({ code, expected: expectedClose(frame), frame });
    });
    expect(wrong).toEqual([]);
    await expectAlive(gateway);

    // Clients: a thousand frames each. Whatever they say, they stay.
    const clients: TestClient[] = [];
    for (let index = 0; index < CLIENTS; index += 1) {
      clients.push(await fixture.connect(gateway, { scopes: ['operator.read', 'operator.pairing'] }));
    }
    for (const [index, client] of clients.entries()) {
      for (const frame of generate(FRAMES_PER_CLIENT, SEED + index)) sendTo(client, frame);
      // Answered after all that came before it.
      client.send({ type: 'req', id: 'last-one', method: 'health' });
      await client.next((frame) => frame.type === 'res' && frame.id === 'last-one');
      expect(client.socket.readyState).toBe(client.socket.OPEN);
    }
    await expectAlive(gateway);

    // Too large for anybody.
    const [large] = clients;
    large?.sendText('x'.repeat(26_214_401));
    expect((await large?.closed)?.code).toBe(1009);

    for (const client of clients) {
      client.close();
      await client.closed;
      client.frames.length = 0;
    }
    clients.length = 0;
    await expectAlive(gateway);
    await vi.waitFor(
      () => {
        const after = usage();
        expect(after.sockets).toBeLessThanOrEqual(before.sockets);
        expect(after.timers).toBeLessThanOrEqual(before.timers + 2);
        expect(after.heapBytes).toBeLessThan(before.heapBytes + 24 * 1024 * 1024);
      },
      { timeout: 10_000, interval: 200 },
    );
  }, 180_000);

  it('out of order: whatever comes before, after or instead of connect, never two greetings', async () => {
    const gateway = await fixture.start();
    const client = await fixture.connect(gateway);
    const again = await client.request('connect', { minProtocol: 4, maxProtocol: 4, auth: { token: TOKEN } });
    expect(again.error?.message).toBe('connect is only valid as the first request');
    const eager = openRaw(gateway.url);
    await eager.next(isEvent('connect.challenge'));
    eager.send({ type: 'req', id: 'a', method: 'health' });
    eager.send({ type: 'req', id: 'b', method: 'connect', params: {} });
    expect((await eager.closed).code).toBe(1008);
    expect(eager.frames.filter((frame) => frame.type === 'res')).toHaveLength(1);
  });

  it('slow peers are cut off, and nobody else feels them', async () => {
    const gateway = await fixture.start({ limits: { handshakeTimeoutMs: 300 } });
    const dawdlers: Socket[] = [];
    const ended: Promise<void>[] = [];
    const upgrade =
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const openings = [
      'G',
      'GET / HTTP/1.1\r\nHost: 127.',
      'POST /tools/invoke HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
      upgrade,
      // The head of a masked text frame of 1 000 bytes that never comes.
      `${upgrade}\u0001`,
    ];
    for (let index = 0; index < 100; index += 1) {
      const socket = connectTcp(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      ended.push(new Promise((resolve) => socket.once('close', () => resolve())));
      socket.write(openings[index % openings.length] ?? 'G');
      dawdlers.push(socket);
      fixture.defer(() => socket.destroy());
    }
    await expectAlive(gateway);
    await Promise.all(ended);
    await expectAlive(gateway);
  }, 60_000);
});
