import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { createNetworkWatch, type NetworkChange } from './network-watch.ts';

const address = (ip: string, internal = false): NetworkInterfaceInfo => ({
  address: ip,
  cidr: `${ip}/24`,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
});

function scene() {
  let nowMs = 0;
  let due: (() => void) | null = null;
  const clock: Clock = {
    now: () => nowMs,
    after: (_, run) => {
      due = run;
      return () => {
        due = null;
      };
    },
  };
  const world: { interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> } = { interfaces: {} };
  const watch = createNetworkWatch({ interfaces: () => world.interfaces, clock });
  const seen: NetworkChange[] = [];
  watch.onDidChange((change) => seen.push(change));
  return {
    watch,
    world,
    seen,
    isWaiting: () => due !== null,
    pass(ms: number) {
      nowMs += ms;
      due?.();
    },
  };
}

describe('the network watch (R6)', () => {
  it('tells of addresses that come and go, once each', () => {
    const { watch, world, seen, pass } = scene();
    world.interfaces = { en0: [address('10.0.0.2')] };
    watch.start();
    pass(2000);
    expect(seen).toEqual([]);
    world.interfaces = { en0: [address('10.0.0.2')], utun3: [address('100.64.0.1')] };
    pass(2000);
    pass(2000);
    expect(seen).toEqual(['network']);
    world.interfaces = {};
    pass(2000);
    expect(seen).toEqual(['network', 'network']);
  });

  it('does not mind the order, and what only reaches this computer', () => {
    const { watch, world, seen, pass } = scene();
    world.interfaces = { a: [address('10.0.0.2'), address('10.0.0.3')], b: [address('10.0.0.4')] };
    watch.start();
    world.interfaces = {
      b: [address('10.0.0.4')],
      lo: [address('127.0.0.1', true)],
      a: [address('10.0.0.3'), address('10.0.0.2')],
    };
    pass(2000);
    expect(seen).toEqual([]);
  });

  it('tells of a sleep by the clock', () => {
    const { watch, seen, pass } = scene();
    watch.start();
    pass(3500);
    expect(seen).toEqual([]);
    pass(3_600_000);
    expect(seen).toEqual(['wake']);
  });

  it('does nothing before its start, nor after its stop', () => {
    const { watch, world, seen, pass, isWaiting } = scene();
    expect(isWaiting()).toBe(false);
    watch.start();
    watch.start();
    watch.stop();
    expect(isWaiting()).toBe(false);
    world.interfaces = { en0: [address('10.0.0.2')] };
    pass(2000);
    expect(seen).toEqual([]);
  });
});
