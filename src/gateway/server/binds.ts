import type { NetworkInterfaceInfo } from 'node:os';
import { networkInterfaces } from 'node:os';
import type { Bind } from '../../shared/config/gateway-access.ts';
import { isLoopbackAddress, isTailnetAddress, parseAddress } from '../auth/addresses.ts';

/** One address to listen on. An optional one may be missing on this computer (no IPv6, say). */
export type Endpoint = { readonly host: string; readonly isOptional: boolean };

export type BindPlan =
  | { readonly ok: true; readonly endpoints: readonly Endpoint[]; readonly isExposed: boolean }
  | { readonly ok: false; readonly reason: string };

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const loopback: readonly Endpoint[] = [
  { host: '127.0.0.1', isOptional: false },
  { host: '::1', isOptional: true },
];

/**
 * The addresses of a bind (R23). Next to a single other address the Gateway also listens on loopback, for the
 * programs of this computer (doc); without a tailnet `tailnet` is loopback only.
 */
export function planBind(
  bind: Exclude<Bind, 'auto'>,
  options: { customBindHost?: string | undefined; interfaces: Interfaces },
): BindPlan {
  switch (bind) {
    case 'loopback':
      return { ok: true, endpoints: loopback, isExposed: false };
    case 'lan':
      return {
        ok: true,
        endpoints: [
          { host: '0.0.0.0', isOptional: false },
          { host: '::1', isOptional: true },
        ],
        isExposed: true,
      };
    case 'tailnet': {
      const addresses = addressesOf(options.interfaces).filter(isTailnetAddress);
      return {
        ok: true,
        endpoints: [...addresses.map((host) => ({ host, isOptional: false })), ...loopback],
        isExposed: addresses.length > 0,
      };
    }
    case 'custom': {
      const host = parseAddress(options.customBindHost ?? '')?.toString();
      if (host === undefined) return { ok: false, reason: 'gateway.customBindHost is no address' };
      if (isLoopbackAddress(host)) {
        const rest = loopback.filter((endpoint) => endpoint.host !== host);
        return {
          ok: true,
          endpoints: [{ host, isOptional: false }, ...rest.map((one) => ({ ...one, isOptional: true }))],
          isExposed: false,
        };
      }
      if (host === '0.0.0.0' || host === '::') return planBind('lan', options);
      return { ok: true, endpoints: [{ host, isOptional: false }, ...loopback], isExposed: true };
    }
  }
}

function addressesOf(interfaces: Interfaces): string[] {
  return Object.values(interfaces).flatMap((entries) => (entries ?? []).map(({ address }) => address));
}

/** The addresses of this computer's interfaces; null when they cannot be read. */
export function readLocalAddresses(): readonly string[] | null {
  try {
    return addressesOf(networkInterfaces());
  } catch {
    return null;
  }
}
