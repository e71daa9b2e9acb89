import { afterAll, describe, expect, it } from 'vitest';
import { cellsOf, worldNames } from '../test-support/admission/cells.ts';
import { walkWorld } from '../test-support/admission/walk.ts';
import { createFixture } from '../test-support/fixture.ts';

/**
 * Who gets in: bind and way in, authentication mode, role, client, device, credential, origin and proxy headers, each
 * cell against what the real Gateway did with it. `admission-matrix.upstream.test.ts` keeps the record honest;
 * `server/lan.test.ts` walks the world of a tailnet, which few computers have.
 */
const fixture = createFixture();
afterAll(() => fixture.cleanUp());

describe('the admission matrix (R16, R23, R25, R28)', () => {
  it.for(worldNames)(
    '%s: every cell ends as it does at the real Gateway',
    { timeout: 120_000 },
    async (world, { skip }) => {
      skip(cellsOf(world).length === 0, 'this computer has no such address');
      const { walked, differences } = await walkWorld(fixture, world);
      expect(walked).toBeGreaterThan(40);
      expect(differences).toEqual({});
    },
  );
});
