import { join } from 'node:path';
import type { AgentConfig } from '../../../shared/config/model-config.ts';
import type { GatewayClock } from '../../clock.ts';
import type { NodeSkill } from '../../nodes/node-published.ts';
import { nameOf } from '../../nodes/node-rows.ts';
import type { Nodes } from '../../nodes/nodes.ts';
import type { GatewayLogger } from '../../options.ts';
import type { Allowlist } from '../approvals/allowlist.ts';
import type { Approvals, Asker } from '../approvals/approvals.ts';
import type { Questions } from '../questions/questions.ts';
import type { AgentTool } from './agent-tool.ts';
import { askTool } from './ask-tool.ts';
import { createCommandGate } from './command-gate.ts';
import { execTool } from './exec-tool.ts';
import { createMcpServers } from './mcp-servers.ts';
import { nodeTool, type UsableNode } from './node-tool.ts';
import { skillTool } from './skill-tool.ts';

/** The tools of the agent: a shell, the connected nodes, the configured MCP servers, a question to the person. */
export type Toolbox = {
  /** What there is now; nodes come and go. */
  tools(): Promise<AgentTool[]>;
  stop(): Promise<void>;
};

export type NodeAccess = Pick<Nodes, 'invoke' | 'registry'>;

export function createToolbox(deps: {
  config: AgentConfig;
  stateDir: string;
  version: string;
  nodes: NodeAccess;
  approvals: Approvals;
  allowlist: Allowlist;
  questions: Questions;
  askerOf: (runId: string) => Asker;
  clock: GatewayClock;
  logger: GatewayLogger;
}): Toolbox {
  const { config, nodes, clock } = deps;
  const mode = config.exec ?? 'ask';
  const gate = mode === 'deny' ? null : createCommandGate({ ...deps, mode, now: clock.now });
  const exec = gate === null ? null : execTool({ workspace: join(deps.stateDir, 'workspace'), gate, clock });
  const ask = askTool(deps);
  const mcp = createMcpServers({ ...deps, servers: config.mcpServers ?? {}, now: clock.now });
  return {
    async tools() {
      const here = usableNodes(nodes);
      const node = nodeTool({ nodes: here, invoke: nodes.invoke, gate });
      const skills = skillTool(
        here.flatMap(({ name, skills }) => skills.map((skill) => ({ ...skill, node: name }))),
      );
      const tools = [exec, node, skills, ...(await mcp.tools())].filter((tool) => tool !== null);
      // Who has no other tool asks in the answer, and a model that takes no tools stays of use.
      return tools.length === 0 ? [] : [...tools, ask];
    },
    stop: mcp.stop,
  };
}

/** By the names that people gave them; two of one name are told apart by their ids. */
function usableNodes({ registry }: NodeAccess): (UsableNode & { readonly skills: readonly NodeSkill[] })[] {
  const live = registry.list().filter(({ live: connection }) => connection !== null);
  const named = live.map((node) => {
    const { nodeId } = node.record;
    return {
      nodeId,
      name: nameOf(node.record) ?? nodeId.slice(0, 8),
      commands: registry.effective(node).commands,
      // What the agent reads comes from a node that a person has approved.
      skills: node.record.approved === null ? [] : (node.live?.skills ?? []),
    };
  });
  return named.map((node) => {
    const isAlone = named.filter(({ name }) => name === node.name).length === 1;
    return isAlone ? node : { ...node, name: `${node.name} (${node.nodeId.slice(0, 8)})` };
  });
}
