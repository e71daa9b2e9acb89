import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test-support/fake-clock.ts';
import { createWaitingList } from './waiting-list.ts';

type Item = { id: string; createdAtMs: number | null; expiresAtMs: number };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function open(rows: Item[] = []) {
  const clock = createFakeClock();
  const list = createWaitingList<Item>({
    request: async <R>() => rows as R,
    clock,
    family: 'exec.approval',
    rowsOf: (answer) => answer as Item[],
    read: (row) => row as Item,
  });
  const hear = (item: Item) => list.hear({ type: 'event', event: 'exec.approval.requested', payload: item });
  const shown = () =>
    list.store.getState().pending.map(({ id, expiresAtMs }) => [id, expiresAtMs - clock.now()]);
  return { clock, list, hear, shown };
}

describe('how long something waits (R8)', () => {
  it('is counted from when the Gateway made it, whatever time it is here', () => {
    for (const aheadMs of [0, -dayMs, dayMs]) {
      const { clock, hear, shown } = open();
      const createdAtMs = clock.now() + aheadMs;
      hear({ id: 'a', createdAtMs, expiresAtMs: createdAtMs + minuteMs });
      expect(shown()).toEqual([['a', minuteMs]]);
      clock.advance(minuteMs - 1);
      expect(shown()).toEqual([['a', 1]]);
      clock.advance(1);
      expect(shown()).toEqual([]);
    }
  });

  it('is known of what is read from the list once an event told the Gateway’s time', async () => {
    const gateway = createFakeClock().now() + dayMs;
    const old = { id: 'old', createdAtMs: gateway - minuteMs, expiresAtMs: gateway + minuteMs };
    const { list, hear, shown } = open([old]);
    hear({ id: 'new', createdAtMs: gateway, expiresAtMs: gateway + minuteMs });
    await list.connected(true);
    expect(shown()).toEqual([['old', minuteMs]]);
  });

  it('is its whole life where this computer’s clock can’t be right: what the Gateway lists still waits', async () => {
    const now = createFakeClock().now();
    const { list, shown } = open([
      { id: 'over', createdAtMs: now - dayMs, expiresAtMs: now - dayMs + minuteMs },
      { id: 'begun', createdAtMs: now - minuteMs, expiresAtMs: now + minuteMs },
      { id: 'to come', createdAtMs: now + dayMs, expiresAtMs: now + dayMs + minuteMs },
      { id: 'unsaid', createdAtMs: null, expiresAtMs: now + 5 },
    ]);
    await list.connected(true);
    expect(shown()).toEqual([
      ['over', minuteMs],
      ['begun', minuteMs],
      ['to come', minuteMs],
      ['unsaid', 5],
    ]);
  });

  it('may be longer than a browser’s longest timer', () => {
    const { clock, hear, shown } = open();
    const longest = 2 ** 31 - 1;
    const delays: number[] = [];
    const { after } = clock;
    clock.after = (delayMs, run) => {
      delays.push(delayMs);
      return after(delayMs, run);
    };
    hear({ id: 'a', createdAtMs: clock.now(), expiresAtMs: clock.now() + 40 * dayMs });
    clock.advance(longest);
    expect(shown()).toHaveLength(1);
    clock.advance(40 * dayMs - longest);
    expect(shown()).toEqual([]);
    expect(Math.max(...delays)).toBeLessThanOrEqual(longest);
  });
});
