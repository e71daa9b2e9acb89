import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'react';

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
  const jumpToBottom = useCallback(() => hold.take(), [hold]);

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

  return { isAtBottom, jumpToBottom, follow: hold.follow };
}

/** Whether the view is held at the end, and what takes it from there and back. */
function createHold(scrollRef: Refs['scrollRef'], onDidChange: (isAtBottom: boolean) => void) {
  let isHeld = true;
  let isPressed = false;
  let wheeledAtMs = Number.NEGATIVE_INFINITY;
  let [top, height] = [0, 0];

  function remember(scroller: HTMLElement) {
    [top, height] = [scroller.scrollTop, scroller.scrollHeight];
  }

  function follow() {
    const scroller = scrollRef.current;
    const isTurning = performance.now() - wheeledAtMs < wheelMs;
    if (!scroller || !isHeld || isTurning || (isPressed && isSelecting())) return;
    scroller.scrollTop = scroller.scrollHeight;
    remember(scroller);
  }

  return {
    follow,
    take() {
      isHeld = true;
      wheeledAtMs = Number.NEGATIVE_INFINITY;
      follow();
      onDidChange(true);
    },
    scrolled() {
      const scroller = scrollRef.current;
      if (!scroller) return;
      const toEnd = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
      // What shrinks moves the view up, too.
      const isUp = scroller.scrollTop < top - 1 && scroller.scrollHeight >= height;
      if (isUp) isHeld = toEnd <= 1;
      else if (toEnd <= nearPx) isHeld = true;
      remember(scroller);
      onDidChange(isHeld || toEnd <= nearPx);
    },
    wheeled({ deltaY }: WheelEvent) {
      if (deltaY < 0) wheeledAtMs = performance.now();
    },
    pressed() {
      isPressed = true;
    },
    lifted() {
      isPressed = false;
    },
  };
}

function isSelecting(): boolean {
  return document.getSelection()?.isCollapsed === false;
}
