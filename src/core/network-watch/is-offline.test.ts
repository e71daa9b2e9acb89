import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { isOffline } from './is-offline.ts';

const address = (ip: string, internal: boolean): NetworkInterfaceInfo => ({
  address: ip,
  cidr: `${ip}/8`,
  netmask: '255.0.0.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
});
const loopback = { lo: [address('127.0.0.1', true)] };

it('R6: only an address that is not loopback’s is a network', () => {
  expect(isOffline(() => ({}))).toBe(true);
  expect(isOffline(() => ({ ...loopback, en0: [] }))).toBe(true);
  expect(isOffline(() => ({ ...loopback, en0: [address('10.0.0.2', false)] }))).toBe(false);
});

it('R6: a system that cannot list its addresses is not called offline', () => {
  expect(
    isOffline(() => {
      throw new Error('EPERM');
    }),
  ).toBe(false);
});
