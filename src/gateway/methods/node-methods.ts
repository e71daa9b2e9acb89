import {
  errorShape,
  type NodePendingEnqueueResult,
  validateNodeDescribeParams,
  validateNodeInvokeParams,
  validateNodeListParams,
  validateNodePairApproveParams,
  validateNodePairListParams,
  validateNodePairRejectParams,
  validateNodePairRemoveParams,
  validateNodePendingEnqueueParams,
  validateNodeRenameParams,
} from '@openclaw/gateway-protocol';
import { assertNever } from '../../shared/assert-never.ts';
import type { DeviceStore } from '../auth/device-store.ts';
import { scopeGranted } from '../auth/scopes.ts';
import { approvalScope, invokeScope } from '../nodes/command-policy.ts';
import type { InvokeOutcome } from '../nodes/invocations.ts';
import type { KnownNode } from '../nodes/known-node.ts';
import type { InvokeRefusal, NodeInvoke } from '../nodes/node-invoke.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { describeNode, describePaired, describePending } from '../nodes/node-rows.ts';
import type { PendingWork } from '../nodes/pending-work.ts';
import { answer, failure, invalidRequest, type Reply } from '../server/frames.ts';
import { checked, type MethodTable, missingScope } from './method.ts';
import { hasSurface, pairingChanged } from './node-surface.ts';

export type NodeDeps = {
  readonly registry: NodeRegistry;
  readonly invoke: NodeInvoke;
  readonly work: PendingWork;
  readonly devices: DeviceStore;
  readonly now: () => number;
};

const DEFAULT_INVOKE_TIMEOUT_MS = 30_000;

/** Nodes, as operators see and use them (R4, R5). Shapes and errors as observed. */
export function nodeMethods(deps: NodeDeps): MethodTable {
  const { registry, devices, now } = deps;
  const row = (node: KnownNode) => describeNode(node, registry.effective(node));

  return {
    ...checked('node.list', 'operator.read', validateNodeListParams, () =>
      answer({ ts: now(), nodes: registry.list().map(row) }),
    ),
    ...checked('node.describe', 'operator.read', validateNodeDescribeParams, ({ nodeId }) => {
      const node = registry.find(nodeId);
      return node === undefined ? invalidRequest('unknown nodeId') : answer({ ts: now(), ...row(node) });
    }),
    ...checked('node.pair.list', 'operator.pairing', validateNodePairListParams, () => {
      const records = registry.list().map(({ record }) => record);
      return answer({
        pending: records.flatMap((record) =>
          record.pending === null
            ? []
            : [describePending(record, record.pending, devices.find(record.nodeId))],
        ),
        paired: records.filter(({ approved }) => approved !== null).map(describePaired),
      });
    }),
    ...checked(
      'node.pair.approve',
      'operator.pairing',
      validateNodePairApproveParams,
      ({ requestId }, { admission }) => {
        const node = registry.findRequest(requestId);
        const request = node?.record.pending;
        if (node === undefined || !request) return invalidRequest('unknown requestId');
        const extra = approvalScope(request.commands);
        if (extra !== null && !scopeGranted(admission.scopes, extra)) return missingScope(extra);
        return answer({ requestId, node: describePaired(registry.approve(node, request)) });
      },
    ),
    ...checked('node.pair.reject', 'operator.pairing', validateNodePairRejectParams, ({ requestId }) => {
      const node = registry.findRequest(requestId);
      const request = node?.record.pending;
      if (node === undefined || !request) return invalidRequest('unknown requestId');
      registry.reject(node, request);
      return answer({ requestId, nodeId: node.record.nodeId });
    }),
    ...checked('node.pair.remove', 'operator.pairing', validateNodePairRemoveParams, ({ nodeId }) => {
      const node = registry.find(nodeId);
      if (node === undefined) return invalidRequest('unknown nodeId');
      registry.remove(node);
      deps.work.forget(nodeId);
      return answer({ nodeId });
    }),
    ...checked('node.rename', 'operator.pairing', validateNodeRenameParams, ({ nodeId, displayName }) => {
      const node = registry.find(nodeId);
      const name = displayName.trim();
      if (node === undefined) return invalidRequest('unknown nodeId');
      if (name === '') return invalidRequest('displayName required');
      registry.rename(node, name);
      return answer({ nodeId, displayName: name });
    }),
    ...checked('node.pending.enqueue', 'operator.write', validateNodePendingEnqueueParams, (params) => {
      if (!hasSurface(registry, params.nodeId)) return pairingChanged('pending work');
      // There is no push service here that could wake a node.
      const queued = { nodeId: params.nodeId, ...deps.work.enqueue(params), wakeTriggered: false };
      return answer(queued satisfies NodePendingEnqueueResult);
    }),
    ...checked('node.invoke', invokeScope, validateNodeInvokeParams, async (params) => {
      const { nodeId, command: given, timeoutMs = DEFAULT_INVOKE_TIMEOUT_MS, idempotencyKey } = params;
      const command = given.trim();
      const outcome = await deps.invoke({
        nodeId,
        command,
        params: params.params,
        timeoutMs,
        idempotencyKey,
      });
      return invokeReply(outcome, { nodeId, command });
    }),
  };
}

function invokeReply(
  outcome: InvokeOutcome | InvokeRefusal,
  { nodeId, command }: { nodeId: string; command: string },
): Reply {
  switch (outcome.kind) {
    case 'ok': {
      const { payload, payloadJSON } = outcome;
      return answer({ ok: true, nodeId, command, payload, payloadJSON });
    }
    case 'node-error':
      return nodeFault(outcome.code, outcome.message, `${outcome.code}: ${outcome.message}`, true);
    case 'timeout':
      return nodeFault('TIMEOUT', 'node invoke timed out', 'TIMEOUT: node invoke timed out', true);
    case 'cancelled':
      return nodeFault('CANCELLED', 'node invoke cancelled', 'CANCELLED: node invoke cancelled', true);
    case 'disconnected':
      return nodeFault('NOT_CONNECTED', 'node disconnected', 'NOT_CONNECTED: node disconnected', true);
    case 'offline':
      return nodeFault('NOT_CONNECTED', 'node not connected', 'node not connected', false);
    case 'not-allowed':
      return invalidRequest(outcome.message, { reason: outcome.reason, command });
    case 'unknown-node':
      return pairingChanged('invocation');
    default:
      return assertNever(outcome);
  }
}

function nodeFault(code: string, message: string, sentence: string, dispatched: boolean): Reply {
  return failure(
    errorShape('UNAVAILABLE', sentence, {
      details: {
        ...(dispatched ? {} : { code }),
        nodeError: { code, message },
        nodeCommandDispatched: dispatched,
      },
    }),
  );
}
