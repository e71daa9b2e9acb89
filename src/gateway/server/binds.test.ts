import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { planBind } from './binds.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const at = (address: string): NetworkInterfaceInfo =>
  ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;
const interfaces = {
  lo: [at('127.0.0.1'), at('::1')],
  eth0: [at('192.168.1.7'), at('fd00::7'), at('fe80::1')],
  tailscale0: [at('100.101.102.103'), at('fd7a:115c:a1e0::1')],
};
const hosts = (
  bind: Parameters<typeof planBind>[0],
  options: Partial<Parameters<typeof planBind>[1]> = {},
) => {
  const plan = planBind(bind, { interfaces, ...options });
  return plan.ok ? { exposed: plan.isExposed, hosts: plan.endpoints.map(({ host }) => host) } : plan.reason;
};

describe('binds (R23)', () => {
  it('loopback is both loopback addresses and nothing else', () => {
    expect(hosts('loopback')).toEqual({ exposed: false, hosts: ['127.0.0.1', '::1'] });
  });

  it('lan is every IPv4 address', () => {
    expect(hosts('lan')).toEqual({ exposed: true, hosts: ['0.0.0.0', '::1'] });
  });

  it('tailnet is the addresses of Tailscale, and loopback for this computer', () => {
    expect(hosts('tailnet')).toEqual({
      exposed: true,
      hosts: ['100.101.102.103', 'fd7a:115c:a1e0::1', '127.0.0.1', '::1'],
    });
  });

  it('tailnet without a tailnet is loopback', () => {
    const { tailscale0: _, ...rest } = interfaces;
    expect(hosts('tailnet', { interfaces: rest })).toEqual({ exposed: false, hosts: ['127.0.0.1', '::1'] });
  });

  it.each([
    ['192.168.1.7', { exposed: true, hosts: ['192.168.1.7', '127.0.0.1', '::1'] }],
    ['0.0.0.0', { exposed: true, hosts: ['0.0.0.0', '::1'] }],
    ['::', { exposed: true, hosts: ['0.0.0.0', '::1'] }],
    ['127.0.0.1', { exposed: false, hosts: ['127.0.0.1', '::1'] }],
    ['127.0.0.5', { exposed: false, hosts: ['127.0.0.5', '127.0.0.1', '::1'] }],
    ['studio.local', 'gateway.customBindHost is no address'],
    [undefined, 'gateway.customBindHost is no address'],
  ])('custom %s', (customBindHost, expected) => {
    expect(hosts('custom', { customBindHost })).toEqual(expected);
  });

  it('listens on 127.0.0.1 and ::1 with one port', async () => {
    const { port } = await fixture.start();
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
    }
  });

  it('auto takes loopback where it can', async () => {
    const gateway = await fixture.start({ bind: 'auto', auth: { mode: 'none' } });
    expect(gateway.url).toBe(`ws://127.0.0.1:${gateway.port}`);
  });

  it.each([
    ['lan', { mode: 'none' }],
    ['lan', { mode: 'token', token: 'made-up-by-us', generated: true }],
    ['custom', { mode: 'none' }],
  ] as const)('%s with auth %j refuses to start (R25)', async (bind, auth) => {
    const stateDir = await fixture.stateDir();
    const start = () => fixture.start({ stateDir, bind, auth, customBindHost: '203.0.113.9' });
    await expect(start()).rejects.toMatchObject({
      error: { code: 'SERVER_BIND_NEEDS_AUTH', details: { bind } },
    });
    // Nothing was left behind: the database is free again.
    await fixture.start({ stateDir });
  });

  it('an address that this computer does not have is an error, not loopback', async () => {
    await expect(fixture.start({ bind: 'custom', customBindHost: '203.0.113.9' })).rejects.toMatchObject({
      error: { code: 'LOCAL_GATEWAY_FAILED', details: { reason: 'EADDRNOTAVAIL' } },
    });
  });
});
