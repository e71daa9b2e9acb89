import { type CommandLists, findPolicyFault } from './command-policy.ts';
import type { Invocation, Invocations, InvokeOutcome } from './invocations.ts';
import type { NodeRegistry } from './node-registry.ts';

/** Why a command was not even sent. */
export type InvokeRefusal =
  | { readonly kind: 'unknown-node' }
  | { readonly kind: 'offline' }
  | { readonly kind: 'not-allowed'; readonly reason: string; readonly message: string };

/** Runs a command on a node, for `node.invoke` and for the agent's tools alike. Never rejects. */
export type NodeInvoke = (invocation: Invocation) => Promise<InvokeOutcome | InvokeRefusal>;

export function createNodeInvoke(deps: {
  registry: NodeRegistry;
  invocations: Invocations;
  commandLists: () => CommandLists;
}): NodeInvoke {
  const { registry, invocations } = deps;
  return async (invocation) => {
    const node = registry.find(invocation.nodeId);
    if (node === undefined) return { kind: 'unknown-node' };
    if (node.live === null) return { kind: 'offline' };
    const { command } = invocation;
    const fault = findPolicyFault(command, node.live.offer, deps.commandLists());
    if (fault !== null) return refused('command not allowlisted', fault);
    if (!node.live.claimed.commands.includes(command)) {
      return refused(
        'command not declared by node',
        `${JSON.stringify(command)} is not declared by the node`,
      );
    }
    if (!registry.effective(node).commands.includes(command)) {
      return refused('command not approved', `${JSON.stringify(command)} waits for approval of the node`);
    }
    return invocations.invoke(node.live.client, invocation);
  };
}

const refused = (reason: string, sentence: string): InvokeRefusal => ({
  kind: 'not-allowed',
  reason,
  message: `node command not allowed: ${sentence}`,
});
