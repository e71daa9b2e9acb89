import { assertNever } from '../../../shared/assert-never.ts';
import type { ChatModel } from './chat-state.ts';
import { chatRows } from './row-reader.ts';
import type { AssistantRow, ChatRow } from './rows.ts';

/** Who speaks, in the words of the person who reads it. */
export type Speakers = { you: string; assistant: string };

/** The conversation as a file's text: for people as Markdown, for programs as the Gateway's own rows. */
export function exportTranscript(model: ChatModel, format: 'markdown' | 'json', speakers: Speakers): string {
  const sessionKey = model.canonicalKey ?? model.sessionKey;
  if (format === 'json') {
    const messages = model.projection.entries.filter((entry) => !entry.pending).map((entry) => entry.message);
    return `${JSON.stringify({ sessionKey, sessionId: model.sessionId, messages }, null, 2)}\n`;
  }
  const parts = chatRows(model).flatMap((row) => markdownOf(row, speakers) ?? []);
  return `${[`# ${sessionKey}`, ...parts].join('\n\n')}\n`;
}

function markdownOf(row: ChatRow, { you, assistant }: Speakers): string | null {
  switch (row.kind) {
    case 'user':
      return [heading(you, row.atMs), row.text, ...row.attachments.map((name) => `*${name}*`)]
        .filter((part) => part !== '')
        .join('\n\n');
    case 'assistant':
      return [heading(assistant, row.atMs), ...segmentsOf(row)].join('\n\n');
    case 'failure':
    case 'note':
      return `> ${row.text.replace(/\n/g, '\n> ')}`;
    case 'reset':
      return '---';
    default:
      return assertNever(row);
  }
}

function segmentsOf(row: AssistantRow): string[] {
  return row.segments.map((part) => {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'tool') return `\`${part.tool.title}\``;
    return `*${part.kind === 'artifact' ? part.artifact.name : part.name}*`;
  });
}

function heading(who: string, atMs: number | null): string {
  return atMs === null ? `## ${who}` : `## ${who}, ${new Date(atMs).toISOString()}`;
}
