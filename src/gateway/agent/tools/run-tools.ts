import type { ToolModelMessage } from 'ai';
import type { GatewayClock } from '../../clock.ts';
import type { ToolCall } from '../../sessions/tool-rows.ts';
import { resultOutput } from '../media/shown-images.ts';
import type { RunSink } from '../reply.ts';
import { type AgentTool, type ToolResult, textResult } from './agent-tool.ts';
import { type ReadResult, readResult } from './result-images.ts';

/** What the model is shown of one result. The rest is left out, and said so. */
const MAX_RESULT_CHARACTERS = 40_000;

/** For the model. */
const NOT_BEGUN = 'Not begun: the person has sent another message in the meantime. Read that first.';

type ResultPart = ToolModelMessage['content'][number];

/**
 * Runs the calls of one step, one after the other: they may depend on each other, and a person is asked one
 * question at a time. Every call gets a result, also one that nobody can carry out, and one that was not begun when the
 * person said something else (doc: concepts/queue-steering.md).
 */
export async function runTools(
  calls: readonly (ToolCall & { problem?: string })[],
  tools: readonly AgentTool[],
  sink: RunSink,
  clock: GatewayClock,
): Promise<{ message: ToolModelMessage; succeeded: string[] }> {
  const parts: ResultPart[] = [];
  const succeeded: string[] = [];
  for (const call of calls) {
    sink.signal.throwIfAborted();
    const tool = tools.find(({ name }) => name === call.name);
    const result = await runTool(call, tool, sink, clock);
    sink.signal.throwIfAborted();
    if (!result.isError) succeeded.push(call.name);
    const { content, isError } = result;
    sink.toolResult({ toolCallId: call.id, toolName: call.name, content, isError });
    parts.push(resultPart(call, result));
  }
  return { message: { role: 'tool', content: parts }, succeeded };
}

async function runTool(
  call: ToolCall & { problem?: string },
  tool: AgentTool | undefined,
  sink: RunSink,
  clock: GatewayClock,
): Promise<ReadResult & { isError: boolean }> {
  const { id: toolCallId, name } = call;
  const startedAt = clock.now();
  const meta = call.problem === undefined ? tool?.describe(call.arguments) : undefined;
  const commandBearing = tool?.commandBearing ?? false;
  const title = [titleOf(name), meta].filter(Boolean).join(' ');
  const item = {
    itemId: `tool:${toolCallId}`,
    toolCallId,
    name,
    kind: 'tool',
    title,
    ...(meta ? { meta } : {}),
    commandBearing,
  };
  const command = { itemId: `command:${toolCallId}`, title: `command ${meta ?? name}`, toolCallId, name };

  sink.emit('item', { ...item, phase: 'start', status: 'running', startedAt });
  sink.emit('tool', { phase: 'start', name, toolCallId, args: call.arguments });
  const refusal = refusalOf(call, tool, sink);
  const result: ToolResult =
    tool === undefined || refusal !== null
      ? textResult(refusal ?? '', true)
      : await tool
          .run(call.arguments, {
            runId: sink.runId,
            sessionKey: sink.sessionKey,
            toolCallId,
            signal: sink.signal,
            emit: sink.emit,
            progress(output, details = {}) {
              const partialResult = {
                content: [{ type: 'text', text: output }],
                details: { status: 'running', ...details },
              };
              sink.emit('tool', { phase: 'update', name, toolCallId, partialResult });
              sink.emit('item', { ...item, phase: 'update', status: 'running' });
              if (commandBearing)
                sink.emit('command_output', { ...command, phase: 'delta', output, status: 'running' });
            },
          })
          .catch((thrown: unknown) =>
            textResult(thrown instanceof Error ? thrown.message : String(thrown), true),
          );

  const status = result.isError ? 'failed' : 'completed';
  const { isError, details = {} } = result;
  const read = readResult(result, sink.keep);
  sink.emit('tool', {
    phase: 'result',
    name,
    toolCallId,
    ...(meta ? { meta } : {}),
    isError,
    commandBearing,
    result: { content: read.content, details },
  });
  const problem = isError ? { error: read.text.slice(0, 500) } : {};
  sink.emit('item', { ...item, phase: 'end', status, startedAt, endedAt: clock.now(), ...problem });
  if (commandBearing) {
    const { exitCode = null, durationMs = clock.now() - startedAt, cwd = null } = details;
    sink.emit('command_output', {
      ...command,
      phase: 'end',
      output: read.text,
      status,
      exitCode,
      durationMs,
      cwd,
    });
  }
  return { ...read, isError };
}

/** In words for the model; null where nothing speaks against it. */
function refusalOf(
  call: ToolCall & { problem?: string },
  tool: AgentTool | undefined,
  sink: RunSink,
): string | null {
  if (sink.isSteered()) return NOT_BEGUN;
  if (tool === undefined) return `There is no tool called ${call.name}.`;
  return call.problem ?? null;
}

const titleOf = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function resultPart(
  { id: toolCallId, name: toolName }: ToolCall,
  { text, images, isError }: ReadResult & { isError: boolean },
): ResultPart {
  const value = text.length > MAX_RESULT_CHARACTERS ? `${text.slice(0, MAX_RESULT_CHARACTERS)}\n[…]` : text;
  return { type: 'tool-result', toolCallId, toolName, output: resultOutput(value, images, isError) };
}
