import { randomUUID } from 'node:crypto';
import { assertNever } from '../../../shared/assert-never.ts';
import type { InvokeOutcome } from '../../nodes/invocations.ts';
import type { InvokeRefusal, NodeInvoke } from '../../nodes/node-invoke.ts';
import { type AgentTool, type ToolResult, textResult } from './agent-tool.ts';
import type { CommandGate } from './command-gate.ts';

/** A node that is connected, with the commands that may be used on it now. */
export type UsableNode = {
  readonly nodeId: string;
  readonly name: string;
  readonly commands: readonly string[];
};

const TIMEOUT_MS = 60_000;

/** Commands that run a program on the node: a person is asked first. */
const runsPrograms = (command: string) => command.startsWith('system.run');

/** What a node lets run without a question is not for the one who asks to decide. */
const changesTheRules = (command: string) => command.startsWith('system.execApprovals');

/**
 * The connected nodes and their commands as one tool (R4): the model names the node, the command and its
 * parameters. Null while there is nothing to use.
 */
export function nodeTool(deps: {
  nodes: readonly UsableNode[];
  invoke: NodeInvoke;
  gate: CommandGate | null;
}): AgentTool | null {
  const nodes = deps.nodes
    .map((node) => ({
      ...node,
      commands: node.commands.filter(
        (command) => !changesTheRules(command) && (deps.gate !== null || !runsPrograms(command)),
      ),
    }))
    .filter(({ commands }) => commands.length > 0);
  if (nodes.length === 0) return null;
  const lines = nodes.map(({ name, commands }) => `- ${name}: ${commands.join(', ')}`);
  return {
    name: 'node',
    description: `Runs a command on a device of the person that is connected now.\n${lines.join('\n')}`,
    parameters: {
      type: 'object',
      properties: {
        node: { type: 'string', enum: nodes.map(({ name }) => name) },
        command: { type: 'string', enum: [...new Set(nodes.flatMap(({ commands }) => commands))] },
        params: { type: 'object', description: 'The parameters of the command.', additionalProperties: true },
      },
      required: ['node', 'command'],
      additionalProperties: false,
    },
    commandBearing: false,
    describe: ({ node, command }) => `${String(command)} on ${String(node)}`,
    async run(args, context) {
      const node = nodes.find(({ name }) => name === args.node);
      if (node === undefined) return textResult(`There is no node ${String(args.node)}.`, true);
      const command = node.commands.find((each) => each === args.command);
      if (command === undefined) {
        return textResult(`${node.name} does not offer ${String(args.command)}.`, true);
      }
      const params = args.params ?? {};
      if (runsPrograms(command)) {
        const what = {
          command: commandText(params),
          cwd: null,
          host: 'node' as const,
          nodeId: node.nodeId,
          resolvedPath: null,
        };
        const verdict = await deps.gate?.(what, context);
        if (verdict?.allowed !== true) return textResult(verdict?.reason ?? 'Exec denied.', true);
      }
      const outcome = await deps.invoke({
        nodeId: node.nodeId,
        command,
        params,
        timeoutMs: TIMEOUT_MS,
        idempotencyKey: `${context.runId}:${context.toolCallId}:${randomUUID()}`,
        signal: context.signal,
      });
      return resultOf(outcome);
    },
  };
}

/**
 * What a person is shown of a `system.run`, and what an allowance for good is bound to: the arguments, quoted
 * where a space would be read wrongly, and everything else that came with them.
 */
function commandText(params: unknown): string {
  if (typeof params !== 'object' || params === null) return JSON.stringify(params);
  const { command, ...rest } = params as Record<string, unknown>;
  const words = Array.isArray(command) ? command.map(String) : [String(command)];
  const line = Array.isArray(command) ? words.map(quoted).join(' ') : words.join();
  return Object.keys(rest).length === 0 ? line : `${line} ${JSON.stringify(rest)}`;
}

const quoted = (word: string) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word));

function resultOf(outcome: InvokeOutcome | InvokeRefusal): ToolResult {
  switch (outcome.kind) {
    case 'ok':
      return textResult(outcome.payloadJSON ?? JSON.stringify(outcome.payload), false, {
        payload: outcome.payload,
      });
    case 'node-error':
      return textResult(`${outcome.code}: ${outcome.message}`, true);
    case 'timeout':
      return textResult('The node did not answer in time.', true);
    case 'disconnected':
      return textResult('The node went away before it answered; whether it did it is not known.', true);
    case 'cancelled':
      return textResult('Stopped.', true);
    case 'unknown-node':
    case 'offline':
      return textResult('The node is not connected.', true);
    case 'not-allowed':
      return textResult(outcome.message, true);
    default:
      return assertNever(outcome);
  }
}
