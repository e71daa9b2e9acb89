import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTcpServer, type Server } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  makeCertificates,
  type TestCertificate,
  type TestCertificates,
} from '../../../e2e/fixtures/certificates.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { type DialOptions, dialGateway } from './dial.ts';
import { createGatewayLink } from './gateway-link.ts';
import { openRelay } from './relay.ts';

let certificates: TestCertificates;
let own: TestCertificate;
let other: TestCertificate;
let issued: TestCertificate;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
  own = await certificates.selfSigned('DNS:studio.test');
  other = await certificates.selfSigned('DNS:localhost,IP:127.0.0.1');
  issued = await certificates.issue('DNS:localhost,IP:127.0.0.1');
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => certificates?.remove());

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** Records every byte that comes out of TLS, and what came in all on the wire. */
async function recordingServer({ cert, key }: TestCertificate) {
  const record = { text: '', handshakes: 0, connections: 0 };
  const sockets = new Set<TLSSocket>();
  const server = createTlsServer({ cert, key }, (socket) => {
    record.handshakes += 1;
    sockets.add(socket);
    socket.on('data', (bytes) => {
      record.text += bytes.toString('latin1');
    });
    socket.on('error', () => {});
  });
  server.on('connection', () => {
    record.connections += 1;
  });
  server.on('tlsClientError', () => {});
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { port: await listen(server), record };
}

async function dial(options: Partial<DialOptions> & Pick<DialOptions, 'url'>) {
  const dialed = await dialGateway({ timeoutMs: 5_000, env: {}, ...options });
  if (dialed.ok) ends.push(() => dialed.value.socket.destroy());
  return dialed;
}

async function refusal(options: Parameters<typeof dial>[0]) {
  const dialed = await dial(options);
  if (dialed.ok) throw new Error('it was let through');
  return dialed.error;
}

const trusting = () => ({ authorities: createSecureContext({ ca: certificates.authority }) });

describe('R26: the pin decides, before anything is sent', () => {
  test.each([
    ['as openssl prints it', (text: string) => text],
    ['plain, lower case', (text: string) => text.replaceAll(':', '').toLowerCase()],
    ['with sha256:', (text: string) => `sha256:${text.toLowerCase()}`],
  ])('the right pin, %s, lets a self-signed certificate of another name in', async (_how, write) => {
    const { port } = await recordingServer(own);
    const dialed = await dial({ url: `wss://127.0.0.1:${port}`, tlsFingerprint: write(own.fingerprint) });
    expect(dialed).toMatchObject({ ok: true, value: { certificate: { fingerprint: own.fingerprint } } });
  });

  test('a wrong pin tells old, new, issuer, subject and validity; nothing came out of TLS', async () => {
    const { port, record } = await recordingServer(own);
    const error = await refusal({ url: `wss://127.0.0.1:${port}`, tlsFingerprint: other.fingerprint });
    expect(error).toMatchObject({
      code: 'GATEWAY_TLS_PIN_MISMATCH',
      retryable: false,
      details: {
        host: '127.0.0.1',
        port,
        expected: other.fingerprint,
        actual: own.fingerprint,
        issuer: 'O=Studio, CN=gateway',
        subject: 'O=Studio, CN=gateway',
        validFrom: expect.stringMatching(/GMT$/),
        validTo: expect.stringMatching(/GMT$/),
      },
    });
    expect(record).toMatchObject({ connections: 1, text: '' });
  });

  test('a wrong pin is not rescued by an authority that vouches for the certificate', async () => {
    const { port } = await recordingServer(issued);
    const error = await refusal({
      url: `wss://localhost:${port}`,
      tlsFingerprint: own.fingerprint,
      tools: trusting(),
    });
    expect(error.code).toBe('GATEWAY_TLS_PIN_MISMATCH');
  });

  test.each(['nonsense', 'sha256:', 'ab:cd'])('an ill-written pin (%s) opens nothing', async (pin) => {
    const { port, record } = await recordingServer(issued);
    const error = await refusal({ url: `wss://localhost:${port}`, tlsFingerprint: pin, tools: trusting() });
    expect(error.code).toBe('GATEWAY_TLS_PIN_INVALID');
    expect(record.connections).toBe(0);
  });

  test('a pin for ws:// is refused, on loopback too', async () => {
    const error = await refusal({ url: 'ws://127.0.0.1:1', tlsFingerprint: own.fingerprint });
    expect(error.code).toBe('GATEWAY_TLS_PIN_NEEDS_WSS');
  });

  test('link and relay send neither a token nor a byte past a wrong pin', async () => {
    const { port, record } = await recordingServer(own);
    const address = { url: `wss://127.0.0.1:${port}`, tlsFingerprint: other.fingerprint };
    const link = createGatewayLink({
      ...address,
      gatewayKey: 'test',
      credentials: { token: 'canary-token' },
      device: { deviceId: 'd'.repeat(64), publicKey: 'key', sign: () => 'signed' },
      deviceTokens: createMemoryDeviceTokens(),
      version: '0.1.0',
      retry: false,
    });
    ends.push(() => link.stop());
    link.start();
    await expect
      .poll(() => link.state())
      .toMatchObject({
        tag: 'failed',
        error: { code: 'GATEWAY_TLS_PIN_MISMATCH' },
      });
    const closes: string[] = [];
    const relay = openRelay({ ...address, onMessage: () => {}, onClose: (_code, why) => closes.push(why) });
    relay.send('canary-token');
    await expect.poll(() => closes).toEqual(['the certificate of 127.0.0.1 is not the pinned one']);
    expect(record.connections).toBe(2);
    expect(record.text).toBe('');
  });

  test('past the right pin the relay speaks WebSocket, without an Origin and with the host it dialed', async () => {
    const heard: string[] = [];
    const server = createTlsServerWithWebSockets(own, (text) => heard.push(text));
    const port = await listen(server);
    const relay = openRelay({
      url: `https://127.0.0.1:${port}/gateway?a=1`,
      tlsFingerprint: own.fingerprint,
      onMessage: () => {},
      onClose: () => {},
    });
    ends.push(() => relay.close());
    relay.send('hello');
    await expect.poll(() => heard).toEqual([`/gateway?a=1 127.0.0.1:${port} undefined`, 'hello']);
  });
});

