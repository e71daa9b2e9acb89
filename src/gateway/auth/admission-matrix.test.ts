import { afterAll, describe, expect, it } from 'vitest';
import { attemptCell } from '../test-support/admission/attempt.ts';
import { type Cell, cellName, cells, outcomeIn, worlds } from '../test-support/admission/cells.ts';
import { recorded } from '../test-support/admission/recorded.ts';
import { startWorld } from '../test-support/admission/world.ts';
import { createFixture } from '../test-support/fixture.ts';

/**
 * Who gets in: authentication mode, role, client, device, credential, origin and proxy headers, each cell against what
 * the real Gateway did with it. `admission-matrix.upstream.test.ts` keeps the record honest.
 */
const fixture = createFixture();
afterAll(() => fixture.cleanUp());

/** What the real Gateway did, but for what we do differently on purpose. */
function expectedOutcome(cell: Cell): string | undefined {
  // A page of a rebound name can be told by its Host alone; the real Gateway leaves it to the Origin rule.
  if (cell.headers === 'evilHost') return 'http 403 host_not_allowed';
  const theirs = outcomeIn(recorded, cell);
  // We serve no Control UI: there is no build of ours that its page could be behind of, it is a page like any other.
  if (theirs === 'UNAVAILABLE PROTOCOL_MISMATCH') return outcomeIn(recorded, { ...cell, origin: 'loopback' });
  return theirs;
}

describe('the admission matrix (R16, R25, R28)', () => {
  it.each(Object.keys(worlds) as (keyof typeof worlds)[])(
    '%s: every cell ends as it does at the real Gateway',
    async (world) => {
      const gateway = await startWorld(fixture, world);
      const ofWorld = cells.filter((cell) => cell.world === world);
      expect(ofWorld.length).toBeGreaterThan(40);
      const differences: Record<string, unknown> = {};
      for (const cell of ofWorld) {
        const expected = expectedOutcome(cell);
        expect(expected).toBeDefined();
        const outcome = await attemptCell(cell, gateway.url);
        if (outcome !== expected) differences[cellName(cell)] = { expected, outcome };
      }
      expect(differences).toEqual({});
    },
    120_000,
  );
});
