import type { Root, Text } from 'hast';
import type { KatexOptions } from 'katex';
import rehypeKatex from 'rehype-katex';
import { unified } from 'unified';
import { remarkFormulas } from './formulas.ts';
import { createProcessor } from './processor.ts';

/** MathML, which browsers draw and read aloud themselves: it needs no fonts, and no styles that the policy refuses. */
const katex: KatexOptions = {
  output: 'mathml',
  maxExpand: 200,
  maxSize: 20,
  trust: false,
  strict: 'ignore',
  errorColor: 'var(--stop)',
};

const formulaReader = unified().use(rehypeKatex, katex).freeze();

/** One formula, in a line of its own. */
export function readFormula(source: string): Root {
  const value: Text = { type: 'text', value: source };
  const properties = { className: ['math-display'] };
  const root: Root = {
    type: 'root',
    children: [{ type: 'element', tagName: 'span', properties, children: [value] }],
  };
  formulaReader.runSync(root);
  return root;
}

export const readMathMarkdown = createProcessor([remarkFormulas], [[rehypeKatex, katex]]);
