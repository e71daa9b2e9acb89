import type { Clock } from '../clock.ts';

/** A timeout that stands still while a person thinks. */
export type Deadline = {
  /** Runs `work` with the clock stopped. Calls may overlap. */
  during<T>(work: () => Promise<T>): Promise<T>;
  cancel(): void;
};

export function startDeadline(clock: Clock, ms: number, onExpired: () => void): Deadline {
  let leftMs = ms;
  let startedAt = clock.now();
  let pauses = 0;
  let isOver = false;
  const expire = () => {
    isOver = true;
    onExpired();
  };
  let cancelTimer = clock.after(leftMs, expire);

  return {
    async during(work) {
      if (pauses++ === 0 && !isOver) {
        cancelTimer();
        leftMs -= clock.now() - startedAt;
      }
      try {
        return await work();
      } finally {
        if (--pauses === 0 && !isOver) {
          startedAt = clock.now();
          cancelTimer = clock.after(Math.max(0, leftMs), expire);
        }
      }
    },
    cancel() {
      isOver = true;
      cancelTimer();
    },
  };
}
