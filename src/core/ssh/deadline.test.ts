import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { startDeadline } from './deadline.ts';

/** A clock that a test moves on by hand. */
function handClock() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const clock: Clock = {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const pass = (ms: number) => {
    now += ms;
    for (const timer of [...timers]) {
      if (timer.at > now || !timers.delete(timer)) continue;
      timer.run();
    }
  };
  return { clock, pass, pending: () => timers.size };
}

function started(ms: number) {
  const hand = handClock();
  const expired = { count: 0 };
  const deadline = startDeadline(hand.clock, ms, () => expired.count++);
  return { ...hand, expired, deadline };
}

describe('a deadline', () => {
  it('expires once', () => {
    const { pass, expired } = started(100);
    pass(99);
    expect(expired.count).toBe(0);
    pass(1);
    pass(1000);
    expect(expired.count).toBe(1);
  });

  it('stands still during work, also when pieces of work overlap', async () => {
    const { pass, expired, deadline } = started(100);
    pass(60);
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const works = [deadline.during(() => first.promise), deadline.during(() => second.promise)];
    pass(10_000);
    first.resolve();
    await works[0];
    pass(10_000);
    second.resolve();
    await works[1];
    pass(39);
    expect(expired.count).toBe(0);
    pass(1);
    expect(expired.count).toBe(1);
  });

  it('goes on after work that throws', async () => {
    const { pass, expired, deadline } = started(100);
    await expect(deadline.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    pass(100);
    expect(expired.count).toBe(1);
  });

  it('leaves no timer when it is cancelled, even in the middle of work', async () => {
    const { pass, expired, deadline, pending } = started(100);
    const work = Promise.withResolvers<void>();
    const during = deadline.during(() => work.promise);
    deadline.cancel();
    work.resolve();
    await during;
    expect(pending()).toBe(0);
    pass(1000);
    expect(expired.count).toBe(0);
  });
});
