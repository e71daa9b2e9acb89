import type { Element, Nodes } from 'hast';
import { type Components, toJsxRuntime } from 'hast-util-to-jsx-runtime';
import { type ComponentProps, memo, useMemo, useRef } from 'react';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import remend from 'remend';
import { scrollable } from '../scrollable.ts';
import { CodeBlock, FencedCode, WholeCodeContext } from './code-block.tsx';
import { MessageImage } from './message-image.tsx';
import { MessageLink } from './message-link.tsx';
import { plainText } from './plain-text.ts';
import { readMarkdown } from './processor.ts';
import { readKept } from './read-ahead.ts';
import { type Block, type BlockRead, blockAt, type Split, splitBlocks } from './split-blocks.ts';
import { hasMath, useMath } from './use-math.ts';

type MarkdownProps = {
  text: string;
  /** Of which `text` is the beginning; null where it is not cut. */
  whole?: string | null;
  /** While it streams, what is not closed yet (`**bo`) is drawn as if it were. */
  isStreaming: boolean;
  /** Called with an http(s) address; returns true where it was opened. */
  onOpenLink: (url: string) => boolean;
};

/** Text that a model wrote: no raw HTML, nothing fetched from elsewhere, links only where they lead outside. */
export const Markdown = memo(function Markdown(props: MarkdownProps) {
  const { text, whole = null, isStreaming, onOpenLink } = props;
  const previous = useRef<Split | null>(null);
  const split = useMemo(() => splitBlocks(plainText(text), previous.current), [text]);
  previous.current = split;
  const wholeBlock = useMemo(() => (whole === null ? undefined : wholeBlockOf(split, whole)), [split, whole]);
  const components = useMemo<Components>(
    () => ({
      ...elements,
      a: (props) => <MessageLink {...props} onOpenLink={onOpenLink} />,
      img: ({ alt, src }) => (
        <MessageImage alt={alt ?? ''} src={typeof src === 'string' ? src : ''} onOpenLink={onOpenLink} />
      ),
    }),
    [onOpenLink],
  );
  return (
    <div className="prose" dir="auto">
      {split.blocks.map((block, at) => (
        <BlockView
          // biome-ignore lint/suspicious/noArrayIndexKey: a stream only appends; a block keeps its place
          key={at}
          block={block}
          isOpen={isStreaming && at === split.blocks.length - 1}
          wholeBlock={at === split.blocks.length - 1 ? wholeBlock : undefined}
          components={components}
        />
      ))}
    </div>
  );
});

/** The last block as it is in `whole`, where that goes on in code that is in it. It is read when it is wanted. */
function wholeBlockOf({ blocks }: Split, whole: string): (() => BlockRead | null) | undefined {
  const last = blocks.at(-1);
  if (!last?.isOpenCode) return undefined;
  const from = blocks.reduce((length, { source }) => length + source.length, -last.source.length);
  return () => blockAt(plainText(whole), from);
}

type BlockViewProps = {
  block: Block;
  wholeBlock: (() => BlockRead | null) | undefined;
  isOpen: boolean;
  components: Components;
};

/** Drawn again only when its own text changes. */
const BlockView = memo(function BlockView({ block, wholeBlock, isOpen, components }: BlockViewProps) {
  const { source, code, isOpenCode, definitions } = block;
  const math = useMath(code === null && hasMath(source));
  if (code) {
    const whole = wholeBlock && (() => wholeBlock()?.code?.text ?? code.text);
    return <FencedCode text={code.text} language={code.language} isOpen={isOpenCode} whole={whole} />;
  }
  const closed = definitions + (isOpen ? withMarksClosed(source) : source);
  const read = math?.readMathMarkdown ?? (isOpen || isOpenCode ? readMarkdown : readKept);
  const tree = read(closed);
  const options = { Fragment, jsx, jsxs, components, ignoreInvalidStyle: true, passKeys: true };
  if (!isOpenCode) return toJsxRuntime(tree, options);

  const codes = codesIn(tree);
  const last = codes.at(-1);
  if (last) last.properties.className = [openCode];
  const whole = () => {
    const all = codesIn(read(definitions + (wholeBlock?.()?.source ?? source)));
    return textOf(all[codes.length - 1] ?? tree).replace(/\n$/, '');
  };
  return <WholeCodeContext value={wholeBlock && whole}>{toJsxRuntime(tree, options)}</WholeCodeContext>;
});

/** Of the code whose end is still to come. */
const openCode = 'is-open';

function codesIn(node: Nodes): Element[] {
  if (node.type === 'element' && node.tagName === 'pre') return [node];
  return 'children' in node ? node.children.flatMap(codesIn) : [];
}

function textOf(node: Nodes): string {
  if (node.type === 'text') return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

/** A formula shows its source until it is closed; half of one would be drawn as a mistake. */
function withMarksClosed(source: string): string {
  // To `remend` this is the beginning of a link. The sign in its place is in no text that is drawn.
  const closed = remend(source.replaceAll('\\[', '\0'), {
    linkMode: 'text-only',
    images: false,
    katex: false,
  });
  return closed.replaceAll('\0', '\\[');
}

const elements: Components = {
  pre: ({ className, children }) => <CodeBlock isOpen={className === openCode}>{children}</CodeBlock>,
  table: (props) => <Table {...props} />,
  input: ({ checked }) => <span className="task-box">{checked ? '☑' : '☐'}</span>,
  // The window's own heading is the first one.
  h1: ({ children }) => <h2 className="prose-h1">{children}</h2>,
  h2: ({ children }) => <h2 className="prose-h2">{children}</h2>,
  h3: ({ children }) => <h3 className="prose-h3">{children}</h3>,
  h4: ({ children }) => <h3 className="prose-h3">{children}</h3>,
};

function Table({ children }: Pick<ComponentProps<'table'>, 'children'>) {
  return (
    <div className="table-scroll" {...scrollable}>
      <table>{children}</table>
    </div>
  );
}
