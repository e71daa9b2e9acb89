import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createFakeEngine, type FakeEngine, sampleSnapshot } from '../../../e2e/fixtures/fake-engine.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type PageServer, startPageServer } from '../../core/page-server/page-server.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok } from '../../shared/result.ts';
import { type Bridge, createBridge } from './bridge.ts';

let dir: string;
let engine: FakeEngine;
let bridge: Bridge;
let server: PageServer;
/** What the bridge planned: the test runs it when it wants the time to be over. */
let planned: { delayMs: number; run: () => void }[];

const clock: Clock = {
  now: Date.now,
  after(delayMs, run) {
    const entry = { delayMs, run };
    planned.push(entry);
    return () => {
      planned = planned.filter((other) => other !== entry);
    };
  },
};

beforeEach(async () => {
  planned = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-bridge-'));
  writeFileSync(join(dir, 'index.html'), '');
  engine = createFakeEngine(sampleSnapshot, async (method) =>
    method === 'app.snapshot' ? ok(engine.snapshot()) : err(appError('BAD_REQUEST', 'unknown method')),
  );
  bridge = createBridge({ openScreen: () => engine.openScreen(), clock });
  server = await startPageServer({ rootDir: dir, port: 0, bridge });
});

afterEach(async () => {
  const stopped = server.stop();
  for (const { run } of planned) run();
  await stopped;
  rmSync(dir, { recursive: true });
});

const post = (body: string, origin = server.origin) =>
  fetch(`${server.origin}/session`, { method: 'POST', body, headers: { Origin: origin } });

async function newSecret(): Promise<string> {
  const response = await post(JSON.stringify({ ticket: bridge.issueTicket() }));
  return ((await response.json()) as { secret: string }).secret;
}

type Page = { socket: WebSocket; frames: Record<string, unknown>[]; closed: Promise<number> };

