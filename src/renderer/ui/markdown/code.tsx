import { WrapText } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../button.tsx';
import { CopyButton } from '../copy-button.tsx';
import { useI18n } from '../i18n.tsx';
import type { Line } from './highlight/highlight.ts';
import { useHighlight } from './highlight/use-highlight.ts';

type CodeProps = {
  text: string;
  language: string;
  /** In place of the language. */
  title?: string;
  isWrapped?: boolean;
};

/** Coloured by a worker, later. */
export function Code({ text, language, title, isWrapped: wrapsAtFirst = false }: CodeProps) {
  const { t } = useI18n();
  const [isWrapped, setIsWrapped] = useState(wrapsAtFirst);
  const known = useHighlight(text, language);
  return (
    <figure className="code" data-wrap={isWrapped}>
      <figcaption>
        <span>{title ?? (language || t('chat.code'))}</span>
        <span className="code-tools">
          <IconButton
            label={t('chat.wrap')}
            icon={<WrapText size={14} />}
            aria-pressed={isWrapped}
            onClick={() => setIsWrapped(!isWrapped)}
          />
          <CopyButton text={text} label={t('chat.copyCode')} />
        </span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls sideways must be reachable by key */}
      <pre tabIndex={0} dir="ltr">
        <code>
          {known ? <Coloured lines={known.lines} /> : text}
          {known && text.slice(known.code.length)}
        </code>
      </pre>
    </figure>
  );
}

function Coloured({ lines }: { lines: readonly Line[] }) {
  return lines.map((line, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
    <span key={at}>
      {at > 0 && '\n'}
      {line.map(([text, kind], part) =>
        kind === '' ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of a line have no other name
          <span key={part} className={`tok-${kind}`}>
            {text}
          </span>
        ),
      )}
    </span>
  ));
}
