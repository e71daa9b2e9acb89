import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPace } from './pace.ts';

const frameMs = 16;
/** What work takes: the fake clock stands still while anything runs. */
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

/** Draws once, which takes `drawMs`, and its frame `layoutMs`; gives how long it waited for its turn. */
async function waitedFor(pace: ReturnType<typeof createPace>, drawMs: number, layoutMs = 0): Promise<number> {
  let isDrawn = false;
  pace(() => {
    isDrawn = true;
    spentMs += drawMs;
  });
  let waitedMs = 0;
  while (!isDrawn) {
    vi.advanceTimersByTime(1);
    waitedMs += 1;
  }
  await Promise.resolve();
  requestAnimationFrame(() => {
    spentMs += layoutMs;
  });
  // The frame that follows, and the moment after it.
  vi.advanceTimersByTime(frameMs + 1);
  return waitedMs;
}

describe('drawing an answer that streams (R8)', () => {
  it('happens 20 times a second where it costs little, however long its frame is waited for', async () => {
    const pace = createPace();
    for (let round = 0; round < 3; round++) expect(await waitedFor(pace, 5, 3)).toBe(50);
  });

  it('leaves a slow computer five sixths of its time, and half a second is the longest rest', async () => {
    const pace = createPace();
    await waitedFor(pace, 50, 20);
    const rest = await waitedFor(pace, 5000);
    expect(rest).toBeGreaterThanOrEqual(350);
    expect(rest).toBeLessThanOrEqual(360);
    expect(await waitedFor(pace, 5)).toBe(500);
    expect(await waitedFor(pace, 5)).toBe(50);
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