async function open(origin = server.origin): Promise<Page> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/bridge`, { origin });
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(data.toString())));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return { socket, frames, closed };
}

async function openWithHello(): Promise<Page> {
  const page = await open();
  page.socket.send(JSON.stringify({ type: 'hello', secret: await newSecret() }));
  await vi.waitFor(() => expect(page.frames.length).toBeGreaterThanOrEqual(2));
  return page;
}

describe('POST /session', () => {
  it('gives a secret for a ticket, once', async () => {
    const ticket = bridge.issueTicket();
    const first = await post(JSON.stringify({ ticket }));
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(await first.json()).toEqual({ secret: expect.stringMatching(/^[\w-]{43}$/) });
    expect((await post(JSON.stringify({ ticket }))).status).toBe(401);
  });

  it('leaves the ticket good when a foreign page asks', async () => {
    const ticket = bridge.issueTicket();
    expect((await post(JSON.stringify({ ticket }), 'https://evil.example')).status).toBe(403);
    expect((await post(JSON.stringify({ ticket }))).status).toBe(200);
  });

  it.each([
    '',
    '{',
    '[]',
    '{"ticket":1}',
    '{"ticket":"a","more":1}',
    JSON.stringify({ ticket: 'x'.repeat(300) }),
  ])('refuses the body %j', async (body) => {
    expect((await post(body)).status).toBe(400);
  });

  it('refuses a long body', async () => {
    expect((await post('x'.repeat(2000))).status).toBe(413);
  });

  it('slows guessing down', async () => {
    for (let i = 0; i < 20; i++) expect((await post('{"ticket":"wrong"}')).status).toBe(401);
    expect((await post('{"ticket":"wrong"}')).status).toBe(429);
  });
});

describe('WS /bridge', () => {
  it('says ready, gives the snapshot, then every newer one', async () => {
    const page = await openWithHello();
    expect(page.frames[0]).toEqual({ type: 'ready' });
    expect(page.frames[1]).toMatchObject({
      type: 'event',
      event: { event: 'snapshot', payload: { revision: 1 } },
    });
    engine.change({ mode: 'remote' });
    await vi.waitFor(() => expect(page.frames).toHaveLength(3));
    expect(page.frames[2]).toMatchObject({
      event: { payload: { revision: 2, snapshot: { mode: 'remote' } } },
    });
  });

  it('carries requests and their results as values', async () => {
    const page = await openWithHello();
    page.socket.send(JSON.stringify({ type: 'request', id: 7, method: 'app.snapshot', params: {} }));
    page.socket.send(JSON.stringify({ type: 'request', id: 8, method: 'nothing.known', params: {} }));
    await vi.waitFor(() => expect(page.frames).toHaveLength(4));
    expect(page.frames[2]).toMatchObject({
      type: 'response',
      id: 7,
      result: { ok: true, value: { revision: 1 } },
    });
    expect(page.frames[3]).toMatchObject({ id: 8, result: { ok: false, error: { code: 'BAD_REQUEST' } } });
    expect(engine.screens[0]?.asked).toEqual([
      ['app.snapshot', {}],
      ['nothing.known', {}],
    ]);
  });

  it('opens one screen per page and disposes it with the socket', async () => {
    const [first, second] = [await openWithHello(), await openWithHello()];
    expect(engine.screens).toHaveLength(2);
    first.socket.close();
    await vi.waitFor(() => expect(engine.screens[0]?.disposed).toBe(true));
    expect(engine.screens[1]?.disposed).toBe(false);
    second.socket.terminate();
    await vi.waitFor(() => expect(engine.screens[1]?.disposed).toBe(true));
  });

  it('refuses a foreign page at the upgrade', async () => {
    await expect(open('https://evil.example')).rejects.toThrow('403');
  });

  it('refuses a wrong secret, and a ticket in place of a secret', async () => {
    for (const secret of ['wrong', bridge.issueTicket()]) {
      const page = await open();
      page.socket.send(JSON.stringify({ type: 'hello', secret }));
      expect(await page.closed).toBe(4401);
      expect(page.frames).toEqual([]);
    }
    expect(engine.screens).toEqual([]);
  });

  it('wants hello first, and only first', async () => {
    const early = await open();
    early.socket.send(JSON.stringify({ type: 'request', id: 1, method: 'app.snapshot', params: {} }));
    expect(await early.closed).toBe(4400);
    expect(engine.screens).toEqual([]);
    const twice = await openWithHello();
    twice.socket.send(JSON.stringify({ type: 'hello', secret: await newSecret() }));
    expect(await twice.closed).toBe(4400);
  });

  it.each(['', '{', 'null', '{"type":"request"}', '{"type":"hello","secret":"a","more":1}'])(
    'closes on the frame %j',
    async (frame) => {
      const page = await open();
      page.socket.send(frame);
      expect(await page.closed).toBe(4400);
    },
  );

  it('closes on a long hello and on a binary frame', async () => {
    const long = await open();
    long.socket.send(JSON.stringify({ type: 'hello', secret: 'x'.repeat(5000) }));
    expect(await long.closed).toBe(4400);
    const binary = await openWithHello();
    binary.socket.send(Buffer.from('{}'));
    expect(await binary.closed).toBe(4400);
  });

  it('closes a page that says nothing for 5 s, and no other', async () => {
    const silent = await open();
    await vi.waitFor(() => expect(planned.map(({ delayMs }) => delayMs)).toEqual([5000]));
    planned[0]?.run();
    expect(await silent.closed).toBe(4401);
    await openWithHello();
    await vi.waitFor(() => expect(planned).toEqual([]));
  });

  it('says that it goes away when it stops, and disposes the screens', async () => {
    const page = await openWithHello();
    await server.stop();
    expect(await page.closed).toBe(1001);
    expect(engine.screens[0]?.disposed).toBe(true);
  });

  it('stops even if a page never answers the close frame', async () => {
    const page = await openWithHello();
    page.socket.pause();
    const stopped = server.stop();
    await vi.waitFor(() => expect(planned.map(({ delayMs }) => delayMs)).toEqual([500]));
    planned[0]?.run();
    await stopped;
  });
});

it('works with the system clock', async () => {
  const other = createBridge({ openScreen: () => engine.openScreen(), clock: systemClock });
  expect(other.issueTicket()).not.toBe(other.issueTicket());
  await other.stop();
});
