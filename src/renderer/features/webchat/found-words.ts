import { createContext, useContext } from 'react';

/** What a search has found in this row, as `soughtWords` gives it; empty in every other row. */
export const FoundWords = createContext('');

export function useFoundWords(): string {
  return useContext(FoundWords);
}
