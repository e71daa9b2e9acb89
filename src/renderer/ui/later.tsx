import { type ReactNode, useDeferredValue } from 'react';

/**
 * Drawn once what stands outside is on the screen, in slices that leave the page free to answer keys; until then
 * `before` keeps its place.
 */
export function Later({ before = null, children }: { before?: ReactNode; children: ReactNode }) {
  return useDeferredValue(true, false) ? children : before;
}
