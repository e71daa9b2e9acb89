import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { makeTunnelBench, quickTimings, readAll, tagged, upOn } from './test-bench.ts';

const bench = makeTunnelBench();
const { behindFaults, dial, echo, server, tunnelTo } = bench;
const rounds = process.env.CHELA_SOAK === '1' ? 1000 : 20;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Open files of this process; where the system does not list them, what Node knows of. */
function descriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return resources().length;
  }
}

const resources = () => process.getActiveResourcesInfo();
const timers = () => resources().filter((name) => name === 'Timeout').length;

async function heapMb(): Promise<number> {
  // Finalizers run between collections.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

describe('many reconnects (R6)', () => {
  it(`${rounds} of them leave no descriptor, no timer and no megabyte`, { timeout: 900_000 }, async () => {
    const { proxy, sshd } = await behindFaults(await server({ extraConfig: ['MaxStartups 1000'] }));
    const { tunnel, seen } = tunnelTo({
      sshd,
      remotePort: await echo(),
      timings: quickTimings,
      random: () => 0,
    });
    const port = await upOn(tunnel);

    const reconnect = async (round: number) => {
      const torn = await dial(port);
      torn.on('error', () => {});
      torn.write('x');
      await once(torn, 'data');
      torn.resume();
      const closed = new Promise((resolve) => torn.once('close', resolve));
      proxy.rst();
      await closed;
      // The countdown of many losses in a row is not the point here.
      tunnel.retryNow();
      await tagged(tunnel, 'up');
      const socket = await dial(port);
      socket.end(`round ${round}`);
      expect((await readAll(socket)).toString()).toBe(`round ${round}`);
      socket.destroy();
      seen.length = 0;
    };

    // The first ones fill caches and compile what is used often.
    for (let round = 0; round < 10; round++) await reconnect(round);
    const before = { descriptors: descriptors(), timers: timers(), heapMb: await heapMb() };
    for (let round = 0; round < rounds; round++) await reconnect(round);
    await expect.poll(descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    await expect.poll(timers).toBeLessThanOrEqual(before.timers + 2);
    // The test runner keeps a little of every check.
    expect((await heapMb()) - before.heapMb).toBeLessThan(rounds > 100 ? 8 : 4);
    expect(tunnel.state()).toMatchObject({ tag: 'up', localPort: port });
  });
});
