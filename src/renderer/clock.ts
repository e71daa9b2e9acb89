/** Time as an argument, so that tests decide what time it is. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs once after `delayMs`. Returns the way to cancel it. */
  after(delayMs: number, run: () => void): () => void;
};

export const pageClock: Clock = {
  now: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
