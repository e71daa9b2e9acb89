import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { parseGatewayUrl } from './gateway-url.ts';
import { allowedPeers, isAllowedPeer } from './plaintext-rule.ts';

const breakGlass = { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' };

function verdict(url: string, env: Record<string, string> = {}): string {
  const parsed = parseGatewayUrl(url);
  if (!parsed.ok) return parsed.error.code;
  const allowed = allowedPeers(parsed.value, env);
  return allowed.ok ? allowed.value : allowed.error.code;
}

const loopback = ['127.0.0.1', '127.9.9.9', '127.1', '2130706433', '0x7f000001', '017700000001', 'localhost'];
const loopbackToo = [
  'LOCALHOST',
  'localhost.',
  'gw.localhost',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
];
const privateHosts = [
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.20',
  '169.254.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '[fd00::1]',
  '[fe80::1]',
  '[::ffff:10.0.0.1]',
  '0x0a000001',
  '167772161',
  'studio',
  'studio.local',
  'STUDIO.local.',
  'studio.tailnet.ts.net',
  'studio.lan',
  'studio.home.arpa',
  'studio.internal',
];
const publicHosts = [
  '8.8.8.8',
  '134744072',
  '0x08080808',
  '172.32.0.1',
  '100.128.0.1',
  '192.0.2.1',
  '198.51.100.7',
  '224.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  '0',
  '[::]',
  '[2606:4700::1111]',
  '[::ffff:8.8.8.8]',
  '[::ffff:0.0.0.0]',
  '[::8.8.8.8]',
  '[64:ff9b::a00:1]',
  '[2002:a00:1::1]',
  'studio.example',
  'example.com',
  'localhost.example.com',
  '127.0.0.1.example.com',
  'studio.local.example.com',
  'notts.net',
  'xlocal.com',
];

describe('R24: plaintext only to loopback', () => {
  it.each([...loopback, ...loopbackToo])('%s is this computer, break-glass or not', (host) => {
    expect(verdict(`ws://${host}:1`)).toBe('loopback');
    expect(verdict(`http://${host}:1`, breakGlass)).toBe('loopback');
  });

  it.each(privateHosts)('%s needs the break-glass', (host) => {
    expect(verdict(`ws://${host}:1`)).toBe('GATEWAY_PLAINTEXT_REFUSED');
    expect(verdict(`ws://${host}:1`, breakGlass)).toBe('private');
  });

  it.each(publicHosts)('%s is refused, break-glass or not', (host) => {
    expect(verdict(`ws://${host}:1`)).toBe('GATEWAY_PLAINTEXT_PUBLIC');
    expect(verdict(`http://${host}:1`, breakGlass)).toBe('GATEWAY_PLAINTEXT_PUBLIC');
  });

  it('means "1" and nothing else', () => {
    for (const value of ['0', '', 'true', 'yes', ' 1']) {
      const env = { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: value };
      expect(verdict('ws://10.0.0.1:1', env)).toBe('GATEWAY_PLAINTEXT_REFUSED');
    }
  });

  it('has nothing to say about TLS', () => {
    for (const host of [...publicHosts, ...privateHosts]) expect(verdict(`wss://${host}:1`)).toBe('any');
  });
});

describe('R24: the address of the socket decides', () => {
  it.each([
    ['loopback', '127.0.0.1', true],
    ['loopback', '::1', true],
    ['loopback', '::ffff:127.0.0.1', true],
    ['loopback', '10.0.0.1', false],
    ['loopback', '8.8.8.8', false],
    ['private', '10.0.0.1', true],
    ['private', '::ffff:192.168.0.9', true],
    ['private', 'fe80::1%eth0', true],
    ['private', '127.0.0.1', true],
    ['private', '8.8.8.8', false],
    ['private', '::ffff:8.8.8.8', false],
    ['private', '0.0.0.0', false],
    ['private', '', false],
    ['any', '8.8.8.8', true],
  ] as const)('%s, ended at %s: %s', (allowed, address, expected) => {
    expect(isAllowedPeer(allowed, address)).toBe(expected);
  });

  /** Every spelling of one IPv4 address. */
  const spellings = (address: ipaddr.IPv4) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.octets;
    const number = ((a * 256 + b) * 256 + c) * 256 + d;
    const oct = (n: number) => `0${n.toString(8)}`;
    return [
      `${a}.${b}.${c}.${d}`,
      `${a}.${b}.${c}.${d}.`,
      `${number}`,
      `0x${number.toString(16)}`,
      [a, b, c, d].map(oct).join('.'),
      `${a}.${b}.${c * 256 + d}`,
      `[::ffff:${a}.${b}.${c}.${d}]`,
      `[${address.toIPv4MappedAddress().toNormalizedString()}]`,
    ];
  };

  it('no spelling of an address gets another verdict than the address', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), ([a, b, c, d]) => {
        const address = new ipaddr.IPv4([a, b, c, d]);
        for (const env of [{}, breakGlass]) {
          const verdicts = new Set(spellings(address).map((host) => verdict(`ws://${host}:1`, env)));
          expect([...verdicts]).toHaveLength(1);
          const [only] = verdicts;
          // What the rule lets through for the text, it lets through for the socket, and the other way round.
          const isLet = only === 'loopback' || only === 'private';
          const allowed = env === breakGlass ? 'private' : 'loopback';
          expect(isAllowedPeer(allowed, address.toString())).toBe(isLet);
        }
      }),
      { numRuns: 1000, examples: [[[0, 0, 0, 0]], [[127, 0, 0, 1]], [[10, 0, 0, 1]], [[100, 64, 0, 1]]] },
    );
  });

  it('no public name is ever let through', () => {
    fc.assert(
      fc.property(fc.domain(), (name) => {
        const isPublic =
          !/\.(local|lan|home|internal|intranet|localdomain|localhost)$|\.(ts\.net|home\.arpa)$/.test(name);
        fc.pre(isPublic);
        expect(verdict(`ws://${name}:1`, breakGlass)).toBe('GATEWAY_PLAINTEXT_PUBLIC');
      }),
    );
  });
});
