import { createInterface } from 'node:readline';
import type { GatewayOptions } from '../index.ts';
import { outcomeOf } from './admission/attempt.ts';
import type { World } from './admission/cells.ts';
import { walkWorld } from './admission/walk.ts';
import { createFixture } from './fixture.ts';
import { type ConnectOptions, newDevice } from './wire-client.ts';

/** A client as the test names it; `device`: a new one signs. */
export type Knock = Omit<Partial<ConnectOptions>, 'device' | 'url'> & { device?: boolean };
export type Order =
  | { task: 'serve'; options: Partial<GatewayOptions> }
  | { task: 'stop' }
  | { task: 'walk'; world: World }
  | { task: 'attempt'; knocks: [url: string, client: Knock][] };

/**
 * One side of `lan.test.ts`, in a process of its own inside a network namespace: takes an order per line, answers with a
 * line of JSON, and ends with its stdin.
 */
const fixture = createFixture();
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line) as Order).catch((thrown) => ({ failed: String(thrown) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await fixture.cleanUp();

async function obey(order: Order): Promise<unknown> {
  if (order.task === 'serve') {
    await fixture.start(order.options);
    return 'listening';
  }
  if (order.task === 'stop') {
    await fixture.cleanUp();
    return 'stopped';
  }
  if (order.task === 'walk') {
    const walk = await walkWorld(fixture, order.world);
    await fixture.cleanUp();
    return walk;
  }
  const outcomes: string[] = [];
  for (const [url, { device, ...client }] of order.knocks) {
    outcomes.push(await outcomeOf({ url, ...client, ...(device && { device: newDevice() }) }));
  }
  return outcomes;
}
