import type { DeviceStore } from '../auth/device-store.ts';
import type { GatewayClock } from '../clock.ts';
import type { Client } from '../server/client.ts';
import type { Hub } from '../server/hub.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import type { CommandLists } from './command-policy.ts';
import { createInvocations, type Invocations } from './invocations.ts';
import { createNodeInvoke, type NodeInvoke } from './node-invoke.ts';
import { createNodeRegistry, type NodeRegistry, type PublishingRules } from './node-registry.ts';
import { createNodeStore } from './node-store.ts';
import { createPendingWork, type PendingWork } from './pending-work.ts';

/** The nodes of one Gateway: who they are, what they may do, and how to make them do it (R4, R5). */
export type Nodes = {
  readonly registry: NodeRegistry;
  readonly invocations: Invocations;
  readonly invoke: NodeInvoke;
  readonly work: PendingWork;
  /** For every admitted connection and its end; others than nodes are none of its business. */
  arrived(client: Client): void;
  left(client: Client): void;
  /** Takes leave of all nodes. Connections that end afterwards are not written down: the database may be closed. */
  stop(): void;
};

export function createNodes(deps: {
  database: GatewayDatabase;
  devices: DeviceStore;
  hub: Hub;
  clock: GatewayClock;
  newId: () => string;
  commandLists: () => CommandLists;
  publishing: () => PublishingRules;
}): Nodes {
  const registry = createNodeRegistry({ ...deps, store: createNodeStore(deps.database) });
  const invocations = createInvocations(deps);
  const isNode = (client: Client) => client.admission.role === 'node';
  return {
    registry,
    invocations,
    work: createPendingWork(deps),
    invoke: createNodeInvoke({ registry, invocations, commandLists: deps.commandLists }),
    arrived(client) {
      if (isNode(client)) registry.connected(client);
    },
    left(client) {
      if (!isNode(client)) return;
      registry.disconnected(client);
      invocations.disconnected(client);
    },
    stop() {
      for (const { live } of registry.list()) {
        if (live === null) continue;
        registry.disconnected(live.client);
        invocations.disconnected(live.client);
      }
    },
  };
}
