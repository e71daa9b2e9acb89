import type { GatewayOptions, RunningGateway } from '../../index.ts';
import type { Fixture } from '../fixture.ts';
import { attemptCell } from './attempt.ts';
import { type Cell, cellName, cellsOf, outcomeIn, type World, worldOptions } from './cells.ts';
import { recorded } from './recorded.ts';

/** Our Gateway, set up as a world says. Wrong credentials are not counted: the matrix has many. */
function startWorld(fixture: Fixture, name: World): Promise<RunningGateway> {
  return fixture.start({
    ...(worldOptions(name) as Partial<GatewayOptions>),
    rateLimit: { maxAttempts: 1_000_000, windowMs: 1 },
  });
}

/** What the real Gateway did, but for what we do differently on purpose. */
function expectedOutcome(cell: Cell): string | undefined {
  // A page of a rebound name can be told by its Host alone; the real Gateway leaves it to the Origin rule.
  if (cell.headers === 'evilHost' && cell.via !== 'address') return 'http 403 host_not_allowed';
  const theirs = outcomeIn(recorded, cell);
  // We serve no Control UI: there is no build of ours that its page could be behind of, it is a page like any other,
  // and none comes from the Gateway's own address on the network.
  if (theirs === 'UNAVAILABLE PROTOCOL_MISMATCH') return outcomeIn(recorded, { ...cell, origin: 'loopback' });
  if (cell.origin === 'own' && cell.via === 'address') return expectedOutcome({ ...cell, origin: 'foreign' });
  // It listens on ::1 for the bind `loopback` alone, and we for every bind: that is this computer as well.
  if (theirs === 'no connection' && cell.via === 'loopback6')
    return expectedOutcome({ ...cell, via: 'loopback' });
  return theirs;
}

/** Walks the cells of a world at our Gateway. `differences` is empty when each ended as it is recorded. */
export async function walkWorld(fixture: Fixture, world: World) {
  const { port } = await startWorld(fixture, world);
  const differences: Record<string, { expected: string | undefined; outcome: string }> = {};
  const ofWorld = cellsOf(world);
  for (const cell of ofWorld) {
    const expected = expectedOutcome(cell);
    const outcome = await attemptCell(cell, port);
    if (outcome !== expected) differences[cellName(cell)] = { expected, outcome };
  }
  return { walked: ofWorld.length, differences };
}
