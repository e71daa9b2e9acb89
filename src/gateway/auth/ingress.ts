import type { IncomingHttpHeaders } from 'node:http';
import { canonicalAddress, isLoopbackAddress, parseAddress } from './addresses.ts';

/**
 * How a request came here.
 *
 *   direct     no sign of a proxy
 *   proxied    through a proxy that we trust, from the client that it names
 *   tailscale  through our own `tailscale serve`, on the listener that nobody else knows
 *
 * `unattributed` is no ingress: a proxy that nobody vouched for, or one that hides its client. Behind it every caller
 * would look local, and local callers have rights.
 */
export type Ingress =
  | { readonly kind: 'direct'; readonly address: string; readonly isLoopback: boolean }
  | { readonly kind: 'proxied'; readonly address: string; readonly proxy: string }
  | {
      readonly kind: 'tailscale';
      readonly address: string;
      /** This node's name on the tailnet, as the browser was given it. */
      readonly host: string;
      readonly identity: TailscaleIdentity;
    };

/** What `tailscale whois` says about the login that the header claims. */
export type TailscaleIdentity =
  | { readonly kind: 'verified'; readonly login: string }
  | { readonly kind: 'unverified'; readonly reason: 'missing' | 'whois-failed' | 'mismatch' };

export type ProxyPolicy = {
  readonly isTrustedProxy: (address: string) => boolean;
  readonly allowRealIpFallback: boolean;
  /** The header by which a trusted proxy names its user, where there is one. Lower case. */
  readonly userHeader: string | null;
};

/** Headers that a proxy adds (observed, Tailscale's too). */
function hasProxyHeaders(headers: IncomingHttpHeaders, userHeader: string | null): boolean {
  return Object.keys(headers).some(
    (name) =>
      name === userHeader ||
      name === 'forwarded' ||
      name === 'x-real-ip' ||
      name.startsWith('x-forwarded-') ||
      name.startsWith('tailscale-'),
  );
}

/** Reads the ingress of the ordinary listener; null when it cannot be attributed. */
export function readIngress(
  socketAddress: string,
  headers: IncomingHttpHeaders,
  policy: ProxyPolicy,
): Ingress | null {
  const address = canonicalAddress(socketAddress);
  const isTrusted = policy.isTrustedProxy(address);
  const isLoopback = isLoopbackAddress(address);
  // A proxy of another computer always speaks for somebody, also where it does not say for whom (observed).
  if (!hasProxyHeaders(headers, policy.userHeader) && (isLoopback || !isTrusted)) {
    return { kind: 'direct', address, isLoopback };
  }
  if (!isTrusted) return null;
  const client = clientOf(headers, policy);
  return client === null ? null : { kind: 'proxied', address: client, proxy: address };
}

/** The nearest address that is not one of our proxies. A loopback client is a lie or a misconfigured proxy. */
function clientOf(headers: IncomingHttpHeaders, policy: ProxyPolicy): string | null {
  const chain = textOf(headers['x-forwarded-for']) ?? realIp(headers, policy);
  if (chain === null) return null;
  for (const hop of chain.split(',').reverse()) {
    if (parseAddress(hop) === null) return null;
    const address = canonicalAddress(hop);
    if (policy.isTrustedProxy(address)) continue;
    return isLoopbackAddress(address) ? null : address;
  }
  return null;
}

function realIp(headers: IncomingHttpHeaders, { allowRealIpFallback }: ProxyPolicy): string | null {
  return allowRealIpFallback ? textOf(headers['x-real-ip']) : null;
}

const textOf = (header: string | string[] | undefined): string | null =>
  header === undefined ? null : String(header);
