import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  makeCertificates,
  type TestCertificate,
  type TestCertificates,
} from '../../../e2e/fixtures/certificates.ts';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { startTlsFront } from '../../../e2e/fixtures/tls-front.ts';
import { doctorRungs } from '../../shared/contract/doctor.ts';
import type { Plan } from '../connection/plan.ts';
import { expectLadder, expectWords, helloOk, makeClimbBench, oneInterface, TOKEN } from './climb-bench.ts';
import { doctorReport } from './report.ts';
import { challenge, type FakeEnd, failure, outline, rung } from './test-bench.ts';

const { bench, climb, gateway, fakeEnd } = makeClimbBench();
let certificates: TestCertificates;
let own: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  certificates = await makeCertificates();
  own = await certificates.selfSigned('DNS:studio.test');
  other = await certificates.selfSigned('DNS:localhost');
});
afterAll(() => certificates?.remove());

async function front(certificate: TestCertificate, behindPort: number | null) {
  const started = await startTlsFront(certificate, behindPort);
  bench.defer(() => started.stop());
  return started;
}

async function listen(server: Server): Promise<number> {
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  bench.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return port;
}

const direct = (url: string, tlsFingerprint = '', token = TOKEN): Plan => ({
  tag: 'direct',
  url,
  tlsFingerprint,
  credentials: { token },
});

/** A Gateway of the test's own making behind the pinned certificate. */
async function pinnedTo(fake: FakeEnd) {
  const { port } = await front(own, (await fakeEnd(fake)).port);
  return direct(`wss://localhost:${port}`, own.fingerprint);
}

const refusing = (error: Record<string, unknown>): FakeEnd => ({
  refusal: () => ({ error: { code: 'INVALID_REQUEST', message: 'no', ...error }, closeCode: 1008 }),
});

