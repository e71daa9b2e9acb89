import type { NodeInvokeResultParams } from '@openclaw/gateway-protocol';
import type { GatewayClock } from '../clock.ts';
import type { Client } from '../server/client.ts';

/** What became of a command on a node. */
export type InvokeOutcome =
  | { readonly kind: 'ok'; readonly payload: unknown; readonly payloadJSON: string | null }
  /** The node said no. `code` is the node's own. */
  | { readonly kind: 'node-error'; readonly code: string; readonly message: string }
  | { readonly kind: 'timeout' }
  /** It went away before it answered; whether it ran the command is not known. */
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'cancelled' };

export type Invocation = {
  readonly nodeId: string;
  readonly command: string;
  readonly params: unknown;
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
  readonly signal?: AbortSignal;
};

export type Invocations = {
  /** Sends the command to the node and waits. The same key joins the call that is under way, or gets its result. */
  invoke(node: Client, invocation: Invocation): Promise<InvokeOutcome>;
  /** A node's answer. False when nobody waits for it: it came late, or from another node. */
  settle(nodeId: string, result: NodeInvokeResultParams): boolean;
  /** The connection of a node has ended. */
  disconnected(node: Client): void;
};

type Waiting = {
  readonly node: Client;
  readonly nodeId: string;
  readonly end: (outcome: InvokeOutcome) => void;
};

/** Results are remembered this long, and no more than this many. */
const REMEMBER_MS = 5 * 60_000;
const REMEMBER_COUNT = 200;

export function createInvocations({
  clock,
  newId,
}: {
  clock: GatewayClock;
  newId: () => string;
}): Invocations {
  const waiting = new Map<string, Waiting>();
  const known = new Map<string, { readonly at: number; readonly outcome: Promise<InvokeOutcome> }>();

  const forgetOld = () => {
    for (const [key, { at }] of known) {
      if (known.size <= REMEMBER_COUNT && clock.now() - at <= REMEMBER_MS) break;
      known.delete(key);
    }
  };

  const start = (node: Client, invocation: Invocation): Promise<InvokeOutcome> =>
    new Promise((resolve) => {
      const { nodeId, command, timeoutMs, idempotencyKey, signal } = invocation;
      const id = newId();
      const tellNode = () => node.sendDirect('node.invoke.cancel', { invokeId: id, nodeId });
      const end = (outcome: InvokeOutcome) => {
        if (!waiting.delete(id)) return;
        cancelTimer();
        signal?.removeEventListener('abort', onAbort);
        if (outcome.kind === 'timeout' || outcome.kind === 'cancelled') tellNode();
        resolve(outcome);
      };
      const onAbort = () => end({ kind: 'cancelled' });
      const cancelTimer = clock.after(timeoutMs, () => end({ kind: 'timeout' }));
      waiting.set(id, { node, nodeId, end });
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      node.sendDirect('node.invoke.request', {
        id,
        nodeId,
        command,
        ...paramsJson(invocation, newId),
        timeoutMs,
        idempotencyKey,
      });
    });

  return {
    invoke(node, invocation) {
      forgetOld();
      const key = JSON.stringify([invocation.nodeId, invocation.command, invocation.idempotencyKey]);
      const before = known.get(key);
      if (before !== undefined) return before.outcome;
      const outcome = start(node, invocation);
      known.set(key, { at: clock.now(), outcome });
      return outcome;
    },
    settle(nodeId, result) {
      const call = waiting.get(result.id);
      if (call === undefined || call.nodeId !== nodeId) return false;
      call.end(readResult(result));
      return true;
    },
    disconnected(node) {
      for (const call of [...waiting.values()]) {
        if (call.node === node) call.end({ kind: 'disconnected' });
      }
    },
  };
}

/** `system.run` learns under which id its run is known (observed). */
function paramsJson({ command, params }: Invocation, newId: () => string): { paramsJSON?: string } {
  if (command === 'system.run' && typeof params === 'object' && params !== null && !('runId' in params)) {
    return { paramsJSON: JSON.stringify({ ...params, runId: newId() }) };
  }
  return params === undefined ? {} : { paramsJSON: JSON.stringify(params) };
}

function readResult(result: NodeInvokeResultParams): InvokeOutcome {
  if (!result.ok) {
    const { code = 'UNAVAILABLE', message = 'node invoke failed' } = result.error ?? {};
    return { kind: 'node-error', code, message };
  }
  const { payload, payloadJSON } = result;
  if (payloadJSON === undefined) return { kind: 'ok', payload: payload ?? null, payloadJSON: null };
  return { kind: 'ok', payload: payload ?? parseOrNull(payloadJSON), payloadJSON };
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
