import type { NodePendingDrainResult, NodePendingEnqueueParams } from '@openclaw/gateway-protocol';
import type { GatewayClock } from '../clock.ts';

type Item = NodePendingDrainResult['items'][number];

/** Work that waits for a node until it asks for it: at most one item of each type (observed). In memory. */
export type PendingWork = {
  /** An item of this type that waits already is the answer, as it stands. */
  enqueue(params: NodePendingEnqueueParams): { revision: number; queued: Item };
  /** Takes items out, the urgent first. A node for which nothing waits is told to report its status. */
  drain(nodeId: string, maxItems?: number): Pick<NodePendingDrainResult, 'revision' | 'items' | 'hasMore'>;
  forget(nodeId: string): void;
};

const LIFETIME_MS = 24 * 60 * 60_000;
const MAX_ITEMS = 10;

type Queue = { revision: number; items: Item[] };

export function createPendingWork({
  clock,
  newId,
}: {
  clock: GatewayClock;
  newId: () => string;
}): PendingWork {
  const queues = new Map<string, Queue>();

  /** What has expired is gone. */
  const queueOf = (nodeId: string): Queue => {
    const queue = queues.get(nodeId) ?? { revision: 0, items: [] };
    const now = clock.now();
    queue.items = queue.items.filter(({ expiresAtMs }) => expiresAtMs == null || expiresAtMs > now);
    return queue;
  };

  return {
    enqueue({ nodeId, type, priority = 'normal', expiresInMs = LIFETIME_MS }) {
      const queue = queueOf(nodeId);
      const waiting = queue.items.find((item) => item.type === type);
      if (waiting !== undefined) return { revision: queue.revision, queued: waiting };
      const createdAtMs = clock.now();
      const queued = { id: newId(), type, priority, createdAtMs, expiresAtMs: createdAtMs + expiresInMs };
      queue.items.push(queued);
      queue.revision += 1;
      queues.set(nodeId, queue);
      return { revision: queue.revision, queued };
    },
    drain(nodeId, maxItems = MAX_ITEMS) {
      const queue = queueOf(nodeId);
      if (queue.items.length === 0) {
        queues.delete(nodeId);
        return { revision: 0, items: [baseline(clock.now())], hasMore: false };
      }
      const urgent = ({ priority }: Item) => (priority === 'high' ? 0 : 1);
      const ordered = queue.items.toSorted((a, b) => urgent(a) - urgent(b));
      const items = ordered.slice(0, maxItems);
      queue.items = ordered.slice(maxItems);
      queue.revision += 1;
      return { revision: queue.revision, items, hasMore: queue.items.length > 0 };
    },
    forget(nodeId) {
      queues.delete(nodeId);
    },
  };
}

const baseline = (createdAtMs: number): Item => ({
  id: 'baseline-status',
  type: 'status.request',
  priority: 'default',
  createdAtMs,
  expiresAtMs: null,
});
