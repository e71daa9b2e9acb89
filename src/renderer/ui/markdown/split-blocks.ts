import { Lexer, type Token } from 'marked';

/** One block of Markdown. `code`: where it is a code block, what is in it. */
export type Block = { source: string; code: { text: string; language: string } | null };
export type Split = { text: string; blocks: readonly Block[] };

/** Definitions (`[a]: …`, `[^1]: …`) are used from other blocks, so a text that has them stays whole. */
const hasDefinitions = /^ {0,3}\[[^\]\n]+\]:/m;
const wholeUpTo = 50_000;

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

function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let isInMath = false;
  for (const token of new Lexer({ gfm: true }).blockTokens(text)) {
    const { type, raw } = token;
    const last = blocks.at(-1);
    if (last && type === 'space') blocks[blocks.length - 1] = { ...last, source: last.source + raw };
    else if (last && isInMath) blocks[blocks.length - 1] = { source: last.source + raw, code: null };
    else blocks.push({ source: raw, code: codeOf(token) });
    if (type !== 'code' && (raw.split('$$').length - 1) % 2 === 1) isInMath = !isInMath;
  }
  return blocks;
}

function codeOf(token: Token): Block['code'] {
  if (token.type !== 'code') return null;
  return { text: token.text, language: /^[\w+#-]+/.exec(token.lang ?? '')?.[0] ?? '' };
}
