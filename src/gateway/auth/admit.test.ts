import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningGateway } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { type ConnectOptions, handshake, newDevice } from '../test-support/wire-client.ts';

const fixture = createFixture();
let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await fixture.start();
});
afterEach(() => fixture.cleanUp());

const page = { id: 'webchat-ui', mode: 'webchat', origin: 'http://127.0.0.1:5173' };
const app = { id: 'openclaw-linux', mode: 'ui' };
const HOUR_MS = 3_600_000;

async function attempt(options: Partial<ConnectOptions>) {
  const { client, response } = await handshake({
    url: gateway.url,
    auth: { token: TOKEN },
    ...options,
  });
  fixture.defer(() => client.socket.terminate());
  return { client, response };
}

/** The device token of a fresh pairing. */
async function pair(options: Partial<ConnectOptions>): Promise<string> {
  const { response } = await attempt(options);
  const { deviceToken } = (response.payload?.auth ?? {}) as Record<string, unknown>;
  expect(deviceToken).toEqual(expect.any(String));
  return String(deviceToken);
}

describe('the connect error table', () => {
  type Line = {
    options: Partial<ConnectOptions>;
    code: string;
    details?: Record<string, unknown>;
    message?: string;
    closeCode?: number;
  };
  const lines: Record<string, () => Line> = {
    'wrong token, with a device': () => ({
      options: { ...app, device: newDevice(), auth: { token: 'wrong' } },
      code: 'INVALID_REQUEST',
      details: {
        code: 'AUTH_TOKEN_MISMATCH',
        authReason: 'token_mismatch',
        canRetryWithDeviceToken: true,
        recommendedNextStep: 'retry_with_device_token',
      },
    }),
    'wrong token, without a device': () => ({
      options: { id: 'cli', mode: 'cli', auth: { token: 'wrong' } },
      code: 'INVALID_REQUEST',
      details: {
        code: 'AUTH_TOKEN_MISMATCH',
        authReason: 'token_mismatch',
        canRetryWithDeviceToken: false,
        recommendedNextStep: 'update_auth_credentials',
      },
    }),
    'wrong token, right password': () => ({
      options: { id: 'cli', mode: 'cli', auth: { token: 'wrong', password: TOKEN } },
      code: 'INVALID_REQUEST',
      details: { code: 'AUTH_TOKEN_MISMATCH' },
    }),
    'no token': () => ({
      options: { ...app, device: newDevice(), auth: null },
      code: 'INVALID_REQUEST',
      details: {
        code: 'AUTH_TOKEN_MISSING',
        authReason: 'token_missing',
        recommendedNextStep: 'update_auth_configuration',
      },
    }),
    'wrong device token': () => ({
      options: { ...app, device: newDevice(), auth: { deviceToken: 'wrong' } },
      code: 'INVALID_REQUEST',
      details: {
        code: 'AUTH_DEVICE_TOKEN_MISMATCH',
        authReason: 'device_token_mismatch',
        recommendedNextStep: 'update_auth_credentials',
      },
    }),
    'no device and no shared secret': () => ({
      options: { auth: null },
      code: 'NOT_PAIRED',
      details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    }),
    'a node without a device': () => ({
      options: { id: 'node-host', mode: 'node', role: 'node', scopes: [] },
      code: 'NOT_PAIRED',
      details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    }),
    'control-ui without a device': () => ({
      options: { id: 'openclaw-control-ui', mode: 'ui', origin: page.origin },
      code: 'INVALID_REQUEST',
      details: { code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' },
    }),
    'a page that pretends to be an app is not paired': () => ({
      options: { ...app, origin: page.origin, device: newDevice(), scopes: ['operator.read'] },
      code: 'NOT_PAIRED',
      details: {
        code: 'PAIRING_REQUIRED',
        reason: 'not-paired',
        requestId: expect.any(String),
        deviceId: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestedRole: 'operator',
        requestedScopes: ['operator.read'],
        remediationHint: expect.any(String),
      },
    }),
    'bad signature': () => ({
      options: {
        ...app,
        device: newDevice(),
        mutate: (params) => {
          (params.device as Record<string, unknown>).signature = Buffer.alloc(64).toString('base64url');
        },
      },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_SIGNATURE_INVALID', reason: 'device-signature' },
    }),
    'a signature for other scopes': () => ({
      options: {
        ...app,
        device: newDevice(),
        mutate: (params) => {
          params.scopes = ['operator.admin'];
        },
      },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_SIGNATURE_INVALID' },
    }),
    'wrong nonce': () => ({
      options: {
        ...app,
        device: newDevice(),
        mutate: (params) => {
          (params.device as Record<string, unknown>).nonce = 'another';
        },
      },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_NONCE_MISMATCH', reason: 'device-nonce-mismatch' },
    }),
    'blank nonce': () => ({
      options: {
        ...app,
        device: newDevice(),
        mutate: (params) => {
          (params.device as Record<string, unknown>).nonce = ' ';
        },
      },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_NONCE_REQUIRED', reason: 'device-nonce-missing' },
    }),
    'old signedAt': () => ({
      options: { ...app, device: newDevice(), signedAt: (ts) => ts - HOUR_MS },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_SIGNATURE_EXPIRED', reason: 'device-signature-stale' },
    }),
    'signedAt from the future': () => ({
      options: { ...app, device: newDevice(), signedAt: (ts) => ts + HOUR_MS },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_SIGNATURE_EXPIRED' },
    }),
    'id is not the hash of the key': () => ({
      options: { ...app, device: { ...newDevice(), id: 'f'.repeat(64) } },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH', reason: 'device-id-mismatch' },
    }),
    'malformed key': () => ({
      options: { ...app, device: { ...newDevice(), publicKey: 'AAAA' } },
      code: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH' },
    }),
    'a protocol that is too old': () => ({
      options: {
        mutate: (params) => {
          params.minProtocol = 3;
          params.maxProtocol = 3;
        },
      },
      code: 'INVALID_REQUEST',
      details: {
        code: 'PROTOCOL_MISMATCH',
        clientMinProtocol: 3,
        clientMaxProtocol: 3,
        expectedProtocol: 4,
        minimumProbeProtocol: 3,
      },
      closeCode: 1002,
    }),
    'a protocol that is too new': () => ({
      options: {
        mutate: (params) => {
          params.minProtocol = 5;
          params.maxProtocol = 6;
        },
      },
      code: 'INVALID_REQUEST',
      details: { code: 'PROTOCOL_MISMATCH', expectedProtocol: 4 },
      closeCode: 1002,
    }),
    'a page without an Origin': () => ({
      options: { id: 'webchat-ui', mode: 'webchat', device: newDevice() },
      code: 'INVALID_REQUEST',
      details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED', reason: 'origin missing or invalid' },
    }),
    'a foreign page': () => ({
      options: { ...page, origin: 'https://evil.example', device: newDevice() },
      code: 'INVALID_REQUEST',
      details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED', reason: 'origin not allowed' },
    }),
    'an unknown client id': () => ({
      options: { id: 'my-app', mode: 'ui' },
      code: 'INVALID_REQUEST',
      message: 'invalid connect params: at /client/id: must be equal to one of the allowed values',
    }),
    'an unknown mode': () => ({
      options: { id: 'cli', mode: 'operator' },
      code: 'INVALID_REQUEST',
      message: 'invalid connect params: at /client/mode: must be equal to one of the allowed values',
    }),
    'an unknown field': () => ({
      options: {
        mutate: (params) => {
          params.zzz = 1;
        },
      },
      code: 'INVALID_REQUEST',
      message: "invalid connect params: at root: unexpected property 'zzz'",
    }),
    'an unknown role': () => ({
      options: { role: 'banana' },
      code: 'INVALID_REQUEST',
      message: 'invalid role',
    }),
  };

  it.each(Object.entries(lines))('%s', async (_name, make) => {
    const { options, code, details, message, closeCode = 1008 } = make();
    const { client, response } = await attempt(options);
    expect(response.ok).toBe(false);
    expect(response.error?.code).toBe(code);
    if (message !== undefined) expect(response.error?.message).toBe(message);
    if (details === undefined) expect(response.error?.details).toBeUndefined();
    else expect(response.error?.details).toMatchObject(details);
    const closed = await client.closed;
    expect(closed.code).toBe(closeCode);
    expect(closed.reason).toContain(response.error?.message);
  });

  it('another device may not use a device token', async () => {
    const token = await pair({ ...app, device: newDevice() });
    const { response } = await attempt({ ...app, device: newDevice(), auth: { deviceToken: token } });
    expect(response.error?.details).toMatchObject({ code: 'AUTH_DEVICE_TOKEN_MISMATCH' });
  });

  it('a device token gives no more scopes than were granted', async () => {
    const device = newDevice();
    const token = await pair({ ...app, device, scopes: ['operator.read'] });
    const { response } = await attempt({
      ...app,
      device,
      scopes: ['operator.read', 'operator.write'],
      auth: { deviceToken: token },
    });
    expect(response.error?.code).toBe('INVALID_REQUEST');
    expect(response.error?.details).toMatchObject({
      code: 'AUTH_SCOPE_MISMATCH',
      recommendedNextStep: 'review_auth_configuration',
    });
  });

  it('a paired device needs a yes for more scopes, another role or another platform', async () => {
    const device = newDevice();
    await pair({ ...app, device, scopes: ['operator.read'] });
    const wider = await attempt({ ...app, device, origin: page.origin, scopes: ['operator.write'] });
    const role = await attempt({ id: 'node-host', mode: 'node', role: 'node', scopes: [], device });
    const platform = await attempt({ id: 'cli', mode: 'cli', device, platform: 'darwin' });
    const reasons = [wider, role, platform].map(({ response }) => response.error?.details);
    expect(reasons).toMatchObject([
      {
        code: 'PAIRING_REQUIRED',
        reason: 'scope-upgrade',
        approvedRoles: ['operator'],
        approvedScopes: ['operator.read'],
      },
      { code: 'PAIRING_REQUIRED', reason: 'role-upgrade' },
      { code: 'PAIRING_REQUIRED', reason: 'metadata-upgrade' },
    ]);
    expect((await wider.client.closed).reason).toContain('(requestId: ');
    expect(wider.response.error?.message).not.toContain('requestId');
  });
});

describe('who gets in', () => {
  const granted = async (options: Partial<ConnectOptions>) => {
    const { response } = await attempt(options);
    expect(response.error).toBeUndefined();
    return response.payload?.auth as Record<string, unknown>;
  };
  const asked = ['operator.read', 'operator.admin', 'operator.banana'];

  it.each([
    ['cli', 'cli', asked],
    ['gateway-client', 'backend', asked],
    ['cli', 'probe', []],
    ['openclaw-probe', 'probe', []],
    ['openclaw-linux', 'ui', []],
    ['test', 'test', []],
  ])('%s/%s without a device, with the shared token: %j', async (id, mode, scopes) => {
    const auth = await granted({ id, mode, scopes: asked });
    expect(auth).toEqual({ method: 'token', role: 'operator', scopes });
  });

  it('webchat-ui without a device has no scopes', async () => {
    expect(await granted({ ...page, scopes: asked })).toMatchObject({ scopes: [] });
  });

  it('a local tool behind a page loses its scopes', async () => {
    const auth = await granted({ id: 'cli', mode: 'cli', origin: page.origin, scopes: asked });
    expect(auth.scopes).toEqual([]);
  });

  it.each([
    ['an app', app],
    ['a page on this computer', page],
    ['the terminal UI on a page', { id: 'openclaw-tui', mode: 'ui', origin: 'http://localhost:1' }],
    ['a page on [::1]', { ...page, origin: 'http://[::1]:9' }],
  ])('%s is paired silently, with what it asks for', async (_name, client) => {
    const auth = await granted({ ...client, device: newDevice(), scopes: asked });
    expect(auth).toMatchObject({
      method: 'token',
      role: 'operator',
      scopes: asked,
      deviceToken: expect.any(String),
      issuedAtMs: expect.any(Number),
    });
  });

  it('accepts signatures of form v2, an absent scope list, a range of protocols and an older probe', async () => {
    await granted({ ...app, device: newDevice(), version: 'v2' });
    const withoutScopes = await granted({
      ...app,
      device: newDevice(),
      scopes: [],
      mutate: (params) => {
        params.scopes = undefined;
      },
    });
    expect(withoutScopes.scopes).toEqual([]);
    await granted({
      mutate: (params) => {
        params.minProtocol = 3;
        params.maxProtocol = 5;
      },
    });
    await granted({
      id: 'cli',
      mode: 'probe',
      mutate: (params) => {
        params.minProtocol = 3;
        params.maxProtocol = 3;
      },
    });
  });

  it('takes the shared secret in the password field', async () => {
    expect(await granted({ ...app, device: newDevice(), auth: { password: TOKEN } })).toMatchObject({
      method: 'token',
    });
  });

  it('gives the same device token on every connect, and takes it in either field', async () => {
    const device = newDevice();
    const first = await granted({ ...app, device });
    const token = first.deviceToken;
    const asDeviceToken = await granted({ ...app, device, auth: { deviceToken: token } });
    const asToken = await granted({ ...app, device, auth: { token } });
    const besideAWrongToken = await granted({
      ...app,
      device,
      auth: { token: 'wrong', deviceToken: token },
    });
    for (const auth of [asDeviceToken, asToken, besideAWrongToken]) {
      expect(auth).toMatchObject({
        method: 'device-token',
        deviceToken: token,
        issuedAtMs: first.issuedAtMs,
      });
    }
  });

  it('keeps pairings over a restart', async () => {
    const stateDir = await fixture.stateDir();
    const device = newDevice();
    gateway = await fixture.start({ stateDir });
    const token = await pair({ ...app, device });
    await gateway.stop();
    gateway = await fixture.start({ stateDir });
    const auth = await granted({ ...app, device, auth: { deviceToken: token } });
    expect(auth).toMatchObject({ method: 'device-token', deviceToken: token });
  });

  it('widens the scopes of a paired device that shows the shared token', async () => {
    const device = newDevice();
    const token = await pair({ ...app, device, scopes: ['operator.read'] });
    const wider = await granted({ ...app, device, scopes: ['operator.read', 'operator.admin'] });
    expect(wider.deviceToken).toBe(token);
    const later = await granted({
      ...app,
      device,
      scopes: ['operator.admin'],
      auth: { deviceToken: token },
    });
    expect(later.scopes).toEqual(['operator.admin']);
  });

  it('lets an app of the platform change what it says about the platform', async () => {
    const device = newDevice();
    const token = await pair({ ...app, device, platform: 'linux' });
    const later = await granted({ ...app, device, platform: 'linux 7', auth: { deviceToken: token } });
    expect(later.deviceToken).toBe(token);
  });

  it('pairs a page of a listed origin like one of this computer; null and file: never pass', async () => {
    gateway = await fixture.start({ controlUi: { allowedOrigins: ['app://menubar', 'null', 'file://'] } });
    const listed = await attempt({ ...page, origin: 'app://menubar', device: newDevice() });
    expect(listed.response.payload?.auth).toMatchObject({ method: 'token', deviceToken: expect.any(String) });
    for (const origin of ['null', 'file://', 'app://other', 'http://192.168.1.5:3000']) {
      const { response } = await attempt({ ...page, origin, device: newDevice() });
      expect([origin, response.error?.details?.code]).toEqual([origin, 'CONTROL_UI_ORIGIN_NOT_ALLOWED']);
    }
  });

  it('says where it is wrong in the order of a real Gateway', async () => {
    const code = async (options: Partial<ConnectOptions>) =>
      (await attempt(options)).response.error?.details?.code;
    const badSignature = (params: Record<string, unknown>) => {
      (params.device as Record<string, unknown>).signature = 'AAAA';
    };
    const evil = { ...page, origin: 'https://evil.example', auth: { token: 'wrong' } };
    expect(await code({ ...evil, device: newDevice(), mutate: badSignature })).toBe(
      'CONTROL_UI_ORIGIN_NOT_ALLOWED',
    );
    expect(await code({ ...app, auth: null, device: newDevice(), mutate: badSignature })).toBe(
      'DEVICE_AUTH_SIGNATURE_INVALID',
    );
    expect(await code({ id: 'openclaw-control-ui', mode: 'ui', origin: page.origin, auth: null })).toBe(
      'CONTROL_UI_DEVICE_IDENTITY_REQUIRED',
    );
  });
});
