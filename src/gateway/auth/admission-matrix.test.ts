import { afterAll, describe, expect, it } from 'vitest';
import { cellsOf, worldNames } from '../test-support/admission/cells.ts';
import { walkWorld } from '../test-support/admission/walk.ts';
import { createFixture } from '../test-support/fixture.ts';

/**
 * Who gets in: bind and way in, authentication mode, role, client, device, credential, origin and proxy headers, each
 * cell against what the real Gateway did with it. `admission-matrix.upstream.test.ts` keeps the record honest.
 */
const fixture = createFixture();
afterAll(() => fixture.cleanUp());

describe('the admission matrix (R16, R23, R25, R28)', () => {
  // Few computers are on a tailnet: `server/lan.test.ts` makes one and walks it.
  it.for(worldNames.filter((world) => world !== 'tailnet'))(
    '%s: every cell ends as it does at the real Gateway',
    { timeout: 120_000 },
    async (world, { skip }) => {
      skip(cellsOf(world).length === 0, 'this computer has no network');
      const { walked, differences } = await walkWorld(fixture, world);
      expect(walked).toBeGreaterThan(40);
      expect(differences).toEqual({});
    },
  );
});
