import { act, cleanup, render, screen } from '@testing-library/react';
import { useRef } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useHaste } from './use-haste.ts';

/** jsdom lays nothing out: the test says how tall things are, and where the view is. */
const box = { scrollHeight: 50_000, clientHeight: 400, scrollTop: 20_000 };
let haste: ReturnType<typeof useHaste>;
let drawn: ReadonlySet<string>;

function List() {
  const scrollRef = useRef<HTMLDivElement>(null);
  haste = useHaste(scrollRef, () => drawn);
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
  drawn = new Set(['row 7', 'row 8']);
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
    expect(haste.tag).toBe('none');
    later(80, { scrollTop: 18_600 });
    expect(haste.tag).toBe('leaping');
  });

  it('is not that of a reader: one leap, a quick wheel, leaps with time between them', () => {
    later(1000, { scrollTop: 1000 });
    later(16, { scrollTop: 1399 });
    later(16, { scrollTop: 1798 });
    expect(haste.tag).toBe('none');
    later(300, { scrollTop: 5000 });
    later(300, { scrollTop: 9000 });
    expect(haste.tag).toBe('none');
  });

  it('ends where the bar goes slowly, and where the list rests; the next drag is one again', () => {
    later(1000, { scrollTop: 19_000 });
    later(16, { scrollTop: 18_000 });
    later(16, { scrollTop: 17_900 });
    expect(haste.tag).toBe('none');
    later(16, { scrollTop: 16_000 });
    expect(haste.tag).toBe('leaping');
    act(() => vi.advanceTimersByTime(200));
    expect(haste.tag).toBe('none');
    later(30, { scrollTop: 15_000 });
    later(30, { scrollTop: 14_000 });
    expect(haste.tag).toBe('leaping');
  });

  it('stands still where older messages come in above, and where an answer grows below', () => {
    for (let page = 1; page <= 3; page++) {
      later(30, { scrollHeight: box.scrollHeight + 9000, scrollTop: box.scrollTop + 9000 });
    }
    expect(haste.tag).toBe('none');
    for (let more = 1; more <= 3; more++) later(30, { scrollHeight: box.scrollHeight + 900 });
    expect(haste.tag).toBe('none');
  });
});

describe('a view that moves quicker than this computer draws (R8)', () => {
  /** So many moves of `px` upwards, a frame of `ms` between each two. */
  const move = (moves: number, ms: number, px: number) => {
    for (; moves > 0; moves--) later(ms, { scrollTop: box.scrollTop - px });
  };

  it('is outrun where more than every third frame comes late; what was drawn by then stays whole, until the view lands', () => {
    move(1, 1000, 20);
    move(2, 16, 60);
    move(1, 33, 120);
    expect(haste.tag).toBe('none');
    move(1, 16, 60);
    move(1, 33, 120);
    move(1, 33, 120);
    expect(haste).toEqual({ tag: 'outrun', whole: drawn });
    drawn = new Set(['row 1']);
    const before = haste;
    move(20, 16, 60);
    // Slower by now, but not at rest.
    move(1, 16, 5);
    expect(haste).toBe(before);
    act(() => vi.advanceTimersByTime(200));
    expect(haste.tag).toBe('none');
  });

  it('is none where frames come in time, where one hiccups now and then, and where somebody can read', () => {
    move(60, 16, 150);
    for (let hiccup = 0; hiccup < 5; hiccup++) {
      move(1, 60, 300);
      move(10, 16, 60);
    }
    move(60, 50, 35);
    expect(haste.tag).toBe('none');
  });

  it('is a leap where the bar is dragged on, and begins anew after it has landed', () => {
    move(5, 33, 120);
    expect(haste.tag).toBe('outrun');
    move(2, 33, 500);
    expect(haste.tag).toBe('leaping');
    act(() => vi.advanceTimersByTime(200));
    move(2, 33, 120);
    expect(haste.tag).toBe('none');
    move(1, 33, 120);
    expect(haste.tag).toBe('outrun');
  });
});
