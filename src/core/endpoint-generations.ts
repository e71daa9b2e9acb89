import type { GatewayRoute, RouteState } from './connection/route.ts';

/** Where WebChat reaches the Gateway. */
export type Endpoint = { readonly url: string; readonly generation: number };

/** A new generation whenever WebChat has to open its socket again: another route, or a transport that came back. */
export function createEndpointGenerations(): (
  route: GatewayRoute | null,
  endpoint: RouteState['endpoint'],
) => Endpoint | null {
  let last: (Endpoint & { readonly route: GatewayRoute; readonly epoch: number }) | null = null;
  let generations = 0;
  return (route, endpoint) => {
    if (!route || !endpoint) {
      last = null;
      return null;
    }
    if (last?.route !== route || last.epoch !== endpoint.epoch || last.url !== endpoint.url) {
      generations += 1;
      last = { route, ...endpoint, generation: generations };
    }
    const { url, generation } = last;
    return { url, generation };
  };
}
