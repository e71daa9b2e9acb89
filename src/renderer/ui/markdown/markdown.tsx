import { type ComponentProps, memo, useMemo, useRef } from 'react';
import ReactMarkdown, { type Components, defaultUrlTransform } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { CodeBlock } from './code-block.tsx';
import { MessageImage } from './message-image.tsx';
import { MessageLink } from './message-link.tsx';
import { plainText } from './plain-text.ts';
import { type Split, splitBlocks } from './split-blocks.ts';
import { hasMath, useMath, withMathDelimiters } from './use-math.ts';

type MarkdownProps = {
  text: string;
  /** While it streams, what is not closed yet (`**bo`) is drawn as if it were. */
  isStreaming: boolean;
  /** Called with an http(s) address; returns true where it was opened. */
  onOpenLink: (url: string) => boolean;
};

/** Text that a model wrote: no raw HTML, nothing fetched from elsewhere, links only where they lead outside. */
export const Markdown = memo(function Markdown({ text, isStreaming, onOpenLink }: MarkdownProps) {
  const previous = useRef<Split | null>(null);
  const split = useMemo(() => splitBlocks(plainText(text), previous.current), [text]);
  previous.current = split;
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
          source={block.source}
          isCode={block.isCode}
          isOpen={isStreaming && at === split.blocks.length - 1}
          components={components}
        />
      ))}
    </div>
  );
});

type BlockViewProps = { source: string; isCode: boolean; isOpen: boolean; components: Components };

/** Drawn again only when its own text changes. */
const BlockView = memo(function BlockView({ source, isCode, isOpen, components }: BlockViewProps) {
  const wantsMath = !isCode && hasMath(source);
  const math = useMath(wantsMath);
  const closed = isOpen ? remend(source, { linkMode: 'text-only', images: false }) : source;
  return (
    <ReactMarkdown
      remarkPlugins={math ? math.remark : gfm}
      rehypePlugins={math ? math.rehype : none}
      components={components}
      urlTransform={safeUrl}
    >
      {math ? withMathDelimiters(closed) : closed}
    </ReactMarkdown>
  );
});

const gfm = [remarkGfm];
const none: never[] = [];

/** A picture that came inside the text fetches nothing; every other address passes the usual test. */
function safeUrl(url: string, key: string): string {
  if (key === 'src' && /^data:image\/(png|jpeg|gif|webp);base64,[a-z0-9+/=]+$/i.test(url)) return url;
  return defaultUrlTransform(url);
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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls sideways must be reachable by key
    <div className="table-scroll" tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}
