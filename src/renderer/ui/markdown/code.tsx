import { WrapText } from 'lucide-react';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from '../button.tsx';
import { CopyButton } from '../copy-button.tsx';
import { useI18n } from '../i18n.tsx';
import { scrollable } from '../scrollable.ts';
import type { Line } from './highlight/highlight.ts';
import { useHighlight } from './highlight/use-highlight.ts';

type CodeProps = {
  text: string;
  /** To copy, where `text` is only a part of it. */
  whole?: () => string;
  language: string;
  /** In place of the language. */
  title?: string;
  isWrapped?: boolean;
  /** It is scrolled to its end, and follows it until somebody scrolls away. */
  showsEnd?: boolean;
};

const wrapIcon = <WrapText size={14} />;

/** Coloured by a worker, later. */
export function Code(props: CodeProps) {
  const { text, whole, language, title, isWrapped: wrapsAtFirst = false, showsEnd = false } = props;
  const { t } = useI18n();
  const end = useShownEnd(text, showsEnd);
  const [isWrapped, setIsWrapped] = useState(wrapsAtFirst);
  const known = useHighlight(text, language);
  return (
    <figure className="code" data-wrap={isWrapped}>
      <figcaption>
        <span>{title ?? (language || t('chat.code'))}</span>
        <span className="code-tools">
          <IconButton
            label={t('chat.wrap')}
            icon={wrapIcon}
            aria-pressed={isWrapped}
            onClick={() => setIsWrapped(!isWrapped)}
          />
          <CopyButton text={whole ?? text} label={t('chat.copyCode')} />
        </span>
      </figcaption>
      <pre {...scrollable} {...end} dir="ltr">
        <code>
          {known ? <Coloured lines={known.lines} /> : text}
          {known && text.slice(known.code.length)}
        </code>
      </pre>
    </figure>
  );
}

/** Nearer to the end than this is at the end: zoomed, pixels are fractions. */
const endPx = 4;

/** Keeps the end of what scrolls in view; a reader further up keeps the place when more comes above it. */
function useShownEnd(text: string, isOn: boolean) {
  const ref = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  const before = useRef({ text: '', height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!isOn || !element) return;
    const { scrollHeight } = element;
    const cameAbove = text.length > before.current.text.length && text.endsWith(before.current.text);
    if (isAtEnd.current) element.scrollTop = scrollHeight;
    else if (cameAbove) element.scrollTop += scrollHeight - before.current.height;
    before.current = { text, height: scrollHeight };
  }, [text, isOn]);
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = ref.current ?? {};
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < endPx;
  };
  return isOn ? { ref, onScroll } : { ref };
}

/** Each line, and each part of it, is called by where it begins. */
const Coloured = memo(function Coloured({ lines }: { lines: readonly Line[] }) {
  let at = 0;
  return lines.map((line) => {
    const lineAt = at;
    const parts = line.map(([text, kind]) => {
      const partAt = at;
      at += text.length;
      if (kind === '') return text;
      return (
        <span key={partAt} className={`tok-${kind}`}>
          {text}
        </span>
      );
    });
    at += 1;
    return (
      <span key={lineAt}>
        {lineAt > 0 && '\n'}
        {parts}
      </span>
    );
  });
});
