import type { ChatRow } from '../../stores/chat/rows.ts';
import { plainText } from '../../ui/markdown/plain-text.ts';

const passingChars = 80;

/** While the view leaps: where one is, in the room that the row takes or is thought to take (pixels). */
export function PassingRow({ row, height }: { row: ChatRow; height: number }) {
  return (
    <p className={`passing-row is-${row.kind}`} style={{ height }} dir="auto" aria-hidden="true">
      {plainText(firstWords(row).slice(0, passingChars))}
    </p>
  );
}

function firstWords(row: ChatRow): string {
  if (row.kind === 'reset') return '';
  if (row.kind !== 'assistant') return row.text;
  return row.segments.find((segment) => segment.kind === 'text')?.text ?? '';
}
