import { beforeEach, describe, expect, it, vi } from 'vitest';
import { appError } from '../shared/errors.ts';
import { err } from '../shared/result.ts';
import type { BridgeState } from './bridge.ts';
import { type BridgeSocket, webCarrier } from './bridge-web.ts';
import { createFakeClock, type FakeClock } from './test-support/fake-clock.ts';
import { localSnapshot } from './test-support/snapshot.ts';

const origin = 'http://127.0.0.1:4711';

type FakeSocket = BridgeSocket & { url: string; sent: unknown[]; closedWith: number | null };

let sockets: FakeSocket[];
let states: BridgeState[];
let events: unknown[];
let clock: FakeClock;

beforeEach(() => {
  sessionStorage.clear();
  sockets = [];
  states = [];
  events = [];
  clock = createFakeClock();
});

function start({ ticket = null as string | null, respond = () => json({ secret: 's3cret' }) } = {}) {
  const fetch = vi.fn(async () => respond());
  const carrier = webCarrier({
    origin,
    ticket,
    storage: sessionStorage,
    fetch: fetch as unknown as typeof globalThis.fetch,
    openSocket(url) {
      const socket: FakeSocket = {
        url,
        sent: [],
        closedWith: null,
        readyState: 1,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (data) => socket.sent.push(JSON.parse(String(data))),
        close: (code) => {
          socket.closedWith = code ?? 1005;
        },
      };
      sockets.push(socket);
      return socket;
    },
    clock,
  });
  carrier.start({ event: (event) => events.push(event), state: (state) => states.push(state) });
  return { carrier, fetch };
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status });
}

async function socketAt(index: number): Promise<FakeSocket> {
  await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(index));
  return sockets[index] as FakeSocket;
}

const open = (socket: FakeSocket) => socket.onopen?.call(socket as never, new Event('open'));
const receive = (socket: FakeSocket, frame: unknown) =>
  socket.onmessage?.call(socket as never, new MessageEvent('message', { data: JSON.stringify(frame) }));
const drop = (socket: FakeSocket, code = 1006) =>
  socket.onclose?.call(socket as never, new CloseEvent('close', { code }));

async function startReady() {
  sessionStorage.setItem('chela.session', 's3cret');
  const started = start();
  const socket = await socketAt(0);
  open(socket);
  receive(socket, { type: 'ready' });
  return { ...started, socket };
}

describe('the browser edge’s carrier', () => {
  it('trades the ticket for a secret, keeps that in this tab only, and says hello first', async () => {
    const { fetch } = start({ ticket: 'one-time' });
    const socket = await socketAt(0);
    expect(fetch).toHaveBeenCalledWith(
      `${origin}/session`,
      expect.objectContaining({ method: 'POST', body: '{"ticket":"one-time"}' }),
    );
    expect(socket.url).toBe('ws://127.0.0.1:4711/bridge');
    expect(sessionStorage.getItem('chela.session')).toBe('s3cret');
    expect(localStorage.length).toBe(0);
    open(socket);
    expect(socket.sent).toEqual([{ type: 'hello', secret: 's3cret' }]);
    expect(states).toEqual([]);
    receive(socket, { type: 'ready' });
    expect(states).toEqual(['ready']);
  });

  it('asks for a new link when there is neither ticket nor secret', async () => {
    start();
    await vi.waitFor(() => expect(states).toEqual(['refused']));
    expect(sockets).toEqual([]);
  });

  it('asks for a new link when the ticket was used already', async () => {
    start({ ticket: 'used', respond: () => json({}, 401) });
    await vi.waitFor(() => expect(states).toEqual(['refused']));
  });

  it('asks for a new link, and forgets the secret, when the app does not know it', async () => {
    const { socket } = await startReady();
    drop(socket, 4401);
    expect(states).toEqual(['ready', 'refused']);
    expect(sessionStorage.getItem('chela.session')).toBeNull();
    expect(clock.waiting).toBe(0);
  });

  it('keeps the ticket for another try when nobody answers', async () => {
    let isUp = false;
    const { fetch } = start({
      ticket: 'one-time',
      respond: () => {
        if (!isUp) throw new TypeError('failed to fetch');
        return json({ secret: 's3cret' });
      },
    });
    await vi.waitFor(() => expect(states).toEqual(['lost']));
    isUp = true;
    clock.advance(10_000);
    await socketAt(0);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('opens again with back-off when it drops, and answers what was under way', async () => {
    const { carrier, socket } = await startReady();
    const answer = carrier.request('connection.retry', {});
    drop(socket);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'BRIDGE_CLOSED' } });
    expect(await carrier.request('connection.retry', {})).toMatchObject({ error: { code: 'BRIDGE_CLOSED' } });
    expect(states).toEqual(['ready', 'lost']);

    clock.advance(249);
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    drop(await socketAt(1));
    clock.advance(499);
    expect(sockets).toHaveLength(2);
    clock.advance(1);
    const third = await socketAt(2);
    open(third);
    receive(third, { type: 'ready' });
    expect(states).toEqual(['ready', 'lost', 'lost', 'ready']);
  });

  it('gives each answer to its own request', async () => {
    const { carrier, socket } = await startReady();
    const first = carrier.request('connection.retry', {});
    const second = carrier.request('app.snapshot', {});
    const error = appError('NOT_AVAILABLE', 'no');
    receive(socket, { type: 'response', id: 2, result: { ok: true, value: { revision: 1 } } });
    receive(socket, { type: 'response', id: 1, result: { ok: false, error } });
    expect(await first).toEqual(err(error));
    expect(await second).toEqual({ ok: true, value: { revision: 1 } });
  });

  it('delivers events and ignores what is no frame', async () => {
    const { socket } = await startReady();
    const event = { event: 'snapshot', payload: { revision: 1, snapshot: localSnapshot } };
    receive(socket, { type: 'event', event });
    receive(socket, { type: 'nonsense' });
    socket.onmessage?.call(socket as never, new MessageEvent('message', { data: 'not json' }));
    expect(events).toEqual([event]);
  });

  it('settles everything when it is stopped', async () => {
    const { carrier, socket } = await startReady();
    const answer = carrier.request('connection.retry', {});
    carrier.stop();
    expect(await answer).toMatchObject({ error: { code: 'BRIDGE_CLOSED' } });
    expect(socket.closedWith).toBe(1000);
  });
});
