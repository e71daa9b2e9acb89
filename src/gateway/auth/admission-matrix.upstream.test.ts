import { afterEach, describe, expect, it } from 'vitest';
import { startUpstreamGateway } from '../../../e2e/fixtures/upstream-gateway.ts';
import { attemptCell } from '../test-support/admission/attempt.ts';
import {
  type Cell,
  cellsOf,
  openclawOf,
  SECRET,
  tabulate,
  worldNames,
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
const walked = process.env.CHELA_SOAK === '1' ? worldNames : (['token'] as const);

describe('the admission matrix at the real Gateway', () => {
  it.for(walked)('%s: every cell ends as it is recorded', { timeout: 300_000 }, async (world, { skip }) => {
    skip(cellsOf(world).length === 0, 'this computer has no such address');
    const { auth, ...rest } = openclawOf(world) as { auth: Record<string, unknown> };
    const gateway = await startUpstreamGateway({
      modelPort: 1,
      token: SECRET,
      // The fixture writes a token, which the other modes do not go with.
      config: { gateway: { ...rest, auth: { token: undefined, ...auth, rateLimit } } },
    });
    stops.push(gateway.stop);
    const results: (readonly [Cell, string])[] = [];
    for (const cell of cellsOf(world)) results.push([cell, await attemptCell(cell, gateway.port)]);
    expect(tabulate(results)[world]).toEqual(recorded[world]);
  });
});
