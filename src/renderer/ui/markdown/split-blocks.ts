/** What a name in brackets stands for, as Markdown that draws nothing. */
type Definition = { name: string; markdown: string };
export type BlockRead = {
  source: string;
  /** Where it is a code block, what is in it. */
  code: { text: string; language: string } | null;
  /** It ends in code, its own or that of a list, whose end is still to come. */
  isOpenCode: boolean;
  defines: readonly Definition[];
};
/** One block of Markdown, and what other blocks define (`[a]: …`, `[^1]: …`) of the names in it: that is read before it. */
export type Block = BlockRead & { definitions: string };
export type Split = { text: string; blocks: readonly Block[] };

/** Less than CommonMark allows: what is made of it is a definition for certain, and draws nothing. */
const linkDefinition =
  /^ {0,3}\[(?!\^)(?<name>[^[\]\\]{1,900})\]:[ \t]*<?(?<address>[^\s<>]*[^\s<>\\])>?(?:[ \t]+["'(].*)?$/;
const footnote = /^ {0,3}\[(?<name>\^[^[\]\\\s]{1,900})\]:/;
const nameInBrackets = /\[([^[\]]+)\]/g;

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
  const canContinue = previous !== null && previous.blocks.length > 2 && text.startsWith(previous.text);
  const kept = canContinue ? previous.blocks.slice(0, -2) : [];
  const from = kept.reduce((length, block) => length + block.source.length, 0);
  const read = readBlocks(text.slice(from)).map((block, at) => {
    const before = previous?.blocks[kept.length + at];
    return before?.source === block.source ? before : { ...block, definitions: '' };
  });
  return { text, blocks: withDefinitions([...kept, ...read]) };
}

/** A block that names nothing new stays the same object. */
function withDefinitions(blocks: readonly Block[]): readonly Block[] {
  const known = new Map<string, string>();
  for (const { name, markdown } of blocks.flatMap((block) => block.defines)) {
    if (!known.has(name)) known.set(name, markdown);
  }
  return blocks.map((block) => {
    const definitions = known.size > 0 && block.code === null ? definitionsFor(block, known) : '';
    return definitions === block.definitions ? block : { ...block, definitions };
  });
}

function definitionsFor({ source, defines }: Block, known: ReadonlyMap<string, string>): string {
  const names = new Set(Array.from(source.matchAll(nameInBrackets), ([, name = '']) => normalized(name)));
  for (const { name } of defines) names.delete(name);
  return [...names].map((name) => known.get(name) ?? '').join('');
}

/** Names are the same as in CommonMark 0.31, 4.7. */
const normalized = (name: string) => name.replace(/\s+/g, ' ').trim().toLowerCase().toUpperCase();

function definitionIn(line: string): Definition | null {
  const note = footnote.exec(line)?.groups?.name;
  if (note !== undefined) return { name: normalized(note), markdown: `[${note}]:\n\n` };
  const { name, address } = linkDefinition.exec(line)?.groups ?? {};
  if (address === undefined || name === undefined || name.trim() === '') return null;
  return { name: normalized(name), markdown: `[${name}]: <${address}>\n\n` };
}

/** The block that begins there; null where there is none. */
export function blockAt(text: string, at: number): BlockRead | null {
  return readBlocks(text.slice(at))[0] ?? null;
}

/**
 * Cuts where nothing can go on over the cut: after an empty line that neither a list, an indented line nor a
 * formula continues, and around a fence that is not indented. What stays together is still read rightly.
 */
function readBlocks(text: string): BlockRead[] {
  const blocks: BlockRead[] = [];
  let lines: string[] = [];
  let defines: Definition[] = [];
  let open: Fence | null = null;
  /** How far the text of the list is indented; null outside of lists. */
  let item: number | null = null;
  /** How the formula ends that the line is in. */
  let formulaEnd: string | null = null;
  /** A definition can't stand in the middle of a paragraph. */
  let [wasEmpty, wasDefinition] = [true, false];

  function cut(code: BlockRead['code'], isOpenCode = false) {
    const source = lines.join('');
    const last = blocks.at(-1);
    if (last && source.trim() === '') blocks[blocks.length - 1] = { ...last, source: last.source + source };
    else if (source !== '') blocks.push({ source, code, isOpenCode, defines });
    lines = [];
    defines = [];
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
      [open, wasEmpty, wasDefinition] = [null, false, true];
      continue;
    }
    open = formulaEnd === null ? fenceOf(content, item) : null;
    const marker = listItem.exec(line)?.[0] ?? null;
    const goesOn = formulaEnd !== null || isIndented || (item !== null && marker !== null);
    if ((open && isBlock(open)) || (wasEmpty && !isEmpty && !goesOn)) cut(null);
    if (marker !== null) item = Math.min(item ?? marker.length, marker.length);
    if (formulaEnd === null) formulaEnd = formulaEnds.get(content.trimStart()) ?? null;
    else if (line.includes(formulaEnd)) formulaEnd = null;
    const isInText = open === null && formulaEnd === null;
    const definition = isInText && (wasEmpty || wasDefinition) ? definitionIn(content) : null;
    if (definition) defines.push(definition);
    lines.push(line);
    [wasEmpty, wasDefinition] = [isEmpty, definition !== null];
  }
  // The end of code that is still being written is on its way.
  cut(open && isBlock(open) ? codeOf(open, lines.slice(1)) : null, open !== null);
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

function codeOf({ info }: Fence, lines: readonly string[]): BlockRead['code'] {
  const language = /^\s*([\w+#-]+)/.exec(info)?.[1] ?? '';
  return { text: lines.join('').replace(/\n$/, ''), language };
}
