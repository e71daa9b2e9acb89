import { type RefObject, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/**
 * How the view moves where it is too quick for rows to be drawn whole. `leaping`: from window to window, as somebody drags
 * the bar through a long conversation. `outrun`: further in a second than anybody reads, and this computer does not draw
 * each frame of it in time; the rows that are `whole` were drawn before that.
 */
type Haste = { tag: 'none' } | { tag: 'leaping' } | { tag: 'outrun'; whole: ReadonlySet<string> };

/**
 * A leap that follows another sooner is one of somebody who drags the bar, even where a frame takes long; without haste
 * for so long the view has landed. Not left to virtua, which may tell of no rest at an edge.
 */
const landMs = 200;
/** Nobody reads more windows in a second. */
const readable = 2;
/** A frame that took longer came late: there are sixty in a second, or more. */
const lateMs = 24;
/** A frame in time makes up for half of a late one: reached where more than every third is late. */
const outrunAt = 4;

const none: Haste = { tag: 'none' };
const leaping: Haste = { tag: 'leaping' };

/**
 * One leap alone, to a row that was found or to the end, is no haste. `drawn`: the keys of the rows that are drawn where
 * the view is so many pixels from the start.
 */
export function useHaste(
  scrollRef: RefObject<HTMLElement | null>,
  drawn: (top: number) => ReadonlySet<string>,
): Haste {
  const [haste, setHaste] = useState(none);
  const latest = useRef({ haste, drawn });
  latest.current = { haste, drawn };
  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return;
    let place = placeOf(scroller);
    let movedAt = performance.now();
    let leaptAt = Number.NEGATIVE_INFINITY;
    let late = 0;
    let landing: ReturnType<typeof setTimeout> | null = null;
    const land = () => {
      late = 0;
      setHaste(none);
    };
    const moved = () => {
      const before = { place, movedAt, leaptAt };
      place = placeOf(scroller);
      movedAt = performance.now();
      const [px, ms] = [distance(before.place, place), movedAt - before.movedAt];
      const isLeap = px >= scroller.clientHeight;
      const isQuick = !isLeap && px * 1000 >= readable * scroller.clientHeight * ms;
      if (isLeap) leaptAt = movedAt;
      if (isQuick) late = ms > lateMs ? late + 2 : Math.max(0, late - 1);

      let next = latest.current.haste.tag === 'outrun' ? latest.current.haste : none;
      if (isLeap && movedAt - before.leaptAt < landMs) next = leaping;
      else if (next === none && late >= outrunAt) {
        next = { tag: 'outrun', whole: latest.current.drawn(place.fromStart) };
      }
      // The list is to know before it draws what is in view now.
      if (next !== latest.current.haste) flushSync(() => setHaste(next));
      if (!isLeap && !isQuick) return;
      if (landing) clearTimeout(landing);
      landing = setTimeout(land, landMs);
    };
    // Virtua hears of the same event later, and draws at once.
    const early = { capture: true, passive: true };
    scroller.addEventListener('scroll', moved, early);
    return () => {
      if (landing) clearTimeout(landing);
      scroller.removeEventListener('scroll', moved, early);
    };
  }, [scrollRef]);
  return haste;
}

type Place = { fromStart: number; fromEnd: number };

function placeOf({ scrollTop, scrollHeight }: HTMLElement): Place {
  return { fromStart: scrollTop, fromEnd: scrollHeight - scrollTop };
}

/** In pixels. Older messages that come in above, or an answer below, move one end only: the reader stays. */
function distance(before: Place, now: Place): number {
  return Math.min(Math.abs(now.fromStart - before.fromStart), Math.abs(now.fromEnd - before.fromEnd));
}
