/** One block of Markdown. `code`: where it is a code block, what is in it. */
export type Block = { source: string; code: { text: string; language: string } | null };
export type Split = { text: string; blocks: readonly Block[] };

/** Definitions (`[a]: …`, `[^1]: …`) are used from other blocks, so a text that has them stays whole. */
const hasDefinitions = /^ {0,3}\[[^\]\n]+\]:/m;
const wholeUpTo = 50_000;

const listItem = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;
/** A formula that begins with nothing else in its line may have empty lines. */
const formulaEnds = new Map([
  ['$$', '$$'],
  ['\\[', '\\]'],
]);
/** Its indentation, its marks, and what it says of the code (CommonMark 0.31, 4.5). */
const fence = /^(?<indent>[ \t]*)(?<marks>`{3,}(?=[^`]*$)|~{3,})(?<info>.*)$/;
/** `isNested`: it belongs to an item of a list, and ends with it. */
type Fence = { indent: number; marks: string; info: string; isNested: boolean };

/**
 * Cuts Markdown into blocks that can be drawn, and kept, one by one. With `previous` only what follows its last
 * but one block is read again, so a stream costs what its last block costs; blocks that stay are the same objects.
 */
export function splitBlocks(text: string, previous: Split | null = null): Split {
  if (text.length <= wholeUpTo && hasDefinitions.test(text)) {
    return { text, blocks: [{ source: text, code: null }] };
  }
  const canContinue = previous !== null && previous.blocks.length > 2 && text.startsWith(previous.text);
  const kept = canContinue ? previous.blocks.slice(0, -2) : [];
  const from = kept.reduce((length, block) => length + block.source.length, 0);
  const read = readBlocks(text.slice(from)).map((block, at) => {
    const before = previous?.blocks[kept.length + at];
    return before?.source === block.source ? before : block;
  });
  return { text, blocks: [...kept, ...read] };
}

/**
 * Cuts where nothing can go on over the cut: after an empty line that neither a list, an indented line nor a
 * formula continues, and around a fence that is not indented. What stays together is still read rightly.
 */
function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let open: Fence | null = null;
  /** How far the text of the list is indented; null outside of lists. */
  let item: number | null = null;
  /** How the formula ends that the line is in. */
  let formulaEnd: string | null = null;
  let wasEmpty = false;

  function cut(code: Block['code']) {
    const source = lines.join('');
    const last = blocks.at(-1);
    if (last && source.trim() === '') blocks[blocks.length - 1] = { ...last, source: last.source + source };
    else if (source !== '') blocks.push({ source, code });
    lines = [];
    item = null;
  }

  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const content = line.trimEnd();
    const isEmpty = content === '';
    const isIndented = /^[ \t]/.test(line);
    if (open && !(open.isNested && !isEmpty && !isIndented)) {
      lines.push(line);
      if (!isEndOf(open, content)) continue;
      if (isBlock(open)) cut(codeOf(open, lines.slice(1, -1)));
      [open, wasEmpty] = [null, false];
      continue;
    }
    open = formulaEnd === null ? fenceOf(content, item) : null;
    const marker = listItem.exec(line)?.[0] ?? null;
    const goesOn = formulaEnd !== null || isIndented || (item !== null && marker !== null);
    if ((open && isBlock(open)) || (wasEmpty && !isEmpty && !goesOn)) cut(null);
    if (marker !== null) item = Math.min(item ?? marker.length, marker.length);
    if (formulaEnd === null) formulaEnd = formulaEnds.get(content.trimStart()) ?? null;
    else if (line.includes(formulaEnd)) formulaEnd = null;
    lines.push(line);
    wasEmpty = isEmpty;
  }
  // The end of code that is still being written is on its way.
  cut(open && isBlock(open) ? codeOf(open, lines.slice(1)) : null);
  return blocks;
}

const isBlock = (fence: Fence) => fence.indent === 0;

function fenceOf(line: string, item: number | null): Fence | null {
  const { indent, marks, info } = fence.exec(line)?.groups ?? {};
  if (indent === undefined || marks === undefined || info === undefined) return null;
  const isNested = item !== null && indent.length >= item;
  return isNested || indent.length <= 3 ? { indent: indent.length, marks, info, isNested } : null;
}

function isEndOf({ marks, isNested }: Fence, line: string): boolean {
  const bare = isNested ? line.trimStart() : line.replace(/^ {0,3}/, '');
  return bare.length >= marks.length && bare === marks.charAt(0).repeat(bare.length);
}

function codeOf({ info }: Fence, lines: readonly string[]): Block['code'] {
  const language = /^\s*([\w+#-]+)/.exec(info)?.[1] ?? '';
  return { text: lines.join('').replace(/\n$/, ''), language };
}
