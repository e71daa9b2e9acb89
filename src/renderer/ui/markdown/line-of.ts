import type { Nodes } from 'hast';
import type { Processor } from 'unified';
import { plainText } from './plain-text.ts';
import { createProcessor, type Processor as Reader } from './processor.ts';

/** A line that begins with a number and a dot, or with a dash, is no list: it is all there is. */
const blocks = ['list', 'blockQuote', 'thematicBreak', 'codeFenced', 'codeIndented', 'htmlFlow'];
const definitions = ['definition', 'gfmFootnoteDefinition'];

function withoutBlocks(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions = [
    ...(data.micromarkExtensions ?? []),
    { disable: { null: [...blocks, ...definitions] } },
  ];
}

let readLine: Reader | null = null;
const mayHaveMarks = /[*_`~[\]\\&#<]/;

/** What Markdown says, as one line without its marks: for a name or a preview that a model wrote. */
export function lineOf(markdown: string): string {
  const line = plainText(markdown).replace(/\s+/g, ' ').trim();
  if (!mayHaveMarks.test(line)) return line;
  readLine ??= createProcessor([withoutBlocks], []);
  return textOf(readLine(line)).trim() || line;
}

function textOf(node: Nodes): string {
  if (node.type === 'text') return node.value;
  if (node.type === 'element' && node.tagName === 'img') return String(node.properties.alt ?? '');
  return 'children' in node ? node.children.map(textOf).join('') : '';
}