function createTlsServerWithWebSockets({ cert, key }: TestCertificate, hear: (text: string) => void): Server {
  const server = createHttpsServer({ cert, key });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    hear(`${request.url} ${request.headers.host} ${request.headers.origin}`);
    socket.on('message', (data) => hear(data.toString()));
  });
  ends.push(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return server;
}

describe('R26: without a pin the authorities, the name and the dates decide', () => {
  test('a certificate of a trusted authority, by name and by address', async () => {
    const { port } = await recordingServer(issued);
    for (const host of ['localhost', '127.0.0.1']) {
      expect(await dial({ url: `wss://${host}:${port}`, tools: trusting() })).toMatchObject({ ok: true });
    }
  });

  test('self-signed: refused, and shown to be judged', async () => {
    const { port, record } = await recordingServer(other);
    const error = await refusal({ url: `wss://localhost:${port}` });
    expect(error).toMatchObject({
      code: 'GATEWAY_TLS_UNTRUSTED',
      details: {
        reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        cause: 'selfSigned',
        actual: other.fingerprint,
        issuer: 'O=Studio, CN=gateway',
      },
    });
    expect(record.text).toBe('');
  });

  test('an authority nobody trusts', async () => {
    const { port } = await recordingServer(issued);
    expect(await refusal({ url: `wss://localhost:${port}` })).toMatchObject({
      code: 'GATEWAY_TLS_UNTRUSTED',
      details: { actual: issued.fingerprint, cause: 'unknownIssuer' },
    });
  });

  test('another name', async () => {
    const { port } = await recordingServer(await certificates.issue('DNS:studio.example'));
    const error = await refusal({ url: `wss://localhost:${port}`, tools: trusting() });
    expect(error).toMatchObject({ code: 'GATEWAY_TLS_NAME_MISMATCH', details: { host: 'localhost' } });
  });

  test.each([
    ['expired', { from: '20200101000000Z', to: '20210101000000Z' }],
    ['notYet', { from: '20980101000000Z', to: '20991231235959Z' }],
  ])('%s', async (cause, dates) => {
    const { port } = await recordingServer(await certificates.issue('DNS:localhost', dates));
    const error = await refusal({ url: `wss://localhost:${port}`, tools: trusting() });
    expect(error).toMatchObject({ code: 'GATEWAY_TLS_EXPIRED', details: { cause } });
  });

  test('a server without TLS', async () => {
    const port = await listen(
      createTcpServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    expect(await refusal({ url: `wss://127.0.0.1:${port}` })).toMatchObject({
      code: 'GATEWAY_TLS_MISSING',
      details: { port },
    });
  });

  test('a server that hangs up in the middle may come back', async () => {
    const port = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())));
    const error = await refusal({ url: `wss://127.0.0.1:${port}` });
    expect(error).toMatchObject({ code: 'GATEWAY_UNREACHABLE', retryable: true });
  });

  test('a server that never answers the handshake is given up', async () => {
    const held: Socket[] = [];
    const port = await listen(createTcpServer((socket) => held.push(socket)));
    ends.push(() => {
      for (const socket of held) socket.destroy();
    });
    const error = await refusal({ url: `wss://127.0.0.1:${port}`, timeoutMs: 100 });
    expect(error).toMatchObject({ code: 'GATEWAY_UNREACHABLE', message: 'ETIMEDOUT' });
  });
});

