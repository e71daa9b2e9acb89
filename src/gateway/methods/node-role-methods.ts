import {
  errorShape,
  type NodeEventResult,
  type NodePendingDrainResult,
  validateNodeEventParams,
  validateNodeInvokeProgressParams,
  validateNodeInvokeResultParams,
  validateNodePendingAckParams,
  validateNodePendingDrainParams,
  validateNodePluginToolsUpdateParams,
  validateNodeSkillsUpdateParams,
  validateSkillsBinsParams,
} from '@openclaw/gateway-protocol';
import { z } from 'zod';
import type { Invocations } from '../nodes/invocations.ts';
import { readRunner } from '../nodes/node-published.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { PendingWork } from '../nodes/pending-work.ts';
import type { Client } from '../server/client.ts';
import { answer, failure, invalidRequest } from '../server/frames.ts';
import { checked, type MethodTable, plain } from './method.ts';
import { hasSurface, pairingChanged } from './node-surface.ts';

export type NodeRoleDeps = {
  readonly registry: NodeRegistry;
  readonly invocations: Invocations;
  readonly work: PendingWork;
};

const unknownNode = () => invalidRequest('unknown nodeId');

/** What nodes themselves call (R4). Operators may not. Shapes as observed. */
export function nodeRoleMethods(deps: NodeRoleDeps): MethodTable {
  const { registry, invocations, work } = deps;
  const nodeIdOf = (client: Client) => client.admission.device?.deviceId ?? '';

  return {
    ...checked('node.invoke.result', 'node', validateNodeInvokeResultParams, (params, client) => {
      if (params.nodeId !== nodeIdOf(client)) return invalidRequest('nodeId mismatch');
      const isAwaited = invocations.settle(params.nodeId, params);
      return answer(isAwaited ? { ok: true } : { ok: true, ignored: true });
    }),
    // Nobody listens to progress here; a real Gateway answers the same when nobody does.
    ...checked('node.invoke.progress', 'node', validateNodeInvokeProgressParams, () =>
      answer({ ok: true, ignored: true }),
    ),
    ...checked('node.event', 'node', validateNodeEventParams, ({ event, payload, payloadJSON }, client) => {
      const told = (handled: boolean, reason: string) =>
        answer({ ok: true, event, handled, reason } satisfies NodeEventResult);
      const body = payload ?? parseJson(payloadJSON);
      switch (event) {
        case 'node.host.stats': {
          const stats = hostStatsSchema.safeParse(body);
          if (!stats.success) return told(false, 'invalid_payload');
          return registry.reportStats(client, stats.data)
            ? told(true, 'updated')
            : told(false, 'stale_connection');
        }
        case 'node.presence.alive': {
          const { trigger } = aliveSchema.parse(body ?? {});
          return registry.alive(client, trigger) ? told(true, 'persisted') : told(false, 'stale_connection');
        }
        default:
          return told(false, 'unsupported_event');
      }
    }),
    ...checked('node.pending.drain', 'node', validateNodePendingDrainParams, ({ maxItems }, client) => {
      const nodeId = nodeIdOf(client);
      if (!hasSurface(registry, nodeId)) return pairingChanged('pending work');
      return answer({ nodeId, ...work.drain(nodeId, maxItems) } satisfies NodePendingDrainResult);
    }),
    // Invocations are never kept for a node that is away: they fail at once, so there is nothing to pull.
    ...plain('node.pending.pull', 'node', (client) => {
      const nodeId = nodeIdOf(client);
      return hasSurface(registry, nodeId) ? answer({ nodeId, actions: [] }) : pairingChanged('invocation');
    }),
    ...checked('node.pending.ack', 'node', validateNodePendingAckParams, ({ ids }, client) => {
      const nodeId = nodeIdOf(client);
      if (!hasSurface(registry, nodeId)) return pairingChanged('invocation');
      return answer({ nodeId, ackedIds: [...new Set(ids)], remainingCount: 0 });
    }),
    ...checked('node.pluginTools.update', 'node', validateNodePluginToolsUpdateParams, (params, client) => {
      const tools = registry.publishTools(client, params.tools);
      return tools === null ? unknownNode() : answer({ nodeId: nodeIdOf(client), tools });
    }),
    ...checked('node.skills.update', 'node', validateNodeSkillsUpdateParams, (params, client) => {
      const skills = registry.publishSkills(client, params.skills);
      return skills === null ? unknownNode() : answer({ nodeId: nodeIdOf(client), skills });
    }),
    'node.runnerInventory.update': {
      scope: 'node',
      handle(params, client) {
        const nodeId = nodeIdOf(client);
        const runner = readRunner(params);
        if (runner === null) return invalidRequest('invalid node runner inventory');
        if (runner === 'retired')
          return invalidRequest(`the OpenClaw of node ${nodeId} is too old to host sessions`);
        if (!registry.publishRunner(client, runner)) return unknownNode();
        if (hasSurface(registry, nodeId)) return answer({ nodeId });
        // The node comes again with it later (observed).
        return failure(errorShape('UNAVAILABLE', 'what this node offers is not approved yet'));
      },
    },
    ...checked('skills.bins', 'node', validateSkillsBinsParams, () => answer({ bins: [] })),
  };
}

const bytes = z.number().int().min(0);
const load = z.number().min(0).max(100_000);

/** docs/gateway/protocol/presence: numbers within bounds, what is free never more than there is. */
const hostStatsSchema = z
  .object({
    cpuCount: z.number().int().min(1).max(4096),
    loadAverage: z.tuple([load, load, load]).optional(),
    memoryTotalBytes: bytes,
    memoryFreeBytes: bytes,
    diskTotalBytes: bytes.optional(),
    diskAvailableBytes: bytes.optional(),
  })
  .refine((stats) => stats.memoryFreeBytes <= stats.memoryTotalBytes)
  .refine(({ diskTotalBytes: total, diskAvailableBytes: free }) =>
    total === undefined || free === undefined ? total === free : free <= total,
  );

const triggers = [
  'background',
  'silent_push',
  'bg_app_refresh',
  'significant_location',
  'manual',
  'connect',
] as const;

/** An unknown trigger counts as `background` (documented). */
const aliveSchema = z
  .object({ trigger: z.enum(triggers).catch('background').default('background') })
  .catch({ trigger: 'background' });

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
