import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { createTailscaleStandIn, type StandIn } from '../test-support/tailscale-stand-in.ts';
import { type ConnectOptions, handshake, newDevice } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const ANN = '100.64.0.9';
const users = { [ANN]: 'ann@example.com' };
/** What the daemon puts on a request that it forwards. */
const forwarded = (login: string | null, address = ANN) => ({
  'x-forwarded-for': address,
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'box.tail.ts.net',
  ...(login === null ? {} : { 'tailscale-user-login': login }),
});

async function serve(options: Parameters<typeof fixture.start>[0] = {}, daemon = {}) {
  const standIn = await createTailscaleStandIn(await fixture.stateDir(), { users, ...daemon });
  const gateway = await fixture.start({
    tailscale: { mode: 'serve' },
    tailscaleCli: standIn.cli,
    ...options,
  });
  const served = String(await standIn.served());
  expect(served).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  return { gateway, standIn, url: served.replace('http:', 'ws:'), http: served };
}

async function attempt(url: string, options: Partial<ConnectOptions>) {
  const outcome = await handshake({
    url,
    id: 'openclaw-control-ui',
    mode: 'ui',
    origin: 'https://box.tail.ts.net',
    auth: null,
    ...options,
  }).then(
    ({ client, response }) => {
      client.socket.terminate();
      return response.ok ? response.payload?.auth : response.error?.details;
    },
    (thrown: Error) => thrown.message,
  );
  return outcome as Record<string, unknown> | string | undefined;
}

const asked = async (standIn: StandIn) => (await standIn.calls()).filter((line) => line.startsWith('whois'));