describe('R24: where the socket ends decides', () => {
  const breakGlass = { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' };
  const leadsTo = (...addresses: string[]) => ({
    lookup: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  const never = () => {
    throw new Error('a socket was opened');
  };

  test.each([
    ['ws://8.8.8.8:1', {}, 'GATEWAY_PLAINTEXT_PUBLIC'],
    ['ws://10.0.0.1:1', {}, 'GATEWAY_PLAINTEXT_REFUSED'],
    ['ws://studio.lan:1', {}, 'GATEWAY_PLAINTEXT_REFUSED'],
    ['ws://gateway.example:1', breakGlass, 'GATEWAY_PLAINTEXT_PUBLIC'],
    ['ws://0.0.0.0:1', breakGlass, 'GATEWAY_PLAINTEXT_PUBLIC'],
    ['ws://ada:secret@127.0.0.1:1', {}, 'GATEWAY_URL_INVALID'],
  ])('%s is refused before a name is looked up or a socket opened', async (url, env, code) => {
    const tools = { connect: never, lookup: never };
    expect((await refusal({ url, env, tools })).code).toBe(code);
  });

  test.each([
    ['ws://studio.lan:1', '203.0.113.7'],
    ['ws://studio.local:1', '::ffff:203.0.113.7'],
    ['ws://studio:1', '0.0.0.0'],
    ['ws://gw.localhost:1', '10.0.0.1'],
  ])('%s that resolves to %s is refused, and no socket is opened', async (url, address) => {
    const error = await refusal({ url, env: breakGlass, tools: { ...leadsTo(address), connect: never } });
    expect(error).toMatchObject({ code: 'GATEWAY_PLAINTEXT_PUBLIC', details: { cause: 'ledAway', address } });
  });

  test('of several addresses only the private ones are tried', async () => {
    const port = await listen(createTcpServer());
    const tools = leadsTo('203.0.113.7', '127.0.0.1');
    const dialed = await dial({ url: `ws://studio.lan:${port}`, env: breakGlass, tools });
    expect(dialed.ok && dialed.value.socket.remoteAddress).toBe('127.0.0.1');
  });

  test('a socket that ended elsewhere than the name promised is not used', async () => {
    const received: Buffer[] = [];
    const port = await listen(
      createTcpServer((socket) => {
        socket.on('data', (bytes) => received.push(bytes));
        socket.on('error', () => {});
      }),
    );
    const misled = ((options: Parameters<typeof connect>[0]) => {
      const socket = connect(options);
      Object.defineProperty(socket, 'remoteAddress', { value: '203.0.113.9' });
      return socket;
    }) as typeof connect;
    const error = await refusal({
      url: `ws://127.0.0.1:${port}`,
      env: breakGlass,
      tools: { connect: misled },
    });
    expect(error).toMatchObject({ code: 'GATEWAY_PLAINTEXT_PUBLIC', details: { address: '203.0.113.9' } });
    expect(received).toEqual([]);
  });

  test('a name that is not known, and a lookup that failed', async () => {
    const failing = (code: string) => ({
      lookup: () => Promise.reject(Object.assign(new Error(code), { code })),
    });
    const ask = (code: string, isOffline = false) =>
      refusal({ url: 'wss://studio.example', tools: { ...failing(code), isOffline: () => isOffline } });
    expect(await ask('ENOTFOUND')).toMatchObject({
      code: 'GATEWAY_HOST_NOT_FOUND',
      retryable: false,
      details: { host: 'studio.example', cause: 'unknown' },
    });
    expect(await ask('EAI_AGAIN')).toMatchObject({
      code: 'GATEWAY_HOST_NOT_FOUND',
      retryable: true,
      details: { cause: 'noAnswer' },
    });
    // A laptop that wakes up before its network does.
    for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
      expect(await ask(code, true)).toMatchObject({ code: 'NETWORK_DOWN', retryable: true });
    }
  });

  test.each([
    ['in time', () => ({ timeoutMs: 30 }), 'GATEWAY_UNREACHABLE'],
    ['when it is given up', () => ({ signal: AbortSignal.timeout(30) }), 'GATEWAY_UNREACHABLE'],
    ['when somebody has given it up', () => ({ signal: AbortSignal.abort() }), 'STOPPED'],
  ])('a name server that never answers does not hold a dial up: it ends %s', async (_when, options, code) => {
    const tools = { lookup: () => new Promise<never>(() => {}) };
    expect((await refusal({ url: 'wss://studio.example', tools, ...options() })).code).toBe(code);
  });

  test('a dial that is given up says so', async () => {
    const giveUp = new AbortController();
    giveUp.abort();
    const error = await refusal({ url: 'ws://127.0.0.1:1', signal: giveUp.signal });
    expect(error.code).toBe('STOPPED');
  });
});
