/**
 * Our marked block in a text of ssh_config(5), by offsets: every byte outside it stays what it is. One character of a text here is
 * one byte of the file (latin1), so no encoding is ever guessed.
 */

const BEGIN = '# >>> chela: persistent tunnel >>>';
const END = '# <<< chela: persistent tunnel <<<';
const BOM = '\xef\xbb\xbf';

type Line = { readonly text: string; readonly start: number; readonly end: number };

export type FoundBlock =
  | { readonly tag: 'none' }
  /** From its first mark to the end of the line of its last. */
  | { readonly tag: 'block'; readonly text: string; readonly start: number; readonly end: number }
  /** A mark without the other, or more than one block. */
  | { readonly tag: 'broken' };

export function findBlock(text: string): FoundBlock {
  const lines = linesOf(text);
  const begins = lines.filter((line) => line.text === BEGIN);
  const ends = lines.filter((line) => line.text === END);
  const [begin, end] = [begins[0], ends[0]];
  if (!begin && !end) return { tag: 'none' };
  if (!begin || !end || begins.length > 1 || ends.length > 1 || end.start < begin.start) {
    return { tag: 'broken' };
  }
  return { tag: 'block', text: text.slice(begin.start, end.end), start: begin.start, end: end.end };
}

/** The inverse of {@link withBlock}. A text whose marks are broken stays as it is. */
export function withoutBlock(text: string): string {
  const found = findBlock(text);
  return found.tag === 'block' ? text.slice(0, found.start) + text.slice(found.end) : text;
}

/**
 * Puts the entry where it wins: `ssh` takes the first value that it finds, so before every directive, and after the comments at the
 * top. What stands before the first Host of a file holds for all hosts, and after our block it would hold for our host alone; a
 * `Host *` at the end of the block lets it hold for all again. `bare` has no block.
 */
export function withBlock(bare: string, entry: readonly string[]): string {
  const { at, isGlobal } = placeIn(bare);
  const eol = /\r\n/.test(bare) ? '\r\n' : '\n';
  const lines = [BEGIN, ...entry, ...(isGlobal ? ['Host *'] : []), END];
  const block = lines.map((line) => Buffer.from(line + eol).toString('latin1')).join('');
  return bare.slice(0, at) + block + bare.slice(at);
}

function placeIn(bare: string): { at: number; isGlobal: boolean } {
  const top = bare.startsWith(BOM) ? BOM.length : 0;
  const lines = linesOf(bare);
  const first = lines.findIndex((line) => keywordOf(line.text) !== null);
  const directive = lines[first];
  // Only comments, perhaps without a last newline.
  if (!directive) return { at: top, isGlobal: false };
  // The comment right above a directive belongs to it.
  let owner = first;
  while (lines[owner - 1]?.text.trimStart().startsWith('#')) owner -= 1;
  return {
    at: lines[owner]?.start ?? top,
    isGlobal: !/^(host|match)$/i.test(keywordOf(directive.text) ?? ''),
  };
}

/** `line` counts from 1. */
export type HostLine = { readonly line: number; readonly patterns: readonly string[] };

/** The Host lines of a text, in their order. */
export function hostLinesOf(text: string): HostLine[] {
  return directivesOf(text, 'host').map(({ line, args }) => ({ line, patterns: args }));
}

/** The patterns of its Include lines, in their order. */
export function includesOf(text: string): string[] {
  return directivesOf(text, 'include').flatMap(({ args }) => args);
}

function directivesOf(text: string, keyword: string): { line: number; args: string[] }[] {
  return linesOf(text).flatMap(({ text: line }, index) => {
    if (keywordOf(line)?.toLowerCase() !== keyword) return [];
    const rest = line
      .trimStart()
      .slice(keyword.length)
      .replace(/^"?[ \t]*=?[ \t]*/, '');
    const args = [...rest.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const comment = args.findIndex((arg) => arg.startsWith('#'));
    return [{ line: index + 1, args: comment === -1 ? args : args.slice(0, comment) }];
  });
}

/** Null for a blank line and a comment. */
function keywordOf(line: string): string | null {
  return /^[\s"]*([A-Za-z][A-Za-z0-9]*)/.exec(line)?.[1] ?? null;
}

/** Without their line ends, and without a byte order mark. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = text.startsWith(BOM) ? BOM.length : 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline + 1;
    lines.push({ text: text.slice(start, end).replace(/\r?\n$/, ''), start, end });
    start = end;
  }
  return lines;
}
