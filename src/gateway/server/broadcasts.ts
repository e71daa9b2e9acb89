import { every, type GatewayClock } from '../clock.ts';
import type { StateVersion } from './frames.ts';
import type { Hub } from './hub.ts';
import type { Presence } from './presence.ts';

/** The events that tell everybody about the Gateway itself, and the counters that go with them. */
export type Broadcasts = {
  stateVersion(): StateVersion;
  /** The list changed and its event follows: whoever is greeted in between sees the new number. */
  countPresence(): void;
  announcePresence(): void;
  announceHealth(): void;
  /** `tick` and `health` at their intervals, until the returned function is called. */
  start(): () => void;
};

export function createBroadcasts(deps: {
  hub: Hub;
  presence: Presence;
  readHealth: () => object;
  clock: GatewayClock;
  tickIntervalMs: number;
  healthIntervalMs: number;
}): Broadcasts {
  const { hub, presence, clock } = deps;
  let stateVersion: StateVersion = { presence: 1, health: 1 };
  const count = (what: keyof StateVersion) => {
    stateVersion = { ...stateVersion, [what]: stateVersion[what] + 1 };
  };
  const announceHealth = () => {
    count('health');
    hub.broadcast('health', deps.readHealth(), { scope: 'operator.read' }, { stateVersion });
  };
  return {
    stateVersion: () => stateVersion,
    countPresence: () => count('presence'),
    announcePresence() {
      count('presence');
      hub.broadcast('presence', { presence: presence.list() }, { scope: 'operator.read' }, { stateVersion });
    },
    announceHealth,
    start() {
      const cancels = [
        every(clock, deps.tickIntervalMs, () => hub.broadcast('tick', { ts: clock.now() })),
        every(clock, deps.healthIntervalMs, announceHealth),
      ];
      return () => {
        for (const cancel of cancels) cancel();
      };
    },
  };
}
