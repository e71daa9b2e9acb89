import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateConnectParams } from '@openclaw/gateway-protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeviceIdentity, loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { OPERATOR_SCOPES } from './operator.ts';
import { buildWebchatConnectParams, forgetAfterRefusal, type WebchatConnect } from './webchat-connect.ts';

let dataDir: string;
let device: DeviceIdentity;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'chela-webchat-'));
  const loaded = await loadDeviceIdentity(dataDir);
  if (loaded.ok) device = loaded.value.identity;
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const build = (options: Partial<WebchatConnect> = {}) =>
  buildWebchatConnectParams({
    gatewayKey: 'home',
    transport: 'direct',
    nonce: 'nonce-1',
    ts: 1_700_000_000_123,
    credentials: { token: 'shared-token' },
    device,
    deviceTokens: createMemoryDeviceTokens(),
    version: '0.1.0',
    locale: 'en',
    platform: 'Linux',
    ...options,
  });

/** The text that a Gateway of protocol 4 puts together itself (signature v3). */
function signatureFits(params: ReturnType<typeof build>, token: string): boolean {
  const { client, role, scopes, device: proof } = params;
  const text = [
    'v3',
    proof?.id,
    client.id,
    client.mode,
    role,
    scopes?.join(','),
    proof?.signedAt,
    token,
    proof?.nonce,
    'linux',
    '',
  ].join('|');
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: proof?.publicKey ?? '' },
    format: 'jwk',
  });
  return verify(null, Buffer.from(text), key, Buffer.from(proof?.signature ?? '', 'base64url'));
}

test('R8: direct is webchat-ui, relay the link’s own id; both are whole and signed', () => {
  const direct = build();
  const relay = build({ transport: 'relay' });
  expect(direct.client).toMatchObject({ id: 'webchat-ui', mode: 'webchat' });
  expect(relay.client).toMatchObject({ id: 'gateway-client', mode: 'ui' });
  for (const params of [direct, relay]) {
    expect(validateConnectParams(params)).toBe(true);
    expect(signatureFits(params, 'shared-token')).toBe(true);
    expect(params).toMatchObject({
      minProtocol: 4,
      maxProtocol: 4,
      role: 'operator',
      scopes: OPERATOR_SCOPES,
      caps: ['tool-events', 'exec-approvals', 'plugin-approvals', 'approvals'],
      device: { nonce: 'nonce-1', signedAt: 1_700_000_000_123 },
    });
  }
  expect(signatureFits({ ...direct, scopes: ['operator.read'] }, 'shared-token')).toBe(false);
});

test('the shared secret does not reach a page once there is a device token', () => {
  const deviceTokens = createMemoryDeviceTokens();
  deviceTokens.set('home', 'operator', {
    token: 'device-token',
    scopes: ['operator.read', 'operator.write'],
  });
  const params = build({ deviceTokens, credentials: { token: 'shared-token', password: 'shared-password' } });
  expect(JSON.stringify(params)).not.toContain('shared');
  expect(params.auth).toEqual({ deviceToken: 'device-token' });
  expect(params.scopes).toEqual(['operator.read', 'operator.write']);
  expect(signatureFits(params, 'device-token')).toBe(true);
  expect(build({ deviceTokens, gatewayKey: 'elsewhere' }).auth).toEqual({ token: 'shared-token' });
});

test('a password is sent but not signed; without any secret there is no auth', () => {
  const withPassword = build({ credentials: { password: 'shared-password' } });
  expect(withPassword.auth).toEqual({ password: 'shared-password' });
  expect(signatureFits(withPassword, '')).toBe(true);
  const bare = build({ credentials: {} });
  expect(bare.auth).toBeUndefined();
  expect(validateConnectParams(bare)).toBe(true);
});

test('only a refusal of the device token makes it forgotten', () => {
  const deviceTokens = createMemoryDeviceTokens();
  deviceTokens.set('home', 'operator', { token: 'device-token', scopes: [] });
  expect(forgetAfterRefusal(deviceTokens, 'home', 'AUTH_TOKEN_MISMATCH')).toBe(false);
  expect(forgetAfterRefusal(deviceTokens, 'elsewhere', 'AUTH_DEVICE_TOKEN_MISMATCH')).toBe(false);
  expect(deviceTokens.get('home', 'operator')).not.toBeNull();
  expect(forgetAfterRefusal(deviceTokens, 'home', 'AUTH_DEVICE_TOKEN_MISMATCH')).toBe(true);
  expect(deviceTokens.get('home', 'operator')).toBeNull();
});
