/** Line and column count from 1. */
export type Json5Problem = { readonly line: number; readonly column: number; readonly reason: string };

/** Where `json5` or the position parser stopped; the message carries no text of the document beyond one character. */
export function problemOf(text: string, thrown: unknown): Json5Problem {
  const { lineNumber, columnNumber, pos } = thrown as {
    lineNumber?: number;
    columnNumber?: number;
    pos?: number;
  };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (lineNumber !== undefined && columnNumber !== undefined) {
    return { line: lineNumber, column: columnNumber, reason: message.replace(/^JSON5: | at \d+:\d+$/g, '') };
  }
  const reason = thrown instanceof RangeError ? 'too deeply nested' : message.replace(/ \(\d+:\d+\)$/, '');
  return { ...positionAt(text, pos ?? 0), reason };
}

/** Line and column of an offset, both from 1, as an editor shows them: a byte-order mark takes no column. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  const mark = lines.length === 1 && text.startsWith('\uFEFF') ? 1 : 0;
  return { line: lines.length, column: Math.max(1, (lines.at(-1) ?? '').length + 1 - mark) };
}
