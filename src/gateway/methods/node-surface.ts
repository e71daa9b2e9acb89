import { errorShape } from '@openclaw/gateway-protocol';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { failure, type Refusal } from '../server/frames.ts';

/** Whether a person has approved what the node offers. Before that nothing is kept for it (observed). */
export const hasSurface = (registry: NodeRegistry, nodeId: string): boolean =>
  registry.find(nodeId)?.record.approved != null;

/** What a real Gateway says of a node that is unknown, not approved, or was removed meanwhile. */
export const pairingChanged = (what: 'pending work' | 'invocation'): Refusal =>
  failure(
    errorShape('UNAVAILABLE', `node pairing changed while ${what} was active`, {
      retryable: true,
      details: { code: 'PAIRING_CHANGED' },
    }),
  );
