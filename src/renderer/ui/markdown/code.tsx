import { WrapText } from 'lucide-react';
import { memo, useState } from 'react';
import { IconButton } from '../button.tsx';
import { CopyButton } from '../copy-button.tsx';
import { useI18n } from '../i18n.tsx';
import { scrollable } from '../scrollable.ts';
import type { Line } from './highlight/highlight.ts';
import { useHighlight } from './highlight/use-highlight.ts';

type CodeProps = {
  text: string;
  language: string;
  /** In place of the language. */
  title?: string;
  isWrapped?: boolean;
};

const wrapIcon = <WrapText size={14} />;

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
            icon={wrapIcon}
            aria-pressed={isWrapped}
            onClick={() => setIsWrapped(!isWrapped)}
          />
          <CopyButton text={text} label={t('chat.copyCode')} />
        </span>
      </figcaption>
      <pre {...scrollable} dir="ltr">
        <code>
          {known ? <Coloured lines={known.lines} /> : text}
          {known && text.slice(known.code.length)}
        </code>
      </pre>
    </figure>
  );
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