describe('Tailscale Serve (R27)', () => {
  it('claims the route on a listener of its own, and gives it back', async () => {
    const { gateway, standIn, http } = await serve();
    expect(http).not.toContain(`:${gateway.port}`);
    expect(await standIn.calls()).toEqual(['status --json', `serve --yes --https=443 ${http}`]);
    await gateway.stop();
    expect(await standIn.served()).toBeNull();
  });

  it('lets the user in whom the daemon knows at the forwarded address, paired without asking', async () => {
    const { url, standIn } = await serve();
    const auth = await attempt(url, { device: newDevice(), headers: forwarded('Ann@Example.com') });
    expect(auth).toMatchObject({ method: 'tailscale', role: 'operator', deviceToken: expect.any(String) });
    expect(await asked(standIn)).toEqual([`whois --json ${ANN}`]);
  });

  it.each([
    ['another login than whois says', forwarded('mallory@example.com'), 'AUTH_TAILSCALE_IDENTITY_MISMATCH'],
    [
      'an address whois does not know',
      forwarded('ann@example.com', '100.64.0.10'),
      'AUTH_TAILSCALE_WHOIS_FAILED',
    ],
    ['no login at all', forwarded(null), 'AUTH_TOKEN_MISSING'],
  ])('%s is refused', async (_name, headers, code) => {
    const { url } = await serve();
    expect(await attempt(url, { device: newDevice(), headers })).toMatchObject({ code });
  });

  it.each([
    ['without headers', {}],
    ['from outside the tailnet', forwarded('ann@example.com', '203.0.113.7')],
    ['without x-forwarded-host', { 'x-forwarded-for': ANN, 'x-forwarded-proto': 'https' }],
  ])('the listener takes nothing %s', async (_name, headers) => {
    const { url } = await serve();
    expect(await attempt(url, { device: newDevice(), headers })).toBe('http 403 proxy_attribution_required');
  });

  it('the headers mean nothing on the ordinary listener', async () => {
    const { gateway, standIn } = await serve({ trustedProxies: ['127.0.0.1'] });
    const origin = { origin: 'https://box.tail.ts.net' };
    const headers = forwarded('ann@example.com');
    const app = { id: 'openclaw-linux', mode: 'ui', device: newDevice(), headers };
    expect(await attempt(gateway.url, { ...app, ...origin })).toMatchObject({
      code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED',
    });
    const { response } = await handshake({ url: gateway.url, ...app });
    expect(response.error?.details).toMatchObject({ code: 'AUTH_TOKEN_MISSING' });
    expect(await asked(standIn)).toEqual([]);
  });

  it('allowTailscale: false means the shared secret for everybody', async () => {
    const { url, standIn } = await serve({ allowTailscale: false });
    const headers = forwarded('ann@example.com');
    expect(await attempt(url, { device: newDevice(), headers })).toMatchObject({
      code: 'AUTH_TOKEN_MISSING',
    });
    expect(await asked(standIn)).toEqual([]);
    const withToken = await attempt(url, { device: newDevice(), headers, auth: { token: TOKEN } });
    expect(withToken).toMatchObject({ code: 'PAIRING_REQUIRED' });
  });

  it('never signs in to the HTTP API, and does not even ask', async () => {
    const { http, standIn } = await serve({ http: { chatCompletions: true } });
    const call = (headers: Record<string, string>) =>
      fetch(`${http}/v1/models`, { headers: { ...forwarded('ann@example.com'), ...headers } });
    expect((await call({})).status).toBe(401);
    expect((await call({ authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect(await asked(standIn)).toEqual([]);
  });

  it('does not stand in for a device, nor for the pairing of a node', async () => {
    const { url } = await serve();
    const headers = forwarded('ann@example.com');
    expect(await attempt(url, { headers })).toMatchObject({ code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' });
    const node = await handshake({
      url,
      id: 'node-host',
      mode: 'node',
      role: 'node',
      scopes: [],
      auth: null,
      device: newDevice(),
      headers,
    });
    expect(node.response.error?.details).toMatchObject({ code: 'AUTH_TOKEN_MISSING' });
  });

  it('gives a verified user the scopes of identityScopes, for the connection only', async () => {
    const { url } = await serve({ identityScopes: { 'ANN@example.com': ['operator.admin'] } });
    const device = newDevice();
    const headers = forwarded('ann@example.com');
    const auth = await attempt(url, { device, headers, scopes: ['operator.read'] });
    expect(auth).toMatchObject({ scopes: ['operator.read', 'operator.admin'] });
    const { deviceToken } = auth as { deviceToken: string };
    const later = await attempt(url, {
      device,
      headers: forwarded(null),
      auth: { deviceToken },
      scopes: ['operator.admin'],
    });
    expect(later).toMatchObject({ code: 'AUTH_SCOPE_MISMATCH' });
  });

  it('a foreign page is refused there too', async () => {
    const { url } = await serve();
    const options = { device: newDevice(), headers: forwarded('ann@example.com') };
    expect(await attempt(url, { ...options, origin: 'https://evil.example' })).toMatchObject({
      code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED',
    });
  });
});

describe('Tailscale that does not do as it should', () => {
  const start = async (options: Parameters<typeof fixture.start>[0], daemon: object) => {
    const standIn = await createTailscaleStandIn(await fixture.stateDir(), daemon);
    return fixture.start({ tailscale: { mode: 'serve' }, tailscaleCli: standIn.cli, ...options });
  };

  it.each([
    [
      'is logged out',
      {},
      { backendState: 'NeedsLogin' },
      'SERVER_TAILSCALE_FAILED',
      'Tailscale is NeedsLogin',
    ],
    [
      'has the port taken',
      {},
      { serve: { refused: 'foreground listener already exists for port 443' } },
      'SERVER_TAILSCALE_FAILED',
      'foreground listener already exists for port 443',
    ],
    ['and nobody to check', { auth: { mode: 'none' } }, {}, 'SERVER_TAILSCALE_NEEDS_AUTH', undefined],
    [
      'and another bind',
      { bind: 'lan' },
      {},
      'SERVER_BIND_INVALID',
      'tailscale serve needs gateway.bind "loopback", not "lan"',
    ],
  ] as const)('%s: refuses to start', async (_name, options, daemon, code, reason) => {
    const stateDir = await fixture.stateDir();
    await expect(start({ stateDir, ...options }, daemon)).rejects.toMatchObject({
      error: { code, ...(reason === undefined ? {} : { details: { reason } }) },
    });
    await fixture.start({ stateDir });
  });

  it('is not installed: refuses to start', async () => {
    const { createTailscaleCli } = await import('./tailscale-cli.ts');
    const tailscaleCli = createTailscaleCli('/nowhere/tailscale');
    await expect(fixture.start({ tailscale: { mode: 'serve' }, tailscaleCli })).rejects.toMatchObject({
      error: { code: 'SERVER_TAILSCALE_FAILED', details: { reason: expect.stringContaining('ENOENT') } },
    });
  });

  it('a daemon that is still starting is waited for', async () => {
    const standIn = await createTailscaleStandIn(await fixture.stateDir(), { backendState: 'Starting' });
    const starting = fixture.start({ tailscale: { mode: 'serve' }, tailscaleCli: standIn.cli });
    await vi.waitFor(async () => expect(await standIn.calls()).toContain('status --json'));
    await standIn.set({});
    await starting;
    expect(await standIn.served()).not.toBeNull();
  });
});
