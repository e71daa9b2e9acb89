import { assertNever } from '../../../shared/assert-never.ts';
import { type MediaSegment, mediaName } from './artifact.ts';
import { type ChatModel, hasFailed, type ToolUse } from './chat-state.ts';
import { chatRows } from './row-reader.ts';
import type { AssistantRow, ChatRow, CutIds } from './rows.ts';
import { argumentsOf, noDetail } from './tool-details.ts';

/** What the file is called and who speaks in it, in the words of the person who reads it. */
export type ExportWords = {
  title: string;
  you: string;
  assistant: string;
  given: string;
  output: string;
  failed: string;
  /** Where a message is not whole: the Gateway does not give all of it. */
  cut: string;
  /** Without what only terminals and programs make something of. */
  readable: (text: string) => string;
};

/** The conversation as a file's text: for people as Markdown, for programs as the Gateway's own rows. */
export function exportTranscript(model: ChatModel, format: 'markdown' | 'json', words: ExportWords): string {
  const sessionKey = model.canonicalKey ?? model.sessionKey;
  if (format === 'json') {
    const messages = model.projection.entries.filter((entry) => !entry.pending).map((entry) => entry.message);
    return `${JSON.stringify({ sessionKey, sessionId: model.sessionId, messages }, null, 2)}\n`;
  }
  const parts = chatRows(model).flatMap((row) => markdownOf(row, words) ?? []);
  return `${[`# ${words.title}`, ...parts].join('\n\n')}\n`;
}

function markdownOf(row: ChatRow, words: ExportWords): string | null {
  switch (row.kind) {
    case 'user':
      return [
        heading(words.you, row.atMs),
        row.text,
        ...row.attachments.map((name) => `*${name}*`),
        ...cutOf(row, words),
      ]
        .filter((part) => part !== '')
        .join('\n\n');
    case 'assistant':
      return [heading(words.assistant, row.atMs), ...segmentsOf(row, words), ...cutOf(row, words)].join(
        '\n\n',
      );
    case 'failure':
      return quoted(row.text);
    case 'note':
      return [quoted(row.text), ...cutOf(row, words)].join('\n\n');
    case 'reset':
      return '---';
    default:
      return assertNever(row);
  }
}

function quoted(text: string): string {
  return `> ${text.replace(/\n/g, '\n> ')}`;
}

function cutOf({ cut }: { cut?: CutIds }, words: ExportWords): string[] {
  return cut ? [`*${words.cut}*`] : [];
}

function segmentsOf(row: AssistantRow, words: ExportWords): string[] {
  return row.segments.map((part) => {
    if (part.kind === 'text') return part.text;
    return part.kind === 'tool' ? toolOf(part.tool, words) : mediaOf(part);
  });
}

/** A call, what it was given and what it gave back; its own marks are not the file's. */
function toolOf(tool: ToolUse, { given, output, failed, readable }: ExportWords): string {
  const { args, output: text, media } = tool.detail ?? noDetail;
  const name = `**${readable(tool.title || tool.name).replace(/[\\*_`[\]<>]/g, '\\$&')}**`;
  const asked = argumentsOf(args);
  return [
    hasFailed(tool) ? `${name} (${failed})` : name,
    ...(asked ? [`${given}:`, fenced(readable(asked.text), asked.language)] : []),
    ...(text ? [`${output}:`, fenced(readable(text), '')] : []),
    ...media.map(mediaOf),
  ].join('\n\n');
}

function mediaOf(segment: MediaSegment): string {
  return `*${mediaName(segment)}*`;
}

/** The fence is longer than any in the text. */
function fenced(text: string, language: string): string {
  const ticks = (text.match(/`{3,}/g) ?? []).map(({ length }) => length);
  const fence = '`'.repeat(Math.max(2, ...ticks) + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function heading(who: string, atMs: number | null): string {
  return atMs === null ? `## ${who}` : `## ${who}, ${new Date(atMs).toISOString()}`;
}
