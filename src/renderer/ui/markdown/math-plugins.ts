import 'katex/dist/katex.min.css';
import type { Options } from 'react-markdown';
import rehypeKatex from 'rehype-katex';
import remarkGfm from 'remark-gfm';
import remarkMath from 'remark-math';

type Plugins = NonNullable<Options['remarkPlugins']>;
export type MathPlugins = { remark: Plugins; rehype: Plugins };

export const mathPlugins: MathPlugins = {
  remark: [remarkGfm, [remarkMath, { singleDollarTextMath: false }]],
  rehype: [[rehypeKatex, { maxExpand: 200, maxSize: 20, trust: false, strict: 'ignore' }]],
};
