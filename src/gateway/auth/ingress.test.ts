import { describe, expect, it } from 'vitest';
import { createAddressList } from './addresses.ts';
import { readIngress } from './ingress.ts';
import { judgeProxyUser } from './trusted-proxy.ts';

const policy = (trusted: string[], rest: { allowRealIpFallback?: boolean; userHeader?: string } = {}) => ({
  isTrustedProxy: createAddressList(trusted),
  allowRealIpFallback: rest.allowRealIpFallback ?? false,
  userHeader: rest.userHeader ?? null,
});

describe('address lists', () => {
  it.each([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '::1', false],
    ['::ffff:0:0/96', '192.0.2.1', true],
    ['0.0.0.0/0', '::1', false],
    ['fd00::/8', 'fd12::9', true],
    ['192.0.2.4', '192.0.2.4', true],
    ['192.0.2.4', '192.0.2.40', false],
    ['192.0.2.0/33', '192.0.2.4', false],
    ['192.0.2.0/', '192.0.2.4', false],
    ['*', '192.0.2.4', false],
    ['10', '10.0.0.10', false],
  ])('%s and %s: %s', (range, address, expected) => {
    expect(createAddressList([range])(address)).toBe(expected);
  });
});

describe('where a request comes from (R28)', () => {
  it.each([
    ['no proxy headers', '192.168.1.9', {}, { kind: 'direct', address: '192.168.1.9', isLoopback: false }],
    ['IPv4 in IPv6', '::ffff:127.0.0.1', {}, { kind: 'direct', address: '127.0.0.1', isLoopback: true }],
    [
      'a trusted proxy and its client',
      '10.0.0.1',
      { 'x-forwarded-for': '203.0.113.7' },
      { kind: 'proxied', address: '203.0.113.7', proxy: '10.0.0.1' },
    ],
    [
      'what the client itself wrote in front counts for nothing',
      '10.0.0.1',
      { 'x-forwarded-for': '127.0.0.1, 203.0.113.7, 10.0.0.2' },
      { kind: 'proxied', address: '203.0.113.7', proxy: '10.0.0.1' },
    ],
    ['a trusted proxy that is silent about its client', '10.0.0.1', {}, null],
    ['a proxy that nobody trusts', '192.0.2.9', { 'x-forwarded-for': '203.0.113.7' }, null],
    ['a client that is only proxies', '10.0.0.1', { 'x-forwarded-for': '10.0.0.2' }, null],
    ['a loopback client', '10.0.0.1', { 'x-forwarded-for': '::1' }, null],
    ['a client that is no address', '10.0.0.1', { 'x-forwarded-for': 'unknown' }, null],
    ['another header only', '10.0.0.1', { 'x-forwarded-host': 'a' }, null],
    ['x-real-ip without being told', '10.0.0.1', { 'x-real-ip': '203.0.113.7' }, null],
    ['Tailscale headers', '127.0.0.1', { 'tailscale-user-login': 'ann@example.com' }, null],
  ])('%s', (_name, address, headers, expected) => {
    expect(readIngress(address, headers, policy(['10.0.0.0/24']))).toEqual(expected);
  });

  it('x-real-ip when it is told to', () => {
    const rules = policy(['10.0.0.1'], { allowRealIpFallback: true });
    expect(readIngress('10.0.0.1', { 'x-real-ip': '203.0.113.7' }, rules)).toMatchObject({
      kind: 'proxied',
      address: '203.0.113.7',
    });
  });

  it('the header that names the user is a sign of a proxy too', () => {
    const rules = policy([], { userHeader: 'x-auth-request-email' });
    expect(readIngress('127.0.0.1', { 'x-auth-request-email': 'ann@example.com' }, rules)).toBeNull();
  });
});

describe('the guard against local programs that pose as the proxy (R28)', () => {
  const rules = {
    userHeader: 'x-forwarded-user',
    requiredHeaders: [],
    allowUsers: [],
    allowLoopback: false,
  };
  const judge = (proxy: string, own: readonly string[] | null) =>
    judgeProxyUser(rules, {
      ingress: { kind: 'proxied', address: '203.0.113.7', proxy },
      headers: { 'x-forwarded-user': 'ann@example.com' },
      isTrustedProxy: createAddressList(['10.0.0.0/8', '127.0.0.0/8']),
      localAddresses: () => own,
    });

  it('lets the proxy of another computer through', () => {
    expect(judge('10.0.0.1', ['10.0.0.2', '127.0.0.1'])).toEqual({ ok: true, user: 'ann@example.com' });
  });

  it.each([
    ['127.0.0.1', [], 'trusted_proxy_loopback_source'],
    ['10.0.0.2', ['10.0.0.2'], 'trusted_proxy_local_interface_source'],
    ['10.0.0.1', null, 'trusted_proxy_local_interface_check_failed'],
    ['192.0.2.1', [], 'trusted_proxy_untrusted_source'],
  ])('%s with own addresses %j: %s', (proxy, own, reason) => {
    expect(judge(proxy, own)).toEqual({ ok: false, reason });
  });
});
