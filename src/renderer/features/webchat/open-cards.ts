import { createContext, useContext, useEffect } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import type { ToolUse } from '../../stores/chat/chat-state.ts';
import { holdsWords, toolWords } from '../../stores/chat/find.ts';
import { useFoundWords } from './found-words.ts';

/** `opened` and `left`: a person opened it, and has closed it again. `found`: a search opened it. */
type CardState = 'closed' | 'opened' | 'left' | 'found';

/** Of one conversation, by the ids of calls and groups: a card that is drawn anew elsewhere is as it was. */
type OpenCards = StoreApi<Readonly<Record<string, CardState>>>;

export const createOpenCards = (): OpenCards => createStore(() => ({}));

export const OpenCardsContext = createContext(createOpenCards());

/**
 * Whether the card `id`, of these calls, is open. It opens where a search finds its words in one of them, and closes
 * again when further letters are not in it; what a person opened stays.
 */
export function useOpenWhereFound(id: string, ...tools: readonly ToolUse[]) {
  const cards = useContext(OpenCardsContext);
  const state = useStore(cards, (all) => all[id] ?? 'closed');
  const words = useFoundWords();
  const isFound = words !== '' && tools.some((tool) => holdsWords(toolWords(tool), words));
  useEffect(() => {
    const was = cards.getState()[id] ?? 'closed';
    if (isFound && !isOpen(was)) cards.setState({ [id]: 'found' });
    if (!isFound && words !== '' && was === 'found') cards.setState({ [id]: 'closed' });
  }, [cards, id, isFound, words]);
  const setIsOpen = (opens: boolean) => {
    const was = cards.getState()[id] ?? 'closed';
    if (opens !== isOpen(was)) cards.setState({ [id]: opens ? 'opened' : 'left' });
  };
  return [isOpen(state), setIsOpen] as const;
}

/** Ids of the cards that a person opened, or closed again; and what forgets them. */
export function useTouchedCards() {
  const cards = useContext(OpenCardsContext);
  const all = useStore(cards);
  return {
    isTouched: ({ id }: ToolUse) => all[id] === 'opened' || all[id] === 'left',
    closeAll: (tools: readonly ToolUse[]) =>
      cards.setState(Object.fromEntries(tools.map(({ id }) => [id, 'closed']))),
  };
}

const isOpen = (state: CardState) => state === 'opened' || state === 'found';
