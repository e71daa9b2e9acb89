import { type RefObject, useEffect } from 'react';
import { flushSync } from 'react-dom';
import { hasKeyboard, takeFirstField } from '../../first-field.ts';
import { useChatActions } from '../../stores/context.tsx';

/** The page begins in `field`: with what was typed before it was there, after an earlier draft, and the focus. What was meant to be sent is. */
export function useFirstFocus(field: RefObject<HTMLTextAreaElement | null>): void {
  const { goOn } = useChatActions();
  useEffect(() => {
    let cancel = () => {};
    // Once the page is laid out: what gets the focus before is laid out at once, on top of drawing it.
    const timer = setTimeout(() => {
      cancel = takeFirstField(({ said, text, start, end, hasFocus }) => {
        if (said.length > 0 || text !== '') flushSync(() => goOn(said, text));
        const into = field.current;
        if (!into || !hasFocus) return;
        into.focus();
        if (!into.value.endsWith(text)) return;
        const from = into.value.length - text.length;
        into.setSelectionRange(from + start, from + end);
      });
      // A question that came meanwhile has the focus, and keeps it.
      if (hasKeyboard() && document.activeElement === document.body) field.current?.focus();
    });
    return () => {
      clearTimeout(timer);
      cancel();
    };
  }, [goOn, field]);
}
