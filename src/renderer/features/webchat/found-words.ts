import { createContext, useContext, useEffect, useState } from 'react';
import type { ToolUse } from '../../stores/chat/chat-state.ts';
import { holdsWords, toolWords } from '../../stores/chat/find.ts';

/** What a search has found in this row, as `soughtWords` gives it; empty in every other row. */
export const FoundWords = createContext('');

export function useFoundWords(): string {
  return useContext(FoundWords);
}

/**
 * Whether a card of these calls is open. It opens where a search finds its words in one of them, and closes again when
 * further letters are not in it; what a person opened stays.
 */
export function useOpenWhereFound(...tools: readonly ToolUse[]) {
  const words = useFoundWords();
  const [state, setState] = useState<'closed' | 'opened' | 'found'>('closed');
  const isFound = words !== '' && tools.some((tool) => holdsWords(toolWords(tool), words));
  useEffect(() => {
    if (isFound) setState((was) => (was === 'closed' ? 'found' : was));
    else if (words !== '') setState((was) => (was === 'found' ? 'closed' : was));
  }, [isFound, words]);
  const setIsOpen = (isOpen: boolean) =>
    setState((was) => (isOpen ? (was === 'closed' ? 'opened' : was) : 'closed'));
  return [state !== 'closed', setIsOpen] as const;
}
