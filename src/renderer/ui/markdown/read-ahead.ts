import type { Nodes } from 'hast';
import QuickLru from 'quick-lru';
import { plainText } from './plain-text.ts';
import { readMarkdown } from './processor.ts';
import { splitBlocks } from './split-blocks.ts';
import { hasMath } from './use-math.ts';

/** Longer blocks are few, and take more room than they save time. */
const keptChars = 4000;
const kept = new QuickLru<string, Nodes>({ maxSize: 500 });

/** Reads one block of Markdown that will not change any more, or gives what was read of it before. */
export function readKept(source: string): Nodes {
  const known = kept.get(source);
  if (known) return known;
  const tree = readMarkdown(source);
  if (source.length <= keptChars) kept.set(source, tree);
  return tree;
}

/** Reads the blocks of a text before it is drawn. */
export function readAhead(text: string): void {
  for (const { source, code, definitions } of splitBlocks(plainText(text)).blocks) {
    if (code === null && !hasMath(source) && source.length <= keptChars) readKept(definitions + source);
  }
}
