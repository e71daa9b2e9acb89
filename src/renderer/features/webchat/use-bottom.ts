import { type RefObject, useEffect, useLayoutEffect, useMemo, useState } from 'react';

/** So near to the end is at the end. */
const nearPx = 70;
/** Between a turn of the wheel and the scrolling that follows from it. */
const wheelMs = 150;

type Refs = { scrollRef: RefObject<HTMLElement | null>; contentRef: RefObject<HTMLElement | null> };

/**
 * Keeps the end in view for somebody who is there; who scrolls up stays there. `follow` is for whoever knows that
 * something grew: the view moves in the same frame. What else grows or shrinks is noticed a frame later.
 */
export function useBottom({ scrollRef, contentRef }: Refs) {
  const [isAtBottom, setIsAtBottom] = useState(true);
  const hold = useMemo(() => createHold(scrollRef, setIsAtBottom), [scrollRef]);

  useLayoutEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return;
    hold.follow();
    const listening = new AbortController();
    const { signal } = listening;
    scroller.addEventListener('scroll', hold.scrolled, { passive: true, signal });
    scroller.addEventListener('wheel', hold.wheeled, { passive: true, signal });
    scroller.addEventListener('pointerdown', hold.pressed, { signal });
    window.addEventListener('pointerup', hold.lifted, { signal });
    window.addEventListener('pointercancel', hold.lifted, { signal });
    return () => listening.abort();
  }, [scrollRef, hold]);

  useEffect(() => {
    const observer = new ResizeObserver(hold.follow);
    for (const { current } of [scrollRef, contentRef]) if (current) observer.observe(current);
    return () => observer.disconnect();
  }, [scrollRef, contentRef, hold]);

  return { isAtBottom, jumpToBottom: hold.take, leave: hold.leave, follow: hold.follow };
}

type View = { top: number; height: number; toEnd: number };

/** Whether the view is held at the end, and what takes it from there and back. */
function createHold(scrollRef: Refs['scrollRef'], onDidChange: (isAtBottom: boolean) => void) {
  let isHeld = true;
  /** Away from the end, but not there yet: what is still told of the end is old. */
  let isOnItsWay = false;
  let isMarking = false;
  let turning: ReturnType<typeof setTimeout> | null = null;
  let known: View = { top: 0, height: 0, toEnd: 0 };
  let isAtBottom = true;

  /** Once for all that is asked in a frame of scrolling: each of these asks the browser for its layout. */
  function look(scroller: HTMLElement): View {
    const { scrollTop: top, scrollHeight: height, clientHeight } = scroller;
    return { top, height, toEnd: height - clientHeight - top };
  }

  function remember(view: View) {
    known = view;
    const wasAtBottom = isAtBottom;
    isAtBottom = isHeld || view.toEnd <= nearPx;
    if (isAtBottom !== wasAtBottom) onDidChange(isAtBottom);
  }

  function follow() {
    const scroller = scrollRef.current;
    if (!scroller) return;
    const view = look(scroller);
    // What was left is gone: the end is all there is.
    if (!isOnItsWay && view.height < known.height && view.toEnd <= nearPx) isHeld = true;
    // Somebody has the view in hand; what comes meanwhile is caught up with afterwards.
    if (isHeld && (turning !== null || (isMarking && isSelecting()))) return;
    if (!isHeld) return remember(view);
    scroller.scrollTop = view.height;
    remember(look(scroller));
  }

  function endTurn() {
    if (turning !== null) clearTimeout(turning);
    turning = null;
  }

  return {
    follow,
    take() {
      isHeld = true;
      isOnItsWay = false;
      isMarking = false;
      endTurn();
      follow();
    },
    /** The view goes elsewhere: what grows or is told of before it is there does not take it back. */
    leave() {
      isHeld = false;
      isOnItsWay = true;
      endTurn();
    },
    scrolled() {
      const scroller = scrollRef.current;
      if (!scroller) return;
      const view = look(scroller);
      if (isOnItsWay && view.toEnd <= nearPx) return remember(view);
      isOnItsWay = false;
      // What shrinks moves the view up, too.
      const isUp = view.top < known.top - 1 && view.height >= known.height;
      if (isUp) isHeld = view.toEnd <= 1;
      else if (view.toEnd <= nearPx) isHeld = true;
      remember(view);
    },
    wheeled({ deltaY }: WheelEvent) {
      isOnItsWay = false;
      if (deltaY >= 0) return;
      endTurn();
      // It may turn over something that scrolls by itself.
      turning = setTimeout(() => {
        turning = null;
        follow();
      }, wheelMs);
    },
    pressed({ button }: PointerEvent) {
      isOnItsWay = false;
      isMarking = button === 0;
    },
    lifted() {
      if (!isMarking) return;
      isMarking = false;
      follow();
    },
  };
}

function isSelecting(): boolean {
  return document.getSelection()?.isCollapsed === false;
}
