import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { createGatewayLink, type GatewayLink, type GatewayLinkOptions } from './gateway-link.ts';

type ConnectRequest = {
  id: string;
  params: { auth?: Record<string, string>; scopes: string[]; client: Record<string, string> };
};
type Answer = { ok: true; payload: unknown } | { ok: false; error: unknown };

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const helloOk = (deviceToken?: string) => ({
  type: 'hello-ok',
  protocol: 4,
  server: { version: '1.2.3', connId: 'c' },
  features: { methods: [], events: [] },
  snapshot: { sessionDefaults: { mainSessionKey: 'agent:home:main' } },
  auth: { method: deviceToken ? 'token' : 'none', role: 'operator', scopes: ['operator.read'], deviceToken },
  policy: { tickIntervalMs: 30_000 },
});

const refusal = (detailCode: string, details: Record<string, unknown> = {}): Answer => ({
  ok: false,
  error: { code: 'INVALID_REQUEST', message: 'no', details: { code: detailCode, ...details } },
});

/** A server that speaks as much of the protocol as a link hears. `answer` decides about each connect. */
async function startPeer(answer: (connect: ConnectRequest, socket: WebSocket) => Answer | null) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const connects: ConnectRequest[] = [];
  const sockets = new Set<WebSocket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.send(
      JSON.stringify({
        type: 'event',
        event: 'connect.challenge',
        payload: { nonce: 'n', ts: 1_700_000_000_000 },
      }),
    );
    socket.on('message', (raw) => {
      const frame = JSON.parse(raw.toString());
      if (frame.method !== 'connect') return;
      connects.push(frame);
      const verdict = answer(frame, socket);
      if (verdict) socket.send(JSON.stringify({ type: 'res', id: frame.id, ...verdict }));
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const close = () => {
    for (const socket of sockets) socket.terminate();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  ends.push(close);
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}`, port, connects, sockets, close };
}

async function startTcp(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  ends.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const fakeDevice = { deviceId: 'd'.repeat(64), publicKey: 'key', sign: (text: string) => `signed:${text}` };

function makeLink(url: string, options: Partial<GatewayLinkOptions> = {}): GatewayLink {
  const link = createGatewayLink({
    url,
    gatewayKey: 'test',
    credentials: { token: 'shared-token' },
    device: fakeDevice,
    deviceTokens: createMemoryDeviceTokens(),
    version: '0.1.0',
    random: () => 0,
    ...options,
  });
  ends.push(() => link.stop());
  return link;
}

async function failure(url: string, options: Partial<GatewayLinkOptions> = {}) {
  const link = makeLink(url, { retry: false, ...options });
  link.start();
  await expect.poll(() => link.state().tag, { timeout: 5_000 }).toBe('failed');
  const state = link.state();
  if (state.tag !== 'failed') throw new Error('not failed');
  return state.error;
}

/** Real time for the handshake; the back-off is remembered and let go by hand. */
function backoffClock(): Clock & { pending: { delayMs: number; run: () => void }[] } {
  const pending: { delayMs: number; run: () => void }[] = [];
  let now = 1_000_000;
  return {
    pending,
    now: () => now++,
    after(delayMs, run) {
      if (delayMs === 10_000) return systemClock.after(delayMs, run);
      const timer = { delayMs, run };
      pending.push(timer);
      return () => {
        if (pending.includes(timer)) pending.splice(pending.indexOf(timer), 1);
      };
    },
  };
}

const reaches = (link: GatewayLink, tag: ReturnType<GatewayLink['state']>['tag']) =>
  expect.poll(() => link.state().tag, { timeout: 5_000 }).toBe(tag);

describe('what is wrong is told apart (R7)', () => {
  test('nothing on the port', async () => {
    const error = await failure(`ws://127.0.0.1:${await freePort()}`);
    expect(error).toMatchObject({ code: 'GATEWAY_UNREACHABLE', message: 'ECONNREFUSED', retryable: true });
  });

  test('a plain HTTP server', async () => {
    const http = createHttpServer((_request, response) => response.end('<html>'));
    const port = await startTcp(http);
    const error = await failure(`ws://127.0.0.1:${port}`);
    expect(error).toMatchObject({ code: 'NOT_A_GATEWAY', details: { port } });
  });

  test('a proxy whose Gateway is away is no stranger', async () => {
    const http = createHttpServer((_request, response) => response.writeHead(502).end());
    expect(await failure(`ws://127.0.0.1:${await startTcp(http)}`)).toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
    });
  });

  test('a refusal by a Gateway’s own HTTP side', async () => {
    const body = JSON.stringify({ error: { type: 'proxy_attribution_required', message: 'who are you' } });
    const http = createHttpServer((_request, response) => response.writeHead(403).end(body));
    expect(await failure(`ws://127.0.0.1:${await startTcp(http)}`)).toMatchObject({
      code: 'GATEWAY_AUTH_REFUSED',
      details: { reason: 'who are you' },
    });
  });

  test('a server that is no HTTP', async () => {
    const ssh = createServer((socket) => socket.end('SSH-2.0-OpenSSH_10.0\r\n'));
    expect(await failure(`ws://127.0.0.1:${await startTcp(ssh)}`)).toMatchObject({ code: 'NOT_A_GATEWAY' });
  });

  test('a server that accepts and never speaks', async () => {
    const held: import('node:net').Socket[] = [];
    const mute = createServer((socket) => held.push(socket));
    ends.push(() => {
      for (const socket of held) socket.destroy();
    });
    const error = await failure(`ws://127.0.0.1:${await startTcp(mute)}`, { handshakeTimeoutMs: 200 });
    expect(error).toMatchObject({ code: 'GATEWAY_UNREACHABLE', message: 'no answer', retryable: true });
  });

  test('a tunnel that accepts and hangs up', async () => {
    const tunnel = createServer((socket) => socket.destroy());
    expect(await failure(`ws://127.0.0.1:${await startTcp(tunnel)}`)).toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
    });
  });

  test('a WebSocket server that sends no challenge', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    ends.push(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failure(`ws://127.0.0.1:${port}`, { handshakeTimeoutMs: 200 });
    expect(error).toMatchObject({ code: 'NOT_A_GATEWAY', message: 'no challenge', details: { port } });
  });

  test('a Gateway that takes the credentials and says nothing', async () => {
    const peer = await startPeer(() => null);
    expect(await failure(peer.url, { handshakeTimeoutMs: 300 })).toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
      message: 'no hello',
    });
  });

  test('a hello that is none', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: { hello: 'world' } }));
    expect(await failure(peer.url)).toMatchObject({ code: 'NOT_A_GATEWAY', details: { port: peer.port } });
  });

  test.each([
    ['AUTH_TOKEN_MISSING', 'GATEWAY_TOKEN_MISSING', {}],
    ['AUTH_TOKEN_MISMATCH', 'GATEWAY_TOKEN_MISMATCH', {}],
    ['AUTH_PASSWORD_MISMATCH', 'GATEWAY_PASSWORD_MISMATCH', {}],
    ['PAIRING_REQUIRED', 'GATEWAY_PAIRING_REQUIRED', { requestId: 'r-1' }],
    ['PROTOCOL_MISMATCH', 'GATEWAY_PROTOCOL_MISMATCH', { expectedProtocol: 7 }],
    ['CONTROL_UI_ORIGIN_NOT_ALLOWED', 'GATEWAY_ORIGIN_REFUSED', {}],
    ['DEVICE_AUTH_SIGNATURE_EXPIRED', 'GATEWAY_DEVICE_REFUSED', {}],
    ['AUTH_RATE_LIMITED', 'GATEWAY_AUTH_REFUSED', {}],
  ] as const)('%s is %s', async (detailCode, code, details) => {
    const peer = await startPeer(() => refusal(detailCode, details));
    const error = await failure(peer.url);
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(
      {
        GATEWAY_PAIRING_REQUIRED: { requestId: 'r-1' },
        GATEWAY_PROTOCOL_MISMATCH: { ours: 4, theirs: 7 },
      }[code as string] ?? {},
    );
    expect(JSON.stringify(error)).not.toContain('shared-token');
  });

  test('a Gateway that is starting says when to come back', async () => {
    const peer = await startPeer((_connect, socket) => {
      setImmediate(() => socket.close(1013, 'gateway starting'));
      return {
        ok: false,
        error: {
          code: 'UNAVAILABLE',
          message: 'starting',
          retryable: true,
          retryAfterMs: 500,
          details: { reason: 'startup-sidecars' },
        },
      };
    });
    expect(await failure(peer.url)).toMatchObject({ code: 'GATEWAY_STARTING', retryAfterMs: 500 });
  });

  test('R24: plaintext to a public address is refused before a socket is made', async () => {
    expect(await failure('ws://203.0.113.9:18789')).toMatchObject({
      code: 'GATEWAY_PLAINTEXT_PUBLIC',
      retryable: false,
    });
  });
});

