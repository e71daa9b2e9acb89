import { ChevronDown } from 'lucide-react';
import { type ReactNode, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useFocusKept } from './use-focus-kept.ts';

/** All that waits for a person, in one place: it scrolls before it takes the field's room, or all of the conversation's. */
export function WaitingRegion({ children }: { children: ReactNode }) {
  const scrollRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const isMoreBelow = useMoreBelow(scrollRef, contentRef);
  return (
    <div className="waiting">
      <div ref={scrollRef} className="waiting-scroll" tabIndex={-1}>
        <div ref={contentRef} className="waiting-content">
          {children}
        </div>
      </div>
      {isMoreBelow && <MoreBelow scrollRef={scrollRef} />}
    </div>
  );
}

type MoreBelowProps = { scrollRef: RefObject<HTMLElement | null> };

/** Not every system draws a bar beside what scrolls. */
function MoreBelow({ scrollRef }: MoreBelowProps) {
  const { t } = useI18n();
  const keepFocus = useCallback(() => scrollRef.current?.focus(), [scrollRef]);
  const row = useFocusKept<HTMLDivElement>(keepFocus);
  const scroll = () => {
    const scroller = scrollRef.current;
    scroller?.scrollBy({ top: scroller.clientHeight * 0.8 });
  };
  return (
    <div ref={row} className="waiting-more">
      <Button size="small" look="quiet" onClick={scroll}>
        <ChevronDown size={14} />
        {t('approvals.more')}
      </Button>
    </div>
  );
}

/** The edge and the space of the last card are nothing to read. */
const nearPx = 8;

function useMoreBelow(scrollRef: RefObject<HTMLElement | null>, contentRef: RefObject<HTMLElement | null>) {
  const [isMoreBelow, setIsMoreBelow] = useState(false);
  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return;
    const look = () => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      setIsMoreBelow(scrollHeight - clientHeight - scrollTop > nearPx);
    };
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    if (contentRef.current) observer.observe(contentRef.current);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [scrollRef, contentRef]);
  return isMoreBelow;
}
