import type { OperatorScope } from '../auth/scopes.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { Client } from './client.ts';
import type { EventOptions } from './frames.ts';

/** Who hears an event. Without a scope everybody does, nodes included. */
type Audience = {
  readonly scope?: OperatorScope;
  readonly only?: (client: Client) => boolean;
};

/** The admitted connections of one Gateway. */
export type Hub = {
  add(client: Client): void;
  remove(client: Client): void;
  clients(): readonly Client[];
  broadcast(event: string, payload: unknown, audience?: Audience, options?: EventOptions): void;
};

export function mayHear(client: Client, scope: OperatorScope): boolean {
  return client.admission.role === 'operator' && scopeGranted(client.admission.scopes, scope);
}

/**
 * A client with the cap `session-scoped-events` hears of the sessions that it subscribed to, and of no others
 * (observed: without a subscription it hears nothing).
 */
export function hearsSession({ connect, watchesSessions, watchedKeys }: Client, sessionKey: string): boolean {
  const isScoped = connect.caps?.includes('session-scoped-events') === true;
  return !isScoped || watchesSessions || watchedKeys.has(sessionKey);
}

export function createHub(): Hub {
  const clients = new Set<Client>();
  return {
    add(client) {
      clients.add(client);
    },
    remove(client) {
      clients.delete(client);
    },
    clients: () => [...clients],
    broadcast(event, payload, { scope, only } = {}, options) {
      // A copy: sending may drop a client, and that changes the set.
      let json: string | null = null;
      for (const client of [...clients]) {
        if (scope !== undefined && !mayHear(client, scope)) continue;
        if (only !== undefined && !only(client)) continue;
        json ??= JSON.stringify(payload);
        client.sendEvent(event, json, options);
      }
    },
  };
}
