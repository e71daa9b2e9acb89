import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../options.ts';
import { placeAddress } from '../test-support/admission/places.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { isEvent, openRaw, type RawClient } from '../test-support/wire-client.ts';
import { createStrangers } from './strangers.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** Sockets that never say `connect`; `null` for those that were turned away, with the reason. */
async function dawdle(count: number, url: string, headers: Record<string, string> = {}) {
  const clients = Array.from({ length: count }, () => openRaw(url, headers));
  const stays = await Promise.all(
    clients.map((client) =>
      client.next(isEvent('connect.challenge')).then(
        () => true,
        (thrown: Error) => thrown.message,
      ),
    ),
  );
  fixture.defer(() => {
    for (const { socket } of clients) socket.terminate();
  });
  const refusals = stays.filter((stay) => stay !== true);
  return { clients: clients.filter((_client, index) => stays[index] === true), refusals };
}

/** Plain connections that say nothing at all. */
async function gape(count: number, host: string, port: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connectSocket(port, host).on('error', () => {}));
  fixture.defer(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
  return sockets;
}

const open = (sockets: readonly Socket[]) => sockets.filter((socket) => !socket.closed).length;
const forwarded = (address: string) => ({ 'x-forwarded-for': address });

describe('callers that prove nothing', () => {
  it('a flood of this computer neither fills the process nor keeps anybody out', async () => {
    const gateway = await fixture.start();
    const sockets = await gape(1_000, '127.0.0.1', gateway.port);
    const { refusals } = await dawdle(250, gateway.url);
    // None was refused: the oldest had to go.
    expect(refusals).toEqual([]);
    await vi.waitFor(() => expect(open(sockets)).toBeLessThanOrEqual(6));
    const client = await fixture.connect(gateway);
    expect(await client.call('health', {})).toMatchObject({ ok: true });
    expect((await fetch(`http://127.0.0.1:${gateway.port}/healthz`)).status).toBe(200);
  });

  it('who is let in takes no place of theirs', async () => {
    const gateway = await fixture.start({ limits: { strangersHere: 3 } });
    const clients = [];
    for (let index = 0; index < 6; index += 1) clients.push(await fixture.connect(gateway));
    await gape(10, '127.0.0.1', gateway.port);
    await dawdle(10, gateway.url);
    for (const client of clients) expect((await client.call('health', {})).ok).toBe(true);
  });

  it('a caller of the HTTP API with a credential is none either', async () => {
    const gateway = await fixture.start({ limits: { strangersHere: 3 }, http: { chatCompletions: true } });
    const path = `http://127.0.0.1:${gateway.port}/v1/models`;
    const socket = connectSocket(gateway.port, '127.0.0.1');
    fixture.defer(() => socket.destroy());
    const ask = async () => {
      socket.write(`GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
      return String((await once(socket, 'data'))[0]);
    };
    expect(await ask()).toContain('200 OK');
    await gape(10, '127.0.0.1', gateway.port);
    expect(await ask()).toContain('200 OK');
    expect((await fetch(path)).status).toBe(401);
  });

  it('behind a trusted proxy each client has places of its own, and gets them back (R28)', async () => {
    const gateway = await fixture.start({ trustedProxies: ['127.0.0.1'] });
    const knock = (count: number, address: string) => dawdle(count, gateway.url, forwarded(address));
    const { clients, refusals } = await knock(40, '203.0.113.7');
    expect(clients).toHaveLength(32);
    expect(refusals).toEqual(Array(8).fill('http 503'));
    expect((await knock(1, '203.0.113.8')).refusals).toEqual([]);
    await fixture.connect(gateway);
    await close(clients.slice(0, 1));
    await vi.waitFor(async () => expect((await knock(1, '203.0.113.7')).refusals).toEqual([]));
  });

  it('a page of this computer has few places, and its flood costs no program any', async () => {
    const gateway = await fixture.start();
    const page = { origin: 'https://evil.example' };
    expect((await dawdle(40, gateway.url, page)).refusals).toHaveLength(8);
    expect((await dawdle(40, gateway.url)).refusals).toEqual([]);
  });

  it('a flood from the network keeps nobody of this computer out', async ({ skip }) => {
    const address = placeAddress(false);
    if (address === undefined) return skip('this computer has no network');
    const gateway = await fixture.start({ bind: 'lan', limits: { strangersHere: 8 } });
    const url = `ws://${address}:${gateway.port}`;
    const { clients, refusals } = await dawdle(40, url);
    expect([clients.length, new Set(refusals)]).toEqual([32, new Set(['http 503'])]);
    const sockets = await gape(500, address, gateway.port);
    await vi.waitFor(() => expect(open(sockets)).toBeLessThanOrEqual(32));
    expect((await dawdle(8, gateway.url)).refusals).toEqual([]);
    await fixture.connect(gateway);
  });
});

it('a caller that goes away while it is looked at leaves its place', async () => {
  const strangers = createStrangers({
    isTrustedProxy: () => false,
    limits: { strangersPerClient: 1, strangersHere: 1, strangersElsewhere: 2 },
    now: () => 0,
    logger: silentLogger,
  });
  const ingress = { kind: 'direct', address: '203.0.113.7', isLoopback: false } as const;
  const knock = (socket: PassThrough) => {
    strangers.arrived(socket, ingress.address);
    return strangers.identified(socket, ingress, undefined);
  };
  const gone = new PassThrough();
  strangers.arrived(gone, ingress.address);
  gone.destroy();
  await once(gone, 'close');
  strangers.identified(gone, ingress, undefined);
  expect([knock(new PassThrough()), knock(new PassThrough())]).toEqual([true, false]);
});

async function close(clients: readonly RawClient[]): Promise<void> {
  for (const { socket } of clients) socket.terminate();
  await Promise.all(clients.map(({ closed }) => closed));
}
