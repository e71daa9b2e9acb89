import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useFoundWords } from './found-words.ts';

const firstChars = 20_000;
const stepChars = 100_000;
/** What a search finds beyond stays folded: drawing all before it would stop the page. */
const maxFoundChars = 1_000_000;

type FoldedProps = {
  text: string;
  /** While it is being written its end is what people read: more of it stays open. */
  isGrowing?: boolean;
  children: (part: string, isCut: boolean) => ReactNode;
};

/** The beginning of a long text, and more of it on request: a few megabytes must not stop the page. */
export function Folded({ text, isGrowing = false, children }: FoldedProps) {
  const { t } = useI18n();
  const [limit, setLimit] = useState(isGrowing ? stepChars : firstChars);
  const isCut = text.length > limit;
  const shown = isCut ? cutAt(text, limit) : text;
  const words = useFoundWords();
  const wanted = useMemo(() => endOfWords(text, words), [text, words]);
  useEffect(() => {
    // Twice as much, for it may be cut at the end of a line before.
    if (wanted > shown.length && wanted <= maxFoundChars) setLimit(2 * wanted);
  }, [wanted, shown.length]);
  return (
    <>
      {children(shown, isCut)}
      {isCut && (
        <Button look="quiet" size="small" className="unfold" onClick={() => setLimit(limit + stepChars)}>
          {t('chat.unfold', { percent: Math.max(1, Math.floor((limit / text.length) * 100)) })}
        </Button>
      )}
    </>
  );
}

/** At the end of a line where there is one near, never inside a character. */
function cutAt(text: string, limit: number): string {
  const line = text.lastIndexOf('\n', limit);
  const at = line > limit / 2 ? line : limit;
  return text.slice(0, at).replace(/[\ud800-\udbff]$/, '');
}

/** Where the first of these words end; 0 where they are not in it. */
function endOfWords(text: string, words: string): number {
  const at = words === '' ? -1 : text.toLocaleLowerCase().indexOf(words);
  return at + (at === -1 ? 1 : words.length);
}
