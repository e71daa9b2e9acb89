import { act, cleanup, render, screen } from '@testing-library/react';
import { useRef } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLeaps } from './use-leaps.ts';

/** jsdom lays nothing out: the test says how tall things are, and where the view is. */
const box = { scrollHeight: 50_000, clientHeight: 400, scrollTop: 20_000 };
let isLeaping: boolean;

function List() {
  const scrollRef = useRef<HTMLDivElement>(null);
  isLeaping = useLeaps(scrollRef);
  return (
    <div
      role="log"
      ref={(log) => {
        scrollRef.current = log;
        for (const name of ['scrollHeight', 'clientHeight', 'scrollTop'] as const) {
          if (log) Object.defineProperty(log, name, { get: () => box[name], configurable: true });
        }
      }}
    />
  );
}

beforeEach(() => {
  Object.assign(box, { scrollHeight: 50_000, clientHeight: 400, scrollTop: 20_000 });
  vi.useFakeTimers();
  render(<List />);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Some milliseconds later the view is elsewhere. */
function later(ms: number, change: Partial<typeof box>) {
  act(() => vi.advanceTimersByTime(ms));
  Object.assign(box, change);
  act(() => void screen.getByRole('log').dispatchEvent(new Event('scroll')));
}

describe('a view that leaps (R8)', () => {
  it('is that of somebody who drags the bar: one leap after the other', () => {
    later(1000, { scrollTop: 19_000 });
    expect(isLeaping).toBe(false);
    later(80, { scrollTop: 18_600 });
    expect(isLeaping).toBe(true);
  });

  it('is not that of a reader: one leap, a quick wheel, leaps with time between them', () => {
    later(1000, { scrollTop: 1000 });
    later(16, { scrollTop: 1399 });
    later(16, { scrollTop: 1798 });
    expect(isLeaping).toBe(false);
    later(300, { scrollTop: 5000 });
    later(300, { scrollTop: 9000 });
    expect(isLeaping).toBe(false);
  });

  it('ends where the bar goes slowly, and where the list rests; the next drag is one again', () => {
    later(1000, { scrollTop: 19_000 });
    later(16, { scrollTop: 18_000 });
    later(16, { scrollTop: 17_900 });
    expect(isLeaping).toBe(false);
    later(16, { scrollTop: 16_000 });
    expect(isLeaping).toBe(true);
    act(() => vi.advanceTimersByTime(200));
    expect(isLeaping).toBe(false);
    later(30, { scrollTop: 15_000 });
    later(30, { scrollTop: 14_000 });
    expect(isLeaping).toBe(true);
  });

  it('stands still where older messages come in above, and where an answer grows below', () => {
    for (let page = 1; page <= 3; page++) {
      later(30, { scrollHeight: box.scrollHeight + 9000, scrollTop: box.scrollTop + 9000 });
    }
    expect(isLeaping).toBe(false);
    for (let more = 1; more <= 3; more++) later(30, { scrollHeight: box.scrollHeight + 900 });
    expect(isLeaping).toBe(false);
  });
});
