import type { AssistantModelMessage, ModelMessage, ToolModelMessage, UserContent } from 'ai';
import type { AssistantRow, HistoryRow, UserRow } from '../sessions/history-row.ts';
import type { ResultImage, ToolCallRow, ToolResultRow } from '../sessions/tool-rows.ts';
import { join, type Parts } from './join-messages.ts';
import { resultOutput } from './media/shown-images.ts';
import type { ToolImage } from './tools/agent-tool.ts';

export type ContextLimits = { readonly messages: number; readonly characters: number };

/** Enough for a conversation, little enough for the small windows that local models are started with. */
const contextLimits: ContextLimits = { messages: 60, characters: 24_000 };

/** A token is about four characters of English and one or two of Chinese; half the window is left to the answer. */
export function limitsFor(contextWindow: number | undefined): ContextLimits {
  if (contextWindow === undefined) return contextLimits;
  return { messages: 400, characters: Math.max(contextLimits.characters, contextWindow) };
}

/** Of what a tool said in an earlier exchange, this much is repeated. */
const MAX_OLD_RESULT_CHARACTERS = 4_000;

/** Rows that a model can be shown. */
type SpokenRow = Extract<HistoryRow, { role: 'user' | 'assistant' | 'toolResult' }>;

/**
 * What a model is shown: the newest rows that fit, oldest first. It begins with a user message, and a call
 * stands there only together with its result: some providers refuse anything else. The newest row is always
 * there.
 */
export function chooseRows(newestFirst: readonly HistoryRow[], limits = contextLimits): SpokenRow[] {
  const chosen: SpokenRow[] = [];
  let characters = 0;
  for (const row of newestFirst.slice(0, limits.messages)) {
    if (row.role !== 'user' && row.role !== 'assistant' && row.role !== 'toolResult') continue;
    characters += lengthOf(row);
    if (chosen.length > 0 && characters > limits.characters) break;
    chosen.push(row);
  }
  chosen.reverse();
  const first = chosen.findIndex(({ role }) => role === 'user');
  return first === -1 ? [] : resultsNextToCalls(withoutLooseEnds(chosen.slice(first)));
}

export type ContextOptions = {
  readonly limits: ContextLimits;
  /** Without tools there is nobody to hand a call to, and some providers refuse to be shown one. */
  readonly withTools: boolean;
  readonly userContent: (row: UserRow) => Promise<UserContent>;
  /** An image that a tool gave; null where it is gone, or this model is shown none. */
  readonly image: (image: ResultImage) => Promise<ToolImage | null>;
};

/** The rows in the words of the AI SDK. Neighbours of one role are joined. */
export async function buildContext(
  newestFirst: readonly HistoryRow[],
  { limits, withTools, userContent, image }: ContextOptions,
): Promise<ModelMessage[]> {
  const messages: ModelMessage[] = [];
  const rows = chooseRows(newestFirst, limits);
  const images = withTools ? await newestImages(rows, image) : new Map<ResultImage, ToolImage>();
  for (const row of rows) {
    if (row.role === 'user') join(messages, { role: 'user', content: await userContent(row) });
    else if (row.role === 'toolResult') {
      if (withTools) join(messages, { role: 'tool', content: [resultPart(row, images)] });
    } else if (isToolCall(row)) {
      if (withTools) join(messages, { role: 'assistant', content: row.content.map(callPart) });
    } else {
      join(messages, { role: 'assistant', content: [{ type: 'text', text: saidText(row.content) }] });
    }
  }
  return messages;
}

function isToolCall(row: Extract<HistoryRow, { role: 'assistant' }>): row is ToolCallRow {
  return row.content[0]?.type === 'toolCall';
}

function withoutLooseEnds(rows: readonly SpokenRow[]): SpokenRow[] {
  const answered = new Set(rows.flatMap((row) => (row.role === 'toolResult' ? [row.toolCallId] : [])));
  const called = new Set<string>();
  return rows.filter((row) => {
    if (row.role === 'toolResult') return called.has(row.toolCallId);
    if (row.role !== 'assistant' || !isToolCall(row)) return true;
    const isWhole = row.content.every(({ id }) => answered.has(id));
    if (isWhole) for (const { id } of row.content) called.add(id);
    return isWhole;
  });
}

/** What a person said while a tool ran, such as the answer to a question, follows its result. */
function resultsNextToCalls(rows: readonly SpokenRow[]): SpokenRow[] {
  const ordered: SpokenRow[] = [];
  const missing = new Set<string>();
  let later: SpokenRow[] = [];
  for (const row of rows) {
    if (row.role === 'toolResult') missing.delete(row.toolCallId);
    else if (missing.size > 0) {
      later.push(row);
      continue;
    }
    if (row.role === 'assistant' && isToolCall(row)) for (const { id } of row.content) missing.add(id);
    ordered.push(row);
    if (missing.size > 0) continue;
    ordered.push(...later);
    later = [];
  }
  return [...ordered, ...later];
}

/** A model reads its answer as it wrote it, and what could not be attached of it. */
function saidText([said, ...files]: AssistantRow['content']): string {
  const lines = files.map((file) => {
    const name = file.type === 'image' ? file.alt : file.attachment.label;
    return file.type === 'attachment_error' ? `[${name} could not be attached]` : `MEDIA:${name}`;
  });
  return [said.text, ...lines].filter((text) => text !== '').join('\n');
}

function callPart(call: ToolCallRow['content'][number]): Parts<AssistantModelMessage['content']>[number] {
  return { type: 'tool-call', toolCallId: call.id, toolName: call.name, input: call.arguments };
}

/** Of earlier exchanges; what a call is shown of them is decided when it is made. */
const MAX_OLD_IMAGES = 8;

async function newestImages(
  rows: readonly SpokenRow[],
  read: ContextOptions['image'],
): Promise<ReadonlyMap<ResultImage, ToolImage>> {
  const all = rows.flatMap((row) => (row.role === 'toolResult' && !row.isError ? imagesOf(row) : []));
  const found = await Promise.all(
    all.slice(-MAX_OLD_IMAGES).map(async (image) => [image, await read(image)] as const),
  );
  return new Map(found.flatMap(([image, given]) => (given === null ? [] : [[image, given] as const])));
}

function imagesOf({ content }: ToolResultRow): ResultImage[] {
  return content.filter((part) => part.type === 'image');
}

function resultPart(
  row: ToolResultRow,
  images: ReadonlyMap<ResultImage, ToolImage>,
): ToolModelMessage['content'][number] {
  const text = row.content.map(wordsOf).join('\n');
  const value =
    text.length > MAX_OLD_RESULT_CHARACTERS ? `${text.slice(0, MAX_OLD_RESULT_CHARACTERS)} […]` : text;
  const shown = imagesOf(row).flatMap((image) => images.get(image) ?? []);
  return {
    type: 'tool-result',
    toolCallId: row.toolCallId,
    toolName: row.toolName,
    output: resultOutput(value, shown, row.isError),
  };
}

const wordsOf = (part: ToolResultRow['content'][number]) =>
  part.type === 'text' ? part.text : `[${part.mimeType}]`;

function lengthOf(row: SpokenRow): number {
  if (row.role === 'user') return row.content.length;
  if (row.role === 'toolResult') {
    return Math.min(
      MAX_OLD_RESULT_CHARACTERS,
      row.content.reduce((sum, part) => sum + wordsOf(part).length, 0),
    );
  }
  return isToolCall(row) ? JSON.stringify(row.content).length : (row.content[0]?.text.length ?? 0);
}
