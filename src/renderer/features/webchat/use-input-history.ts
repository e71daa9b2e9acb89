import { useRef } from 'react';
import { useStores } from '../../stores/context.tsx';

type HistoryKey = 'ArrowUp' | 'ArrowDown';

/**
 * Arrow up in an empty field brings back what was sent before; once somebody edits it, the arrows move in the
 * text again. Returns the text to show, or null where the key means something else.
 */
export function useInputHistory() {
  // Asked when the key comes: the field is not drawn again whenever the conversation moves on.
  const { store } = useStores().chat;
  const at = useRef<number | null>(null);
  return (key: string, draft: string): string | null => {
    if (!isHistoryKey(key)) return null;
    const { rows } = store.getState();
    const sent = rows.flatMap((row) =>
      row.kind === 'user' && row.text !== '' && !row.cut ? [row.text] : [],
    );
    const shown = at.current === null ? null : sent[at.current];
    if (draft === '') at.current = null;
    else if (draft !== shown) return null;
    const from = at.current ?? sent.length;
    const next = key === 'ArrowUp' ? from - 1 : from + 1;
    if (next < 0 || (key === 'ArrowDown' && at.current === null)) return null;
    at.current = next < sent.length ? next : null;
    return sent[next] ?? '';
  };
}

function isHistoryKey(key: string): key is HistoryKey {
  return key === 'ArrowUp' || key === 'ArrowDown';
}
