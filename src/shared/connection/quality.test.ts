import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKET_MS, emptyHistory, noteRtt, noteState, qualityOf } from './quality.ts';

const at = (quarters: number) => 1_000 * BUCKET_MS + quarters * BUCKET_MS;

describe('quality of the last 24 hours', () => {
  it('knows nothing before a connection was wanted', () => {
    const quality = qualityOf(emptyHistory(at(0)), at(1));
    expect(quality).toMatchObject({ drops: 0, uptime: null });
    expect(quality.strip).toHaveLength(96);
    expect(quality.strip.every(({ up, rttMs }) => up === null && rttMs === null)).toBe(true);
  });

  it('spreads the time over the quarters and counts drops, not first connects', () => {
    let history = noteState(emptyHistory(at(0)), 'down', at(0));
    history = noteState(history, 'up', at(0.5));
    history = noteState(history, 'down', at(2));
    history = noteState(history, 'up', at(2.25));
    const { drops, uptime, strip } = qualityOf(history, at(3) - 1);
    expect(drops).toBe(1);
    expect(strip.slice(-3).map(({ up }) => Number(up?.toFixed(2)))).toEqual([0.5, 1, 0.75]);
    expect(uptime).toBeCloseTo(2.25 / 3, 4);
  });

  it('tells the median round trip of each quarter', () => {
    let history = noteState(emptyHistory(at(0)), 'up', at(0));
    for (const rtt of [50, 10, 20, 90, 30]) history = noteRtt(history, rtt, at(0.1));
    expect(qualityOf(history, at(0.5)).strip.at(-1)?.rttMs).toBe(30);
  });

  it('does not count the time in which nothing was wanted', () => {
    let history = noteState(emptyHistory(at(0)), 'up', at(0));
    history = noteState(history, 'off', at(1));
    expect(qualityOf(history, at(40)).uptime).toBe(1);
  });

  it('stays bounded and sane whatever the clock does', () => {
    const note = fc.tuple(
      fc.constantFrom('off', 'down', 'up', 'rtt'),
      fc.integer({ min: -3 * BUCKET_MS, max: 200 * BUCKET_MS }),
    );
    fc.assert(
      fc.property(fc.array(note, { maxLength: 60 }), (notes) => {
        let history = emptyHistory(at(0));
        let now = at(0);
        for (const [what, step] of notes) {
          now = Math.max(0, now + step);
          history = what === 'rtt' ? noteRtt(history, 5, now) : noteState(history, what as 'off', now);
        }
        const { uptime, strip, drops } = qualityOf(history, now);
        expect(strip).toHaveLength(96);
        expect(drops).toBeGreaterThanOrEqual(0);
        for (const share of [uptime, ...strip.map(({ up }) => up)]) {
          if (share === null) continue;
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
