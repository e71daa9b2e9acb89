import type { Clock } from '../clock.ts';

/** How long something that was taken away can be had back, in milliseconds. */
export const undoMs = 10_000;

/** What can be had back for {@link undoMs}, each by a key; for longer while somebody is at it. */
export function createUndoTimes(clock: Clock) {
  const running = new Map<string, { onOver: () => void; cancel: () => void }>();
  let holds = 0;

  function start(key: string, onOver: () => void) {
    stop(key);
    const end = () => {
      running.delete(key);
      onOver();
    };
    running.set(key, { onOver, cancel: holds > 0 ? () => undefined : clock.after(undoMs, end) });
  }

  function stop(key: string) {
    running.get(key)?.cancel();
    running.delete(key);
  }

  function startAnew() {
    for (const [key, { onOver }] of [...running]) start(key, onOver);
  }

  return {
    /** From the beginning where it runs already. */
    start,
    stop,
    stopAll() {
      for (const key of [...running.keys()]) stop(key);
    },
    isRunning: (key: string) => running.has(key),
    /** While somebody is at it no time runs out; the answer lets go, and all of it runs anew. */
    hold(): () => void {
      holds += 1;
      startAnew();
      return () => {
        holds -= 1;
        startAnew();
      };
    },
  };
}
