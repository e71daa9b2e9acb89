import stringWidth from 'fast-string-width';
import { oneLine } from '../../shared/printable.ts';

const GAP = '  ';

/** Columns below their heads, each as wide as its widest cell; a wide character takes two places. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [heads, ...rows.map((row) => row.map(oneLine))];
  const widths = heads.map((_head, column) =>
    Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell))))
      .join(GAP)
      .trimEnd(),
  );
}
