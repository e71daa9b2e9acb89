import type { IncomingHttpHeaders } from 'node:http';
import type { TrustedProxyPolicy } from '../../shared/config/gateway-access.ts';
import { canonicalAddress, isLoopbackAddress } from './addresses.ts';
import type { Ingress } from './ingress.ts';

export type ProxyVerdict =
  | { readonly ok: true; readonly user: string }
  /** As a real Gateway spells it (observed). */
  | { readonly ok: false; readonly reason: string };

const refused = (reason: string): ProxyVerdict => ({ ok: false, reason });

/**
 * Whether the proxy has let somebody in, and whom (R28). The checks and their order are those of a real Gateway
 * (observed): the source, the required headers, the user, the list of users.
 *
 * `localAddresses` are those of this host's interfaces: a program on this host that talks to the Gateway over one of
 * them comes from a "non-loopback" address without being the proxy. Null: they could not be read.
 */
export function judgeProxyUser(
  policy: TrustedProxyPolicy,
  request: {
    ingress: Ingress;
    headers: IncomingHttpHeaders;
    isTrustedProxy: (address: string) => boolean;
    localAddresses: () => readonly string[] | null;
  },
): ProxyVerdict {
  const { ingress, headers } = request;
  if (ingress.kind === 'tailscale') return refused('trusted_proxy_untrusted_source');
  const source = ingress.kind === 'proxied' ? ingress.proxy : ingress.address;
  if (!request.isTrustedProxy(source)) return refused('trusted_proxy_untrusted_source');
  if (isLoopbackAddress(source)) {
    if (!policy.allowLoopback) return refused('trusted_proxy_loopback_source');
  } else {
    const own = request.localAddresses();
    if (own === null) return refused('trusted_proxy_local_interface_check_failed');
    if (own.some((address) => canonicalAddress(address) === source)) {
      return refused('trusted_proxy_local_interface_source');
    }
  }
  for (const name of policy.requiredHeaders) {
    if (headerOf(headers, name) === '') return refused(`trusted_proxy_missing_header_${name}`);
  }
  const user = headerOf(headers, policy.userHeader);
  if (user === '') return refused('trusted_proxy_user_missing');
  if (policy.allowUsers.length > 0 && !policy.allowUsers.includes(user)) {
    return refused('trusted_proxy_user_not_allowed');
  }
  return { ok: true, user };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name.toLowerCase()];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim();
}

/** The scopes that `identityScopes` gives a verified user. Mail addresses are the same in any case (doc). */
export function scopesOfIdentity(
  identityScopes: Readonly<Record<string, readonly string[]>>,
  user: string,
): readonly string[] {
  const fold = (name: string) => (name.includes('@') ? name.toLowerCase() : name);
  return Object.entries(identityScopes).flatMap(([name, scopes]) =>
    fold(name) === fold(user) ? [...scopes] : [],
  );
}

/** What the proxy lets the connection have at most: null without the header, nothing with an empty one. */
export function scopeCapOf(headers: IncomingHttpHeaders): readonly string[] | null {
  const value = headers['x-openclaw-scopes'];
  if (value === undefined) return null;
  return String(value)
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '');
}
