/** Time as an argument, so that tests decide what time it is. */
export type GatewayClock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs once after `delayMs`. Returns the way to cancel it. */
  after(delayMs: number, run: () => void): () => void;
};

export const systemClock: GatewayClock = {
  now: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Runs every `intervalMs` until it is cancelled. A run that throws ends the series. */
export function every(clock: GatewayClock, intervalMs: number, run: () => void): () => void {
  let cancel = () => {};
  const arm = () => {
    cancel = clock.after(intervalMs, () => {
      run();
      arm();
    });
  };
  arm();
  return () => cancel();
}
