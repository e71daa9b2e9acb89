import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningGateway } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { type ConnectOptions, handshake, newDevice, type TestDevice } from '../test-support/wire-client.ts';

const fixture = createFixture();
let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await fixture.start();
});
afterEach(() => fixture.cleanUp());

const pairing = ['operator.pairing', 'operator.read'];
const app = (device: TestDevice, options: Partial<ConnectOptions> = {}) =>
  fixture.connect(gateway, { id: 'openclaw-linux', mode: 'ui', scopes: pairing, device, ...options });
const tokenOf = ({ hello }: { hello: Record<string, unknown> }) =>
  String((hello.auth as Record<string, unknown>).deviceToken);
const errorOf = async (device: TestDevice, auth: Record<string, string>, more: { origin?: string } = {}) => {
  const { client, response } = await handshake({
    url: gateway.url,
    id: 'openclaw-linux',
    mode: 'ui',
    scopes: pairing,
    device,
    auth,
    ...more,
  });
  client.socket.terminate();
  return response.error?.details;
};

describe('device tokens', () => {
  it('a device gets its new token itself; the old one is worth nothing any more', async () => {
    const device = newDevice();
    const old = tokenOf(await app(device));
    const client = await app(device, { auth: { deviceToken: old } });
    const rotated = await client.call('device.token.rotate', { deviceId: device.id, role: 'operator' });
    expect(rotated).toEqual({
      deviceId: device.id,
      role: 'operator',
      scopes: pairing,
      rotatedAtMs: expect.any(Number),
      token: expect.any(String),
    });
    expect(await errorOf(device, { deviceToken: old })).toMatchObject({ code: 'AUTH_DEVICE_TOKEN_MISMATCH' });
    const back = await app(device, { auth: { deviceToken: String(rotated.token) } });
    expect(tokenOf(back)).toBe(rotated.token);
  });

  it('whoever rotates the token of another device does not see it, and cuts that device off', async () => {
    const device = newDevice();
    const victim = await app(device);
    const owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    const rotated = await owner.call('device.token.rotate', { deviceId: device.id, role: 'operator' });
    expect(rotated).toMatchObject({ tokenDelivery: 'withheld-cross-device' });
    expect(rotated).not.toHaveProperty('token');
    expect(await victim.closed).toEqual({ code: 1008, reason: 'device token rotated' });
  });

  it('after a revocation its token is worth nothing, and only who may pair silently comes back without a yes', async () => {
    const device = newDevice();
    const client = await app(device);
    const revoked = await client.call('device.token.revoke', { deviceId: device.id, role: 'operator' });
    expect(revoked).toEqual({ deviceId: device.id, role: 'operator', revokedAtMs: expect.any(Number) });
    expect((await client.closed).code).toBe(1008);
    expect(await errorOf(device, { deviceToken: tokenOf(client) })).toMatchObject({
      code: 'AUTH_DEVICE_TOKEN_MISMATCH',
    });
    const page = { origin: 'http://127.0.0.1:1' };
    expect(await errorOf(device, { token: TOKEN }, page)).toMatchObject({
      code: 'PAIRING_REQUIRED',
      reason: 'role-upgrade',
    });
  });

  it('a paired node becomes an operator silently on this computer, an operator never a node', async () => {
    const asNode = { id: 'node-host', mode: 'node', role: 'node', scopes: [] };
    const node = newDevice();
    await fixture.connect(gateway, { ...asNode, device: node });
    expect(tokenOf(await app(node))).toEqual(expect.any(String));
    const operator = newDevice();
    await app(operator);
    const { client, response } = await handshake({
      url: gateway.url,
      device: operator,
      auth: { token: TOKEN },
      ...asNode,
    });
    client.socket.terminate();
    expect(response.error?.details).toMatchObject({ code: 'PAIRING_REQUIRED', reason: 'role-upgrade' });
  });

  it.each(['device.token.rotate', 'device.token.revoke'])(
    '%s: a device without admin manages its own operator token only, and nothing broader than itself',
    async (method) => {
      const mine = newDevice();
      const other = newDevice();
      const broad = newDevice();
      const client = await app(mine);
      await app(other);
      await app(broad, { scopes: [...pairing, 'operator.admin'] });
      const node = newDevice();
      await fixture.connect(gateway, {
        id: 'node-host',
        mode: 'node',
        role: 'node',
        scopes: [],
        device: node,
      });
      const refused = async (deviceId: string, role: string, caller = client) =>
        (await caller.request(method, { deviceId, role })).error?.message;
      expect(await refused(other.id, 'operator')).toBe('device token change denied');
      expect(await refused(node.id, 'node')).toBe('device token change denied');
      const tool = await fixture.connect(gateway, { scopes: pairing });
      expect(await refused(broad.id, 'operator', tool)).toBe('device token change denied');
      expect(await refused(mine.id, 'node')).toBe('device token change denied');
      const owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
      expect(await refused('f'.repeat(64), 'operator', owner)).toBe('unknown deviceId/role');
      expect(await refused(node.id, 'node', owner)).toBeUndefined();
    },
  );

  it('a rotation narrows at most', async () => {
    const device = newDevice();
    const client = await app(device);
    const rotate = (scopes: string[]) =>
      client.request('device.token.rotate', { deviceId: device.id, role: 'operator', scopes });
    expect((await rotate(['operator.admin'])).error?.message).toBe('device token change denied');
    expect((await rotate(['operator.read'])).payload).toMatchObject({ scopes: ['operator.read'] });
  });
});