describe('the link', () => {
  test('greets as gateway-client in mode ui and tells what hello said', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    const link = makeLink(peer.url);
    const tags: string[] = [];
    link.onDidChange((state) => tags.push(state.tag));
    link.start();
    await reaches(link, 'open');
    expect(link.state()).toMatchObject({
      version: '1.2.3',
      mainSessionKey: 'agent:home:main',
      authMethod: 'none',
      scopes: ['operator.read'],
      server: { connId: 'c' },
    });
    expect(peer.connects[0]?.params).toMatchObject({
      client: { id: 'gateway-client', mode: 'ui', version: '0.1.0', platform: process.platform },
      auth: { token: 'shared-token' },
    });
    await link.stop();
    expect(tags).toEqual(['connecting', 'open', 'closed']);
  });

  test('a device token is kept and goes first; refused, it is forgotten and the shared token tried once', async () => {
    const peer = await startPeer(({ params }) => {
      if (params.auth?.deviceToken === 'stale') return refusal('AUTH_DEVICE_TOKEN_MISMATCH');
      return { ok: true, payload: helloOk('fresh') };
    });
    const deviceTokens = createMemoryDeviceTokens();
    deviceTokens.set('test', 'operator', { token: 'stale', scopes: ['operator.read', 'operator.write'] });
    const link = makeLink(peer.url, { deviceTokens });
    const tags: string[] = [];
    link.onDidChange((state) => tags.push(state.tag));
    link.start();
    await reaches(link, 'open');
    expect(peer.connects.map(({ params }) => params.auth)).toEqual([
      { deviceToken: 'stale' },
      { token: 'shared-token' },
    ]);
    // No more than the token was issued for.
    expect(peer.connects[0]?.params.scopes).toEqual(['operator.read', 'operator.write']);
    expect(tags).toEqual(['connecting', 'open']);
    expect(deviceTokens.get('test', 'operator')).toEqual({ token: 'fresh', scopes: ['operator.read'] });
  });

  test('a device token of another Gateway is never sent', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    const deviceTokens = createMemoryDeviceTokens();
    deviceTokens.set('other', 'operator', { token: 'theirs', scopes: ['operator.read'] });
    const link = makeLink(peer.url, { deviceTokens, credentials: {} });
    link.start();
    await reaches(link, 'open');
    expect(peer.connects[0]?.params.auth).toBeUndefined();
  });

  test('retries with a countdown that retryNow skips, and starts over once it is open', async () => {
    const port = await freePort();
    const clock = backoffClock();
    const link = makeLink(`ws://127.0.0.1:${port}`, { clock });
    link.start();
    await reaches(link, 'waiting');
    expect(link.state()).toMatchObject({ attempt: 1, error: { code: 'GATEWAY_UNREACHABLE' } });
    expect(clock.pending.map(({ delayMs }) => delayMs)).toEqual([100]);
    clock.pending.shift()?.run();
    await reaches(link, 'waiting');
    expect(link.state()).toMatchObject({ attempt: 2 });
    expect(clock.pending.map(({ delayMs }) => delayMs)).toEqual([200]);

    link.retryNow();
    expect(link.state()).toEqual({ tag: 'connecting' });
    expect(clock.pending).toEqual([]);
    link.retryNow();
    await reaches(link, 'waiting');
    expect(link.state()).toMatchObject({ attempt: 1 });
  });

  test('a lost connection is waited for; one that never lasts counts on', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    const clock = backoffClock();
    const link = makeLink(peer.url, { clock });
    link.start();
    for (const attempt of [1, 2]) {
      await reaches(link, 'open');
      for (const socket of peer.sockets) socket.close(1012, 'service restart');
      await reaches(link, 'waiting');
      expect(link.state()).toMatchObject({
        attempt,
        error: { code: 'GATEWAY_CLOSED', details: { closeCode: 1012, reason: 'service restart' } },
      });
      clock.pending.shift()?.run();
    }
  });

  test('R6: a restart that was announced is called so, and asked after often, until it takes too long', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    const clock = backoffClock();
    let ahead = 0;
    const late: Clock = { now: () => clock.now() + ahead, after: clock.after };
    const link = makeLink(peer.url, { clock: late });
    link.start();
    await reaches(link, 'open');
    const payload = { reason: 'config changed', restartExpectedMs: 1500 };
    for (const socket of peer.sockets) {
      socket.send(JSON.stringify({ type: 'event', event: 'shutdown', payload }));
      socket.close(1012, 'service restart');
    }
    await reaches(link, 'waiting');
    await peer.close();
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 6; round += 1) {
      expect(link.state()).toMatchObject({ error: { code: 'GATEWAY_RESTARTING', retryable: true } });
      const due = clock.pending.shift();
      waits.push(due?.delayMs);
      due?.run();
      await reaches(link, 'waiting');
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
    ahead = 31_500;
    clock.pending.shift()?.run();
    await expect.poll(() => link.state()).toMatchObject({ error: { code: 'GATEWAY_UNREACHABLE' } });
  });

  test.each([
    ['says nothing of a restart', 'shutdown', { reason: 'gateway stopping' }],
    ['says that none is meant', 'shutdown', { reason: 'gateway stopping', restartExpectedMs: null }],
    ['says something else', 'health', { restartExpectedMs: 1500 }],
  ])('a Gateway that %s is gone', async (_what, event, payload) => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    const link = makeLink(peer.url, { clock: backoffClock() });
    link.start();
    await reaches(link, 'open');
    for (const socket of peer.sockets) {
      socket.send(JSON.stringify({ type: 'event', event, payload }));
      socket.close(1012, 'service restart');
    }
    await reaches(link, 'waiting');
    expect(link.state()).toMatchObject({ error: { code: 'GATEWAY_CLOSED' } });
  });

  test('a name that is lost after it was found is waited for; one that was never found is not', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    let isKnown = true;
    const lookup = async () => {
      if (isKnown) return [{ address: '127.0.0.1', family: 4 }];
      throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    const options = { clock: backoffClock(), tools: { lookup, isOffline: () => false } };
    const url = `ws://gateway.localhost:${peer.port}`;
    const link = makeLink(url, options);
    link.start();
    await reaches(link, 'open');
    isKnown = false;
    for (const socket of peer.sockets) socket.terminate();
    await reaches(link, 'waiting');
    options.clock.pending.shift()?.run();
    await expect
      .poll(() => link.state())
      .toMatchObject({ tag: 'waiting', attempt: 2, error: { code: 'GATEWAY_HOST_NOT_FOUND' } });

    const other = makeLink(url, options);
    other.start();
    await reaches(other, 'failed');
    expect(other.state()).toMatchObject({ error: { code: 'GATEWAY_HOST_NOT_FOUND' } });
  });

  test('requests are answered, refused, late, or end with the connection', async () => {
    const peer = await startPeer((_connect, socket) => {
      socket.on('message', (raw) => {
        const { id, method } = JSON.parse(raw.toString());
        const answer = (body: object) => socket.send(JSON.stringify({ type: 'res', id, ...body }));
        if (method === 'health') answer({ ok: true, payload: { ok: true } });
        if (method === 'nope') answer({ ok: false, error: { code: 'FORBIDDEN', message: 'missing scope' } });
        if (method === 'die') socket.close(1001, 'bye');
      });
      return { ok: true, payload: helloOk() };
    });
    const link = makeLink(peer.url, { retry: false });
    expect(await link.request('health', {})).toMatchObject({ ok: false, error: { code: 'STOPPED' } });
    link.start();
    expect(await link.request('health', {})).toMatchObject({ error: { code: 'GATEWAY_UNREACHABLE' } });
    await reaches(link, 'open');
    expect(await link.request('health', {})).toEqual({ ok: true, value: { ok: true } });
    expect(await link.request('nope', {})).toMatchObject({
      error: { code: 'GATEWAY_REQUEST_FAILED', details: { method: 'nope', reason: 'missing scope' } },
    });
    expect(await link.request('never', {}, { timeoutMs: 100 })).toMatchObject({
      error: { code: 'GATEWAY_REQUEST_TIMEOUT', details: { method: 'never', seconds: 0.1 } },
    });
    const pending = link.request('never', {});
    expect(await link.request('die', {})).toMatchObject({
      error: { code: 'GATEWAY_CLOSED', details: { closeCode: 1001, reason: 'bye' } },
    });
    expect(await pending).toMatchObject({ error: { code: 'GATEWAY_CLOSED' } });
    expect(await link.request('health', {})).toMatchObject({ error: { code: 'GATEWAY_CLOSED' } });
  });

  test('stop settles what is pending, and nothing is heard afterwards', async () => {
    const peer = await startPeer(() => ({ ok: true, payload: helloOk() }));
    const link = makeLink(peer.url);
    const heard: string[] = [];
    link.onEvent(({ event }) => heard.push(event));
    link.start();
    await reaches(link, 'open');
    for (const socket of peer.sockets) socket.send(JSON.stringify({ type: 'event', event: 'tick', seq: 1 }));
    await expect.poll(() => heard).toEqual(['tick']);
    const pending = link.request('never', {});
    await link.stop();
    expect(await pending).toMatchObject({ error: { code: 'STOPPED' } });
    expect(link.state()).toEqual({ tag: 'closed' });
    await expect
      .poll(() => [...peer.sockets].every((socket) => socket.readyState === socket.CLOSED))
      .toBe(true);
    link.start();
    await reaches(link, 'open');
  });

  test('a listener may stop the link from within a change', async () => {
    const peer = await startPeer(() => refusal('AUTH_TOKEN_MISMATCH'));
    const link = makeLink(peer.url);
    const tags: string[] = [];
    link.onDidChange(({ tag }) => {
      tags.push(tag);
      if (tag === 'connecting') void link.stop();
    });
    link.start();
    await reaches(link, 'closed');
    await link.stop();
    expect(tags).toEqual(['connecting', 'closed']);
  });
});
