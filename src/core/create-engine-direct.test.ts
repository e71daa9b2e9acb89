import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type TestCertificates } from '../../e2e/fixtures/certificates.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { makeTestEngine } from '../../e2e/fixtures/test-engine.ts';
import { startTlsFront } from '../../e2e/fixtures/tls-front.ts';
import type { ContractEvent } from '../shared/contract/events.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';

const TOKEN = 'canary-of-the-direct-way';
let certificates: TestCertificates;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => certificates?.remove());

async function startFront(...options: Parameters<typeof startTlsFront>) {
  const front = await startTlsFront(...options);
  ends.push(() => front.stop());
  return front;
}

/** An engine in Local mode, for its embedded Gateway. */
async function startGatewayPort(): Promise<number> {
  const local = await makeTestEngine({ env: { OPENCLAW_GATEWAY_TOKEN: TOKEN } });
  ends.push(() => local.stop());
  await local.engine.start();
  await local.until(({ connection }) => connection.tag === 'connected');
  return local.port;
}

/** Nobody chose a way: a URL that is no tunnel's end, and no SSH target, is one. */
async function makeDirect(remote: Record<string, unknown>) {
  const test = await makeTestEngine();
  ends.push(() => test.stop());
  const dir = join(test.home, '.openclaw');
  mkdirSync(dir, { mode: 0o700 });
  const config = { gateway: { mode: 'remote', remote: { token: TOKEN, ...remote } } };
  writeFileSync(join(dir, 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
  await test.engine.start();
  return test;
}

const failedWith = (code: string) => (now: Snapshot) =>
  now.connection.tag === 'failed' && now.connection.error.code === code;
const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';

describe('a Gateway’s own address (R3, R24, R26)', () => {
  it('refuses an unknown certificate, pins it on request, and refuses the next one', async () => {
    const [first, second] = await Promise.all([
      certificates.selfSigned('DNS:localhost'),
      certificates.selfSigned('DNS:localhost'),
    ]);
    const gatewayPort = await startGatewayPort();
    const front = await startFront(first, gatewayPort);
    const { engine, until } = await makeDirect({ url: `wss://localhost:${front.port}` });
    const screen = engine.openScreen();

    const untrusted = await until(failedWith('GATEWAY_TLS_UNTRUSTED'));
    expect(untrusted).toMatchObject({ mode: 'remote', target: 'localhost', via: 'tls' });
    expect(untrusted.connection).toMatchObject({ error: { details: { actual: first.fingerprint } } });
    expect(front.record.text).toBe('');

    const pin = (typedHost: string, fingerprint: string) =>
      screen.request('certificate.pin', { typedHost, fingerprint });
    expect(await pin('elsewhere', first.fingerprint)).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(await pin('localhost', second.fingerprint)).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(front.record.text).toBe('');
    expect(await pin('localhost', first.fingerprint)).toMatchObject({ ok: true });

    const connected = await until(isConnected);
    expect(connected).toMatchObject({
      endpoint: { relayOnly: true },
      tunnel: { tag: 'stopped' },
      ssh: null,
      lamps: { network: { state: 'good' }, ssh: { state: 'off' }, forward: { state: 'off' } },
      settings: { remote: { tlsFingerprint: { value: first.fingerprint, origin: 'settings' } } },
    });
    expect(front.record.text).not.toContain('Origin');

    const heard: ContractEvent[] = [];
    screen.subscribe((event) => heard.push(event));
    await screen.request('relay.open', { generation: connected.endpoint?.generation });
    await expect.poll(() => JSON.stringify(heard)).toContain('connect.challenge');

    await front.stop();
    const impostor = await startFront(second, gatewayPort, front.port);
    const refused = await until(failedWith('GATEWAY_TLS_PIN_MISMATCH'), 20_000);
    expect(refused.connection).toMatchObject({
      error: { details: { expected: first.fingerprint, actual: second.fingerprint } },
    });
    expect(impostor.record.text).toBe('');
  });

  it('tests a draft with its own token and pin only', async () => {
    const certificate = await certificates.selfSigned('DNS:localhost');
    const front = await startFront(certificate, await startGatewayPort());
    const { engine } = await makeDirect({ url: `wss://localhost:${await freePort()}` });
    const screen = engine.openScreen();
    const draft = { url: `wss://localhost:${front.port}`, tlsFingerprint: certificate.fingerprint };
    const test = (change: object) => screen.request('connection.testDirect', { ...draft, ...change });

    expect(await test({ tlsFingerprint: undefined })).toMatchObject({
      error: { code: 'GATEWAY_TLS_UNTRUSTED' },
    });
    // The saved token belongs to another address.
    await test({});
    expect(front.record.text).not.toContain(TOKEN);
    expect(await test({ token: TOKEN })).toMatchObject({
      ok: true,
      value: { authMethod: 'token', sshMs: null },
    });
  });

  it.each([
    ['ws://203.0.113.9:18789', {}, 'GATEWAY_PLAINTEXT_PUBLIC'],
    ['ws://10.1.2.3:18789', {}, 'GATEWAY_PLAINTEXT_REFUSED'],
    ['wss://ada:canary@studio.example', {}, 'GATEWAY_URL_INVALID'],
    ['wss://localhost:1', { tlsFingerprint: 'nonsense' }, 'GATEWAY_TLS_PIN_INVALID'],
  ])('%s %j is refused as %s', async (url, more, code) => {
    const { until } = await makeDirect({ url, ...more });
    const refused = await until(failedWith(code));
    expect(JSON.stringify(refused.connection)).not.toContain('canary');
  });
});
