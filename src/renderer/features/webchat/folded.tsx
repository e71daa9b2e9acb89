import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';

const firstChars = 20_000;
const stepChars = 100_000;

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
  return (
    <>
      {children(isCut ? cutAt(text, limit) : text, isCut)}
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
