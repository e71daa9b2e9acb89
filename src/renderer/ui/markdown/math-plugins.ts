import type { KatexOptions } from 'katex';
import type { Options } from 'react-markdown';
import rehypeKatex from 'rehype-katex';
import remarkGfm from 'remark-gfm';
import remarkMath from 'remark-math';

type Plugins = NonNullable<Options['remarkPlugins']>;
export type MathPlugins = { remark: Plugins; rehype: Plugins };

/** MathML, which browsers draw and read aloud themselves: it needs no fonts, and no styles that the policy refuses. */
const katex: KatexOptions = {
  output: 'mathml',
  maxExpand: 200,
  maxSize: 20,
  trust: false,
  strict: 'ignore',
};

export const mathPlugins: MathPlugins = {
  remark: [remarkGfm, [remarkMath, { singleDollarTextMath: false }]],
  rehype: [[rehypeKatex, katex]],
};
