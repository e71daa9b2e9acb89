import { Lexer } from 'marked';

/** The source of one block of Markdown; `isCode` where it is a code block. */
type Block = { source: string; isCode: boolean };
export type Split = { text: string; blocks: readonly Block[] };

/** Definitions (`[a]: …`, `[^1]: …`) are used from other blocks, so a text that has them stays whole. */
const hasDefinitions = /^ {0,3}\[[^\]\n]+\]:/m;
const wholeUpTo = 50_000;

/**
 * Cuts Markdown into blocks that can be drawn, and kept, one by one. With `previous` only what follows its last
 * but one block is read again, so a stream costs what its last block costs.
 */
export function splitBlocks(text: string, previous: Split | null = null): Split {
  if (text.length <= wholeUpTo && hasDefinitions.test(text)) {
    return { text, blocks: [{ source: text, isCode: false }] };
  }
  const canContinue = previous !== null && previous.blocks.length > 2 && text.startsWith(previous.text);
  const kept = canContinue ? previous.blocks.slice(0, -2) : [];
  const from = kept.reduce((length, block) => length + block.source.length, 0);
  return { text, blocks: [...kept, ...readBlocks(text.slice(from))] };
}

function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let isInMath = false;
  for (const { type, raw } of new Lexer({ gfm: true }).blockTokens(text)) {
    const last = blocks.at(-1);
    if (last && (isInMath || type === 'space')) {
      blocks[blocks.length - 1] = { source: last.source + raw, isCode: last.isCode };
    } else blocks.push({ source: raw, isCode: type === 'code' });
    if (type !== 'code' && (raw.split('$$').length - 1) % 2 === 1) isInMath = !isInMath;
  }
  return blocks;
}
