import { ImageOff } from 'lucide-react';
import { Children, isValidElement, memo, type ReactElement, type ReactNode, useMemo } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { CopyButton } from './copy-button.tsx';
import { useI18n } from './i18n.tsx';

type MarkdownProps = {
  text: string;
  /** While it streams, what is not closed yet (`**bo`) is drawn as if it were. */
  isStreaming: boolean;
  /** Called with an http(s) address; returns true where it was opened. */
  onOpenLink: (url: string) => boolean;
};

const plugins = [remarkGfm];

/** Text that a model wrote: no raw HTML, nothing fetched from elsewhere, links only where they lead outside. */
export const Markdown = memo(function Markdown({ text, isStreaming, onOpenLink }: MarkdownProps) {
  const withLinks = useMemo<Components>(
    () => ({ ...components, a: (props) => <MessageLink {...props} onOpenLink={onOpenLink} /> }),
    [onOpenLink],
  );
  const source = isStreaming ? remend(text, { linkMode: 'text-only', images: false }) : text;
  return (
    <div className="prose">
      <ReactMarkdown remarkPlugins={plugins} components={withLinks}>
        {source}
      </ReactMarkdown>
    </div>
  );
});

const components: Components = {
  img: ({ alt, src }) => <RemoteImage alt={alt ?? ''} src={typeof src === 'string' ? src : ''} />,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => <Table>{children}</Table>,
  input: ({ checked }) => <span className="task-box">{checked ? '☑' : '☐'}</span>,
  // The window's own heading is the first one.
  h1: ({ children }) => <h2 className="prose-h1">{children}</h2>,
  h2: ({ children }) => <h2 className="prose-h2">{children}</h2>,
  h4: ({ children }) => <h3 className="prose-h3">{children}</h3>,
  h3: ({ children }) => <h3 className="prose-h3">{children}</h3>,
};

type MessageLinkProps = { href?: string; children?: ReactNode; onOpenLink: (url: string) => boolean };

function MessageLink({ href, children, onOpenLink }: MessageLinkProps) {
  // An address of the Gateway's own (`/api/…`) leads nowhere from this page.
  if (!href || !/^(https?|mailto):/i.test(href)) return <span>{children}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      onClick={(event) => {
        if (onOpenLink(href)) event.preventDefault();
      }}
    >
      {children}
    </a>
  );
}

/** A picture from elsewhere would tell its server who reads; its name and address stand in its place. */
function RemoteImage({ alt, src }: { alt: string; src: string }) {
  const { t } = useI18n();
  const label = alt === '' ? t('chat.imageUnnamed') : t('chat.image', { name: alt });
  return (
    <span className="image-placeholder">
      <ImageOff size={14} aria-hidden="true" />
      <span>{label}</span>
      {/^https?:/i.test(src) && <span className="image-source">{src}</span>}
    </span>
  );
}

function CodeBlock({ children }: { children?: ReactNode }) {
  const { t } = useI18n();
  const code = Children.toArray(children).find(isCodeElement);
  const language = /language-([\w+#-]+)/.exec(code?.props.className ?? '')?.[1] ?? '';
  const text = textOf(code?.props.children).replace(/\n$/, '');
  return (
    <figure className="code">
      <figcaption>
        <span>{language || t('chat.code')}</span>
        <CopyButton text={text} label={t('chat.copyCode')} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls sideways must be reachable by key */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}

function Table({ children }: { children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls sideways must be reachable by key
    <div className="table-scroll" tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

type CodeElement = ReactElement<{ className?: string; children?: ReactNode }>;

function isCodeElement(node: ReactNode): node is CodeElement {
  return isValidElement(node);
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  return Array.isArray(node) ? node.map(textOf).join('') : '';
}
