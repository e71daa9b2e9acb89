import type { Nodes } from 'hast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { type PluggableList, unified } from 'unified';

/** Reads Markdown; the tree has no HTML that the text did not write as Markdown. */
export type Processor = (markdown: string) => Nodes;

/** Put together once: that takes as long as reading a message. */
export function createProcessor(remark: PluggableList, rehype: PluggableList): Processor {
  const processor = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remark)
    // HTML is shown as it was written.
    .use(remarkRehype, {
      handlers: { html: (_state, { value }: { value: string }) => ({ type: 'text', value }) },
    })
    .use(rehype)
    .freeze();
  return (markdown) => processor.runSync(processor.parse(markdown));
}

export const readMarkdown = createProcessor([], []);
