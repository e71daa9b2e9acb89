import type { Element, ElementContent, Nodes } from 'hast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype, { defaultHandlers, type Options } from 'remark-rehype';
import { type PluggableList, unified } from 'unified';

/** Reads Markdown; the tree has no HTML that the text did not write as Markdown. */
export type Processor = (markdown: string) => Nodes;

/** The language of a formula between fences, which is a block of code with a formula in it; `$$` is the formula alone. */
export const FENCED_MATH = 'math-fence';

const handlers: Options['handlers'] = {
  code: (state, node: Parameters<typeof defaultHandlers.code>[1]) =>
    defaultHandlers.code(state, node.lang === 'math' && !node.data ? { ...node, lang: FENCED_MATH } : node),
  // HTML is shown as it was written.
  html: (_state, { value }: { value: string }) => ({ type: 'text', value }),
  // Blocks are read one by one: a note stands where it was written, and is called as it was written.
  footnoteReference: (_state, note: Note) => nameOf(note),
  footnoteDefinition: (state, note) => {
    const children = state.all(note);
    return children.length === 0
      ? undefined
      : element('div', 'footnote', [nameOf(note), element('div', 'footnote-text', children)]);
  },
};

type Note = { label?: string | null; identifier: string };

function nameOf({ label, identifier }: Note): Element {
  return element('sup', 'footnote-name', [{ type: 'text', value: label ?? identifier }]);
}

function element(tagName: string, className: string, children: ElementContent[]): Element {
  return { type: 'element', tagName, properties: { className: [className] }, children };
}

/** Put together once: that takes as long as reading a message. */
export function createProcessor(remark: PluggableList, rehype: PluggableList): Processor {
  const processor = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remark)
    .use(remarkRehype, { handlers })
    .use(rehype)
    .freeze();
  return (markdown) => processor.runSync(processor.parse(markdown));
}

export const readMarkdown = createProcessor([], []);
