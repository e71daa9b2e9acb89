import { createContext, startTransition, useContext, useEffect, useMemo, useState } from 'react';

type Rest = { isAtRest: boolean; readonly waiting: Set<() => void> };

/** For the list to give to its rows. */
export const RestContext = createContext<Rest | null>(null);

/** As long as virtua waits after the last scroll event. */
const quietMs = 150;

/**
 * Whether the list moves: `onMoved` and `onRested` are for the list to call, `rest` is for {@link RestContext}.
 * `hasRested`: the first rows are on the screen.
 */
export function useRest(isEmpty: boolean) {
  const [rest] = useState<Rest>(() => ({ isAtRest: false, waiting: new Set() }));
  const [hasRested, setHasRested] = useState(false);
  const acts = useMemo(
    () => ({
      onMoved() {
        rest.isAtRest = false;
      },
      onRested() {
        rest.isAtRest = true;
        const waiting = [...rest.waiting];
        rest.waiting.clear();
        startTransition(() => {
          setHasRested(true);
          for (const settle of waiting) settle();
        });
      },
    }),
    [rest],
  );
  useEffect(() => {
    if (isEmpty) return;
    // A list that is shorter than the window never moves.
    const timer = setTimeout(acts.onRested, quietMs);
    return () => clearTimeout(timer);
  }, [acts, isEmpty]);
  return { rest, hasRested, ...acts };
}

/**
 * False for what came in while the list moves, until it rests: what is only seen under the pointer or reached by a
 * key can wait, and scrolling stays smooth.
 */
export function useIsSettled(): boolean {
  const rest = useContext(RestContext);
  const [isSettled, setIsSettled] = useState(rest === null || rest.isAtRest);
  useEffect(() => {
    if (isSettled || rest === null) return;
    const settle = () => setIsSettled(true);
    if (rest.isAtRest) settle();
    else rest.waiting.add(settle);
    return () => void rest.waiting.delete(settle);
  }, [isSettled, rest]);
  return isSettled;
}
