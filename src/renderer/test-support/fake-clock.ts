import type { Clock } from '../clock.ts';

/** A clock that moves only when it is told to. */
export type FakeClock = Clock & { advance(ms: number): void; readonly waiting: number };

export function createFakeClock(): FakeClock {
  let now = 1_000_000;
  let timers: { atMs: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { atMs: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.atMs <= now);
      timers = timers.filter((timer) => timer.atMs > now);
      for (const { run } of due) run();
    },
    get waiting() {
      return timers.length;
    },
  };
}
