import type { KatexOptions } from 'katex';
import rehypeKatex from 'rehype-katex';
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

export const readMathMarkdown = createProcessor([remarkFormulas], [[rehypeKatex, katex]]);
