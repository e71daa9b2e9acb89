import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useFoundWords } from './found-words.ts';

const firstChars = 20_000;
const stepChars = 100_000;
/** What a search finds beyond stays folded: drawing all before it would stop the page. */
const maxFoundChars = 1_000_000;
/** Where a text is cut at its front, by this much at a time: while it grows what is shown does not move with each line. */
const frontChars = 10_000;

type FoldedProps = {
  text: string;
  /** Which part of it is shown first. */
  from?: 'start' | 'end';
  /** While it is being written its end is what people read: more of it stays open. */
  isGrowing?: boolean;
  children: (part: string, isCut: boolean) => ReactNode;
};

/** A part of a long text, and more of it on request: a few megabytes must not stop the page. */
export function Folded({ text, from = 'start', isGrowing = false, children }: FoldedProps) {
  const { t } = useI18n();
  const [limit, setLimit] = useState(isGrowing ? stepChars : firstChars);
  const [isAsked, setIsAsked] = useState(false);
  const shown = from === 'start' ? startOf(text, limit) : endOf(text, limit);
  const isCut = shown.length < text.length;
  const words = useFoundWords();
  const wanted = useMemo(() => charsToWords(text, words, from), [text, words, from]);
  useEffect(() => {
    // Twice as much, for it may be cut at the end of a line before.
    if (wanted > shown.length && wanted <= maxFoundChars) setLimit(2 * wanted);
  }, [wanted, shown.length]);
  const unfold = isCut ? (
    <Button
      look="quiet"
      size="small"
      className="unfold"
      onClick={() => {
        setLimit(limit + stepChars);
        setIsAsked(true);
      }}
    >
      {t(from === 'start' ? 'chat.unfold' : 'chat.unfoldEarlier', {
        percent: Math.max(1, Math.floor((shown.length / text.length) * 100)),
      })}
    </Button>
  ) : (
    isAsked && (
      <span className="sr-only" tabIndex={-1} ref={takeLostFocus}>
        {t('chat.unfolded')}
      </span>
    )
  );
  return (
    <>
      {from === 'end' && unfold}
      {children(shown, isCut)}
      {from === 'start' && unfold}
    </>
  );
}

/** It stands where the button was that had the focus. */
function takeLostFocus(element: HTMLElement | null): void {
  if (document.activeElement === document.body) element?.focus({ preventScroll: true });
}

/** At the end of a line where there is one near, never inside a character. */
function startOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const line = text.lastIndexOf('\n', limit);
  const at = line > limit / 2 ? line : limit;
  return text.slice(0, at).replace(/[\ud800-\udbff]$/, '');
}

/** At the beginning of a line where there is one near. Up to `frontChars` more than `limit`. */
function endOf(text: string, limit: number): string {
  const from = Math.floor((text.length - limit) / frontChars) * frontChars;
  if (from <= 0) return text;
  const line = text.indexOf('\n', from);
  const at = line >= 0 && line - from < limit / 2 ? line + 1 : from;
  return text.slice(at).replace(/^[\udc00-\udfff]/, '');
}

/** How much has to be shown so that these words are in it; 0 where the text does not have them. */
function charsToWords(text: string, words: string, from: 'start' | 'end'): number {
  if (words === '') return 0;
  const lower = text.toLocaleLowerCase();
  const at = from === 'start' ? lower.indexOf(words) : lower.lastIndexOf(words);
  if (at === -1) return 0;
  return from === 'start' ? at + words.length : lower.length - at;
}
