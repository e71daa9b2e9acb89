import { type RefObject, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/**
 * A leap that follows another sooner is one of somebody who drags the bar, even where a frame takes long; without one for
 * so long the view has landed. Not left to virtua, which may tell of no rest at an edge.
 */
const dragMs = 200;

/**
 * Whether the view leaps from window to window, as it does while somebody drags the bar through a long conversation.
 * One leap alone, to a row that was found or to the end, is none.
 */
export function useLeaps(scrollRef: RefObject<HTMLElement | null>): boolean {
  const [isLeaping, setIsLeaping] = useState(false);
  const latest = useRef(isLeaping);
  latest.current = isLeaping;
  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return;
    let place = placeOf(scroller);
    let landing: ReturnType<typeof setTimeout> | null = null;
    const land = () => {
      landing = null;
      setIsLeaping(false);
    };
    const moved = () => {
      const before = place;
      place = placeOf(scroller);
      const isLeap = distance(before, place) >= scroller.clientHeight;
      const follows = isLeap && landing !== null;
      // The list is to know before it draws what is in view now.
      if (follows !== latest.current) flushSync(() => setIsLeaping(follows));
      if (!isLeap) return;
      if (landing) clearTimeout(landing);
      landing = setTimeout(land, dragMs);
    };
    // Virtua hears of the same event later, and draws at once.
    const early = { capture: true, passive: true };
    scroller.addEventListener('scroll', moved, early);
    return () => {
      if (landing) clearTimeout(landing);
      scroller.removeEventListener('scroll', moved, early);
    };
  }, [scrollRef]);
  return isLeaping;
}

type Place = { fromStart: number; fromEnd: number };

function placeOf({ scrollTop, scrollHeight }: HTMLElement): Place {
  return { fromStart: scrollTop, fromEnd: scrollHeight - scrollTop };
}

/** In pixels. Older messages that come in above, or an answer below, move one end only: the reader stays. */
function distance(before: Place, now: Place): number {
  return Math.min(Math.abs(now.fromStart - before.fromStart), Math.abs(now.fromEnd - before.fromEnd));
}