describe('the ladder to a Gateway’s own address (R3, R24, R26)', () => {
  test('all of it holds behind a pinned certificate, and says whose it is', async () => {
    const { port } = await front(own, await gateway());
    const steps = await climb(direct(`wss://localhost:${port}`, own.fingerprint));
    expect(outline(steps)).toEqual(doctorRungs.direct.map((id) => `${id} passed`));
    expect(rung(steps, 'network').evidence?.key).toBe('loopbackTarget');
    expect(rung(steps, 'tls').evidence).toMatchObject({
      key: 'pinned',
      values: { fingerprint: own.fingerprint, issuer: 'O=Studio, CN=gateway' },
    });
    for (const step of steps) expectWords(step);
    const report = doctorReport(steps, { withNames: false });
    for (const secret of [TOKEN, own.fingerprint, 'Studio', 'localhost'])
      expect(report).not.toContain(secret);
  });

  test('plaintext to this very computer holds as well, and is called what it is', async () => {
    const steps = await climb(direct(`ws://127.0.0.1:${await gateway()}`));
    expect(outline(steps)).toEqual(doctorRungs.direct.map((id) => `${id} passed`));
    expect(rung(steps, 'tls').evidence?.key).toBe('plaintext');
    expect(rung(steps, 'dns').evidence?.key).toBe('literal');
  });

  test('no network', async () => {
    const steps = await climb(direct('wss://studio.example'), { tools: { networkInterfaces: () => ({}) } });
    expect(failure(steps)).toMatchObject({ id: 'network', error: { code: 'NETWORK_DOWN', retryable: true } });
    expectLadder(steps, 'network', doctorRungs.direct);
  });

  test.each([
    ['ws://203.0.113.9:18789', '', 'GATEWAY_PLAINTEXT_PUBLIC'],
    ['ws://10.1.2.3:18789', '', 'GATEWAY_PLAINTEXT_REFUSED'],
    ['wss://studio.example', 'nonsense', 'GATEWAY_TLS_PIN_INVALID'],
    ['ws://127.0.0.1:18789', 'ab'.repeat(32), 'GATEWAY_TLS_PIN_NEEDS_WSS'],
  ])('%s with the pin “%s” is refused before a name is looked up', async (url, pin, code) => {
    const never = () => {
      throw new Error('something was opened');
    };
    const tools = { networkInterfaces: oneInterface, lookup: never, connectTcp: never };
    const steps = await climb(direct(url, pin), { tools });
    expect(failure(steps)).toMatchObject({ id: 'dns', error: { code }, fix: { action: 'openSettings' } });
    expectLadder(steps, 'dns', doctorRungs.direct);
  });

  test.each([
    ['ENOTFOUND', 'unknown', false],
    ['EAI_AGAIN', 'noAnswer', true],
  ])('a name that is not found: %s', async (errno, cause, retryable) => {
    const lookup = () => Promise.reject(Object.assign(new Error(errno), { code: errno }));
    const steps = await climb(direct('wss://studio.example'), {
      tools: { networkInterfaces: oneInterface, lookup },
    });
    expect(failure(steps)).toMatchObject({
      id: 'dns',
      error: { code: 'GATEWAY_HOST_NOT_FOUND', retryable, details: { host: 'studio.example', cause } },
      evidence: { key: 'lookupFailed', values: { errno } },
    });
    expectLadder(steps, 'dns', doctorRungs.direct);
  });

  test('nothing listens', async () => {
    const url = `wss://localhost:${await freePort()}`;
    const steps = await climb(direct(url));
    expect(failure(steps)).toMatchObject({
      id: 'tcp',
      error: { code: 'GATEWAY_UNREACHABLE', details: { url: `${url}/` } },
      evidence: { key: 'notConnected' },
    });
    expectLadder(steps, 'tcp', doctorRungs.direct);
  });

  test('a certificate that nobody vouches for is shown, and nothing is said to its owner', async () => {
    const { port, record } = await front(other, await gateway());
    const steps = await climb(direct(`wss://localhost:${port}`));
    expect(failure(steps)).toMatchObject({
      id: 'tls',
      error: { code: 'GATEWAY_TLS_UNTRUSTED', details: { actual: other.fingerprint } },
      evidence: { key: 'certificate', values: { fingerprint: other.fingerprint } },
      fix: { action: 'openSettings' },
    });
    expect(record.text).toBe('');
    expectLadder(steps, 'tls', doctorRungs.direct);
  });

  test('another certificate than the pinned one: both are named, and nothing is said', async () => {
    const { port, record } = await front(other, await gateway());
    const steps = await climb(direct(`wss://localhost:${port}`, own.fingerprint));
    expect(failure(steps)).toMatchObject({
      id: 'tls',
      error: {
        code: 'GATEWAY_TLS_PIN_MISMATCH',
        details: { expected: own.fingerprint, actual: other.fingerprint },
      },
      evidence: { key: 'certificate', values: { fingerprint: other.fingerprint } },
    });
    expect(record.text).toBe('');
    expectLadder(steps, 'tls', doctorRungs.direct);
  });

  test('a server without TLS', async () => {
    const port = await listen(
      createServer((socket) => {
        socket.on('error', () => {});
        socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n');
      }),
    );
    const steps = await climb(direct(`wss://localhost:${port}`));
    expect(failure(steps)).toMatchObject({
      id: 'tls',
      error: { code: 'GATEWAY_TLS_MISSING', details: { port } },
      evidence: null,
    });
  });

  test('a web server that is no Gateway, and a proxy whose Gateway is away', async () => {
    const page: FakeEnd = { http: (_request, response) => response.end('<!doctype html><p>Hello') };
    const steps = await climb(await pinnedTo(page));
    expect(failure(steps)).toMatchObject({
      id: 'http',
      error: { code: 'NOT_A_GATEWAY' },
      evidence: { key: 'httpOther', values: { status: 200, bodyKind: 'html' } },
    });
    expectLadder(steps, 'http', doctorRungs.direct);
    const away: FakeEnd = { http: (_request, response) => response.writeHead(502).end() };
    expect(failure(await climb(await pinnedTo(away)))).toMatchObject({
      id: 'http',
      error: { code: 'GATEWAY_UNREACHABLE', retryable: true },
    });
  });

  test('a WebSocket that sends no challenge', async () => {
    const steps = await climb(await pinnedTo({ onSocket: () => {} }), { timeoutMs: 400 });
    expect(failure(steps)).toMatchObject({ id: 'challenge', error: { code: 'NOT_A_GATEWAY' } });
    expectLadder(steps, 'challenge', doctorRungs.direct);
  });

  test('the wrong token, which appears nowhere', async () => {
    const { port } = await front(own, await gateway());
    const steps = await climb(direct(`wss://localhost:${port}`, own.fingerprint, 'canary-wrong-token'));
    expect(failure(steps)).toMatchObject({
      id: 'gatewayAuthentication',
      error: { code: 'GATEWAY_TOKEN_MISMATCH' },
      fix: { action: 'openSettings' },
    });
    expect(JSON.stringify(steps)).not.toContain('canary-wrong-token');
    expectLadder(steps, 'gatewayAuthentication', doctorRungs.direct);
  });

  test('a computer that is not approved yet: the command is for the Gateway’s own computer', async () => {
    const details = { code: 'PAIRING_REQUIRED', reason: 'not-paired', requestId: '3f0c-11' };
    const steps = await climb(await pinnedTo(refusing({ code: 'NOT_PAIRED', details })));
    expect(failure(steps)).toMatchObject({
      id: 'pairing',
      error: { code: 'GATEWAY_PAIRING_REQUIRED' },
      fix: { kind: 'command', command: 'openclaw devices approve 3f0c-11', where: 'remote' },
    });
    expectLadder(steps, 'pairing', doctorRungs.direct);
  });

  test('health that does not come', async () => {
    const plan = await pinnedTo({
      onSocket: (socket) => {
        challenge(socket);
        socket.on('message', (data) => {
          const { id, method } = JSON.parse(data.toString()) as { id: string; method: string };
          if (method !== 'connect') return socket.close(1012, 'service restart');
          socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: helloOk }));
        });
      },
    });
    const steps = await climb(plan);
    expect(failure(steps)).toMatchObject({ id: 'health', error: { code: 'GATEWAY_CLOSED' } });
    expectLadder(steps, 'health', doctorRungs.direct);
  });
});
