import type { IncomingMessage } from 'node:http';
import { type Ingress, type ProxyPolicy, readIngress } from '../auth/ingress.ts';
import { isLoopbackHost } from '../auth/loopback.ts';

/** Where a request comes from, or why nobody can say. */
type Arrival =
  | { readonly ok: true; readonly ingress: Ingress }
  | {
      readonly ok: false;
      readonly status: 403;
      readonly type: 'proxy_attribution_required' | 'host_not_allowed';
    };

export type Gate = (request: IncomingMessage) => Arrival | Promise<Arrival>;

/**
 * The gate of the ordinary listener. A request straight from this computer must name this computer as its host: a page
 * of a rebound DNS name sends its own name, and does not pass. From elsewhere the name may be anything: there the
 * Origin rule and the credential decide.
 */
export function createGate(policy: ProxyPolicy): Gate {
  return ({ socket, headers }) => {
    const ingress = readIngress(socket.remoteAddress ?? '', headers, policy);
    if (ingress === null) return { ok: false, status: 403, type: 'proxy_attribution_required' };
    if (ingress.kind === 'direct' && ingress.isLoopback && !isLoopbackHost(headers.host)) {
      return { ok: false, status: 403, type: 'host_not_allowed' };
    }
    return { ok: true, ingress };
  };
}
