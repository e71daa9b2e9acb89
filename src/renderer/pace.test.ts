import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPace } from './pace.ts';

const frameMs = 16;
/** What drawing takes: the fake clock stands still while anything runs. */
let spentMs = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance', 'requestAnimationFrame'] });
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + spentMs);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Draws once, which takes so long until it is on the screen; gives how long it waited for its turn. */
function waitedFor(pace: ReturnType<typeof createPace>, tookMs: number): number {
  let isDrawn = false;
  pace(() => {
    isDrawn = true;
    spentMs += tookMs - frameMs;
  });
  let waitedMs = 0;
  while (!isDrawn) {
    vi.advanceTimersByTime(1);
    waitedMs += 1;
  }
  // The frame that follows, and the moment after it.
  vi.advanceTimersByTime(frameMs + 1);
  return waitedMs;
}

describe('drawing an answer that streams (R8)', () => {
  it('happens 20 times a second where it costs little', () => {
    const pace = createPace();
    for (let round = 0; round < 3; round++) expect(waitedFor(pace, frameMs)).toBe(50);
  });

  it('leaves a slow computer three quarters of its time, and half a second is the longest rest', () => {
    const pace = createPace();
    waitedFor(pace, 100);
    const rest = waitedFor(pace, 5000);
    expect(rest).toBeGreaterThanOrEqual(290);
    expect(rest).toBeLessThanOrEqual(310);
    expect(waitedFor(pace, frameMs)).toBe(500);
    expect(waitedFor(pace, frameMs)).toBe(50);
  });

  it('goes on at leisure while the page is hidden, where there are no frames', () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const draw = vi.fn();
    createPace()(draw);
    vi.advanceTimersByTime(249);
    expect(draw).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(draw).toHaveBeenCalledOnce();
  });
});
