import { type Components, toJsxRuntime } from 'hast-util-to-jsx-runtime';
import { type ComponentProps, memo, useMemo, useRef } from 'react';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import remend from 'remend';
import { scrollable } from '../scrollable.ts';
import { CodeBlock, FencedCode } from './code-block.tsx';
import { MessageImage } from './message-image.tsx';
import { MessageLink } from './message-link.tsx';
import { plainText } from './plain-text.ts';
import { readMarkdown } from './processor.ts';
import { readKept } from './read-ahead.ts';
import { type Block, codeAt, type Split, splitBlocks } from './split-blocks.ts';
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
  const wholeCode = useMemo(() => (whole === null ? undefined : wholeCodeOf(split, whole)), [split, whole]);
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
          wholeCode={at === split.blocks.length - 1 ? wholeCode : undefined}
          components={components}
        />
      ))}
    </div>
  );
});

const endOfCode = /\n {0,3}(?:`{3,}|~{3,})\s*$/;

/** For the last block, where `whole` goes on in the code that is in it. It is read when it is wanted. */
function wholeCodeOf({ blocks }: Split, whole: string): (() => string) | undefined {
  const last = blocks.at(-1);
  const code = last?.code;
  if (!last || !code || endOfCode.test(last.source)) return undefined;
  const from = blocks.reduce((length, { source }) => length + source.length, -last.source.length);
  return () => codeAt(plainText(whole), from) ?? code.text;
}

type BlockViewProps = {
  block: Block;
  wholeCode: (() => string) | undefined;
  isOpen: boolean;
  components: Components;
};

/** Drawn again only when its own text changes. */
const BlockView = memo(function BlockView({ block, wholeCode, isOpen, components }: BlockViewProps) {
  const { source, code, definitions } = block;
  const math = useMath(code === null && hasMath(source));
  if (code) return <FencedCode text={code.text} language={code.language} whole={wholeCode} />;
  const closed = definitions + (isOpen ? withMarksClosed(source) : source);
  const read = isOpen ? readMarkdown : readKept;
  const tree = math ? math(closed) : read(closed);
  return toJsxRuntime(tree, { Fragment, jsx, jsxs, components, ignoreInvalidStyle: true, passKeys: true });
});

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
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
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
