import ipaddr from 'ipaddr.js';
import { assertNever } from '../assert-never.ts';
import { appError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';
import type { GatewayUrl } from './gateway-url.ts';

/** R24's break-glass: a variable of the process that opens the socket. There is no configuration key for it. */
const ALLOW_PRIVATE_PLAINTEXT = 'OPENCLAW_ALLOW_INSECURE_PRIVATE_WS';

/** Whom the socket may end at: `any` for TLS, which proves who answers; plaintext proves nothing. */
export type AllowedPeers = 'any' | 'loopback' | 'private';

/** `private`: RFC 1918, link-local, CGNAT and unique local; `public` is all the rest, reserved ranges too. */
export type AddressClass = 'loopback' | 'private' | 'unspecified' | 'public';

const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'private',
  'linkLocal',
  'carrierGradeNat',
  'uniqueLocal',
  'deprecatedSiteLocal',
]);

/** Endings that the public name system does not serve, or that only a tailnet answers (RFC 6762, 8375, 9476, ICANN). */
const PRIVATE_SUFFIXES = [
  '.local',
  '.ts.net',
  '.lan',
  '.home',
  '.home.arpa',
  '.internal',
  '.intranet',
  '.localdomain',
];

/** Null for what is no address. An IPv4 address inside an IPv6 one counts as what it is. */
export function classifyAddress(text: string): AddressClass | null {
  if (!ipaddr.isValid(text)) return null;
  // `process` unwraps IPv4-mapped addresses; translated and tunnelled ones (64:ff9b::, 2002::) stay public.
  const range: string = ipaddr.process(text).range();
  if (range === 'loopback' || range === 'unspecified') return range;
  return PRIVATE_RANGES.has(range) ? 'private' : 'public';
}

/** What the name promises; where it leads is checked again on the socket itself. */
function classifyHost(host: string): AddressClass | 'privateName' | 'publicName' {
  const address = classifyAddress(host);
  if (address) return address;
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  const isPrivate = !host.includes('.') || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
  return isPrivate ? 'privateName' : 'publicName';
}

/**
 * R24: plaintext only to loopback; with the break-glass also to private addresses and to names that are not public
 * (one label, `.local`, `.ts.net`, `.lan` and the like); never to a public one. Stricter than OpenClaw, which lets
 * private addresses through without it and any name with it.
 *
 * A name is only a promise: hold the socket's own remote address against the answer with {@link isAllowedPeer}.
 */
export function allowedPeers(
  url: GatewayUrl,
  env: Readonly<Record<string, string | undefined>>,
): Result<AllowedPeers> {
  if (url.secure) return ok('any');
  const { host } = url;
  const kind = classifyHost(host);
  switch (kind) {
    case 'loopback':
      return ok('loopback');
    case 'private':
    case 'privateName':
      if (env[ALLOW_PRIVATE_PLAINTEXT] === '1') return ok('private');
      return err(
        appError('GATEWAY_PLAINTEXT_REFUSED', `R24: plaintext to ${host} without the break-glass`, {
          details: { host },
        }),
      );
    case 'unspecified':
    case 'public':
    case 'publicName':
      return err(plaintextToPublic(host, kind));
    default:
      return assertNever(kind);
  }
}

/** Whether a socket that is connected to this address may be used. An address that cannot be read may not. */
export function isAllowedPeer(allowed: AllowedPeers, address: string): boolean {
  if (allowed === 'any') return true;
  // The zone of a link-local address (`fe80::1%eth0`) says which cable, not which kind.
  const kind = classifyAddress(address.replace(/%.*$/, ''));
  return kind === 'loopback' || (allowed === 'private' && kind === 'private');
}

/** A name that was let through led somewhere else. */
export function plaintextLedAway(host: string, address: string) {
  return appError('GATEWAY_PLAINTEXT_PUBLIC', `R24: ${host} led to ${address}`, {
    details: { host, address, cause: 'ledAway' },
  });
}

function plaintextToPublic(host: string, cause: 'unspecified' | 'public' | 'publicName') {
  return appError('GATEWAY_PLAINTEXT_PUBLIC', `R24: plaintext to ${host} (${cause})`, {
    details: { host, cause },
  });
}
