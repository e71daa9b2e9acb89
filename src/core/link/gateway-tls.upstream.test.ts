import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  makeCertificates,
  type TestCertificate,
  type TestCertificates,
} from '../../../e2e/fixtures/certificates.ts';
import { type ModelServer, startModelServer } from '../../../e2e/fixtures/model-server.ts';
import { startTlsFront } from '../../../e2e/fixtures/tls-front.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../../e2e/fixtures/upstream-gateway.ts';
import { type DeviceIdentity, loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { createHealthMonitor } from '../health/monitor.ts';
import type { GatewayAddress } from './dial.ts';
import { createGatewayLink, type GatewayLink, type LinkState } from './gateway-link.ts';

const TOKEN = 'upstream-tls-token';

let model: ModelServer;
let gateway: UpstreamGateway;
let certificates: TestCertificates;
let own: TestCertificate;
let workDir: string;
let device: DeviceIdentity;
const ends: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'chela-tls-'));
  const loaded = await loadDeviceIdentity(workDir);
  if (!loaded.ok) throw new Error(loaded.error.code);
  device = loaded.value.identity;
  model = await startModelServer();
  certificates = await makeCertificates();
  own = await certificates.selfSigned('DNS:studio.test');
  gateway = await startUpstreamGateway({ modelPort: model.port, token: TOKEN, tls: own });
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(async () => {
  await gateway?.stop();
  await model?.stop();
  await certificates?.remove();
  rmSync(workDir, { recursive: true, force: true });
});

async function connect(address: GatewayAddress): Promise<{ link: GatewayLink; state: LinkState }> {
  const link = createGatewayLink({
    ...address,
    gatewayKey: 'real',
    credentials: { token: TOKEN },
    device,
    deviceTokens: createMemoryDeviceTokens(),
    version: '0.1.0',
    retry: false,
  });
  ends.push(() => link.stop());
  link.start();
  await expect.poll(() => link.state().tag, { timeout: 90_000 }).not.toBe('connecting');
  return { link, state: link.state() };
}

/** The same with one digit changed. */
const wrongPin = () => `${own.fingerprint.slice(0, -1)}${own.fingerprint.endsWith('0') ? '1' : '0'}`;

describe('R26: a real Gateway with gateway.tls', () => {
  test('the right pin lets Chela in, and health answers', async () => {
    const { link, state } = await connect({ url: gateway.url, tlsFingerprint: own.fingerprint });
    expect(state).toMatchObject({ tag: 'open', version: '2026.9.6', authMethod: 'token' });
    expect(await createHealthMonitor({ link }).check()).toMatchObject({ ok: true, error: null });
  });

  test('a wrong pin is refused with both fingerprints', async () => {
    const { state } = await connect({ url: gateway.url, tlsFingerprint: wrongPin() });
    expect(state).toMatchObject({
      tag: 'failed',
      error: {
        code: 'GATEWAY_TLS_PIN_MISMATCH',
        retryable: false,
        details: { expected: wrongPin(), actual: own.fingerprint },
      },
    });
  });

  test('past a wrong pin not a byte is sent, and past the right one it is', async () => {
    const front = await startTlsFront(own, null);
    ends.push(() => front.stop());
    const url = `wss://127.0.0.1:${front.port}`;
    const { state } = await connect({ url, tlsFingerprint: wrongPin() });
    expect(state).toMatchObject({ tag: 'failed', error: { code: 'GATEWAY_TLS_PIN_MISMATCH' } });
    expect(front.record.text).toBe('');

    // The recorder hears what there is to hear.
    const open = createGatewayLink({
      url,
      tlsFingerprint: own.fingerprint,
      gatewayKey: 'recorder',
      credentials: { token: TOKEN },
      device,
      deviceTokens: createMemoryDeviceTokens(),
      version: '0.1.0',
    });
    ends.push(() => open.stop());
    open.start();
    await expect.poll(() => front.record.text).toContain('Upgrade: websocket');
  });

  test('without a pin its certificate is refused, and shown to be judged', async () => {
    const { state } = await connect({ url: gateway.url });
    expect(state).toMatchObject({
      tag: 'failed',
      error: { code: 'GATEWAY_TLS_UNTRUSTED', retryable: false, details: { actual: own.fingerprint } },
    });
  });
});
