type Spread = { readonly median: number; readonly min: number; readonly max: number };

export type Result = {
  readonly what: string;
  readonly unit: string;
  readonly ours: Spread | null;
  readonly theirs: Spread | null;
  /** ours / theirs, of the medians. */
  readonly ratio: number | null;
  /** In words, e.g. `<= 1.1x`; empty where it is only shown. */
  readonly goal: string;
  /** Null where there is no goal, or nothing to compare. */
  readonly met: boolean | null;
};

export type Report = {
  readonly name: string;
  /** Whom it is measured against. */
  readonly peer: string;
  readonly notes: readonly string[];
  readonly results: readonly Result[];
};

export type Goal =
  | { readonly kind: 'ratioAtMost' | 'ratioAtLeast'; readonly value: number }
  | { readonly kind: 'oursAtMost' | 'oursAtLeast'; readonly value: number };

/** What was measured on each side, round by round, and what the goal makes of it. */
export function resultOf(
  what: string,
  unit: string,
  ours: readonly number[],
  theirs: readonly number[],
  goal: Goal | null,
): Result {
  const a = spreadOf(ours);
  const b = spreadOf(theirs);
  const ratio = a && b && b.median > 0 ? a.median / b.median : null;
  return { what, unit, ours: a, theirs: b, ratio, goal: textOf(goal, unit), met: isMet(goal, a, ratio) };
}

function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values) };
}

/** NaN where nothing was measured. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
}

function textOf(goal: Goal | null, unit: string): string {
  if (!goal) return '';
  const sign = isUpper(goal) ? '<=' : '>=';
  return isOfRatio(goal) ? `${sign} ${Number(goal.value.toFixed(3))}x` : `${sign} ${goal.value} ${unit}`;
}

function isMet(goal: Goal | null, ours: Spread | null, ratio: number | null): boolean | null {
  if (!goal) return null;
  const measured = isOfRatio(goal) ? ratio : (ours?.median ?? null);
  if (measured === null) return null;
  return isUpper(goal) ? measured <= goal.value : measured >= goal.value;
}

const isOfRatio = ({ kind }: Goal) => kind === 'ratioAtMost' || kind === 'ratioAtLeast';
const isUpper = ({ kind }: Goal) => kind === 'ratioAtMost' || kind === 'oursAtMost';

export function printReport({ name, peer, notes, results }: Report): void {
  console.log(`${name}: ours against ${peer}, median (min-max)`);
  for (const note of notes) console.log(`  ${note}`);
  const rows = results.map((result) => [
    `${result.what}, ${result.unit}`,
    inWords(result.ours),
    inWords(result.theirs),
    result.ratio === null ? '-' : `${result.ratio.toFixed(2)}x`,
    result.goal,
    result.met === null ? '' : result.met ? 'met' : 'NOT met',
  ]);
  const table = [['', 'ours', peer, 'ratio', 'goal', ''], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function inWords(spread: Spread | null): string {
  if (!spread) return '-';
  return `${short(spread.median)} (${short(spread.min)}-${short(spread.max)})`;
}

const short = (value: number) =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
