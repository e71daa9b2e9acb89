import { afterEach, describe, expect, it } from 'vitest';
import { startUpstreamGateway } from '../../../e2e/fixtures/upstream-gateway.ts';
import { attemptCell } from '../test-support/admission/attempt.ts';
import {
  type Cell,
  cells,
  openclawOf,
  SECRET,
  tabulate,
  type World,
  worlds,
} from '../test-support/admission/cells.ts';
import { recorded } from '../test-support/admission/recorded.ts';

/** Walks the matrix at the real Gateway: what `admission-matrix.test.ts` holds ours to is what that one does. */
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Wrong credentials are not counted: the matrix has many. */
const rateLimit = { maxAttempts: 1_000_000, windowMs: 1_000, lockoutMs: 1_000 };

/** Each is a start of the real Gateway; all of them only where a long run is asked for. */
const walked = (Object.keys(worlds) as World[]).slice(0, process.env.CHELA_SOAK === '1' ? undefined : 2);

describe('the admission matrix at the real Gateway', () => {
  it.each(walked)(
    '%s: every cell ends as it is recorded',
    async (world) => {
      const { auth, ...rest } = openclawOf(world) as { auth: Record<string, unknown> };
      const gateway = await startUpstreamGateway({
        modelPort: 1,
        token: SECRET,
        // The fixture writes a token, which the other modes do not go with.
        config: { gateway: { ...rest, auth: { token: undefined, ...auth, rateLimit } } },
      });
      stops.push(gateway.stop);
      const results: (readonly [Cell, string])[] = [];
      for (const cell of cells.filter((one) => one.world === world)) {
        results.push([cell, await attemptCell(cell, gateway.url)]);
      }
      expect(tabulate(results)[world]).toEqual(recorded[world]);
    },
    300_000,
  );
});
