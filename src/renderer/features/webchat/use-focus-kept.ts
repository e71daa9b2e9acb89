import { type RefObject, useLayoutEffect, useRef } from 'react';

/** For an element that may go by itself, decided elsewhere or expired: where the focus is in it, it is given away before. */
export function useFocusKept<E extends HTMLElement>(onFocusLost: () => void): RefObject<E | null> {
  const ref = useRef<E>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (element?.contains(document.activeElement)) onFocusLost();
    };
  }, [onFocusLost]);
  return ref;
}
