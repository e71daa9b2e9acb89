import { type AnswerFile, type RowPosition, type RowUsage, rowUsage, type TokenUsage } from './row-parts.ts';

/** The rows between a question and its answer, when tools were called (observed). */
export type ToolStepRow = StepTextRow | ToolCallRow | ToolResultRow;

export type ToolCall = {
  readonly id: string;
  readonly name: string;
  readonly arguments: Record<string, unknown>;
};

type Metadata = { id: string; seq: number; recordTimestampMs: number; runId: string };

/** What was said before the calls, and the files that it came with. */
export type StepTextRow = {
  role: 'assistant';
  content: [{ type: 'text'; text: string }, ...AnswerFile[]];
  timestamp: number;
  openclawStreamFallback: { replacementText: string; source: 'segment'; itemId: string };
  __openclaw: Metadata;
};

export type ToolCallRow = {
  role: 'assistant';
  content: { type: 'toolCall'; id: string; name: string; arguments: Record<string, unknown> }[];
  api: string;
  provider: string;
  model: string;
  usage: RowUsage;
  stopReason: 'toolUse';
  timestamp: number;
  responseId?: string;
  __openclaw: Metadata;
};

/**
 * An image in a tool's result, as transcripts and events have it: its bytes are kept elsewhere (observed). Without
 * `artifactId` they are not kept at all.
 */
export type ResultImage = {
  readonly type: 'image';
  readonly mimeType: string;
  readonly artifactId?: string;
  readonly omitted: true;
  readonly bytes: number;
};

export type ResultBlock = { readonly type: 'text'; readonly text: string } | ResultImage;

export type ToolResultRow = {
  role: 'toolResult';
  toolCallId: string;
  toolName: string;
  content: readonly ResultBlock[];
  isError: boolean;
  timestamp: number;
  __openclaw: Metadata;
};

/** A call of a model that wants tools. */
export type AssistantFacts = {
  readonly toolCalls: readonly ToolCall[];
  readonly usage: TokenUsage;
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  readonly responseId: string | undefined;
};

export type ToolResultFacts = {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly content: readonly ResultBlock[];
  readonly isError: boolean;
};

const metadata = ({ messageId, seq, at, runId }: RowPosition): Metadata => ({
  runId,
  id: messageId,
  recordTimestampMs: at,
  seq,
});

export function stepTextRow(
  position: RowPosition,
  text: string,
  files: readonly AnswerFile[],
  itemId: string,
): StepTextRow {
  return {
    role: 'assistant',
    content: [{ type: 'text', text }, ...files],
    timestamp: position.at,
    openclawStreamFallback: { replacementText: text, source: 'segment', itemId },
    __openclaw: metadata(position),
  };
}

export function toolCallRow(position: RowPosition, step: AssistantFacts): ToolCallRow {
  const { toolCalls, usage, api, provider, model, responseId } = step;
  return {
    role: 'assistant',
    content: toolCalls.map(({ id, name, arguments: args }) => ({
      type: 'toolCall',
      id,
      name,
      arguments: args,
    })),
    api,
    provider,
    model,
    usage: rowUsage(usage),
    stopReason: 'toolUse',
    timestamp: position.at,
    ...(responseId === undefined ? {} : { responseId }),
    __openclaw: metadata(position),
  };
}

export function toolResultRow(position: RowPosition, result: ToolResultFacts): ToolResultRow {
  return {
    role: 'toolResult',
    toolCallId: result.toolCallId,
    toolName: result.toolName,
    content: result.content,
    isError: result.isError,
    timestamp: position.at,
    __openclaw: metadata(position),
  };
}
