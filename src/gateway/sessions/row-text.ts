import type { HistoryRow } from './history-row.ts';

/** What search, previews and lists read of a row; of calls, the names of the tools. */
export function textOfRow({ role, content }: HistoryRow): string {
  if (role === 'system') return '';
  if (typeof content === 'string') return content;
  return content.flatMap((part) => ('text' in part ? part.text : 'name' in part ? part.name : [])).join(', ');
}

/** Whether a model is shown it later. */
export function isInContext(row: HistoryRow): boolean {
  if ('excludeFromContext' in row && row.excludeFromContext === true) return false;
  return row.role === 'user' || row.role === 'assistant' || row.role === 'toolResult';
}
