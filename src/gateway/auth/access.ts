import type { GatewayConfig } from '../options.ts';
import { createAddressList } from './addresses.ts';
import type { CredentialPolicy } from './credential.ts';
import type { HttpDoor } from './http-caller.ts';
import type { ProxyPolicy } from './ingress.ts';
import { createRateLimit } from './rate-limit.ts';

/** The rules of the house, made of the options once. */
export type Access = HttpDoor & {
  readonly proxies: ProxyPolicy;
  readonly credentials: CredentialPolicy;
  readonly identityScopes: Readonly<Record<string, readonly string[]>>;
  readonly autoApproveLocal: boolean;
};

export function createAccess(
  config: GatewayConfig,
  host: { now: () => number; localAddresses: () => readonly string[] | null },
): Access {
  const { auth } = config;
  const isTrustedProxy = createAddressList(config.trustedProxies ?? []);
  return {
    proxies: {
      isTrustedProxy,
      allowRealIpFallback: config.allowRealIpFallback ?? false,
      userHeader: auth.mode === 'trusted-proxy' ? auth.trustedProxy.userHeader.toLowerCase() : null,
    },
    credentials: {
      auth,
      allowTailscale: config.allowTailscale ?? config.tailscale?.mode === 'serve',
      isTrustedProxy,
      localAddresses: host.localAddresses,
    },
    allowedOrigins: config.controlUi?.allowedOrigins ?? [],
    identityScopes: config.identityScopes ?? {},
    autoApproveLocal: config.nodes?.pairing?.autoApproveLocal ?? true,
    rateLimit: createRateLimit(config.rateLimit ?? {}, host.now),
  };
}
