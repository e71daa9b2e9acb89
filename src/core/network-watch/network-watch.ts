import type { NetworkInterfaceInfo } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import { createListeners } from '../listeners.ts';

export type NetworkWatchOptions = {
  /** `os.networkInterfaces`. */
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  readonly clock?: Clock | undefined;
};

/** `network`: an address came or went. `wake`: this computer stood still, as in a sleep. */
export type NetworkChange = 'network' | 'wake';

/** Tells when the network may no longer be the one it was: every open connection is worth a question then. */
export type NetworkWatch = {
  start(): void;
  stop(): void;
  onDidChange(listener: (change: NetworkChange) => void): () => void;
};

const everyMs = 2000;
/** A look that comes this late was held up by a sleep, not by a busy processor. */
const asleepMs = 5000;

/** Looks at this computer's addresses every two seconds. Does nothing before `start()`. */
export function createNetworkWatch(options: NetworkWatchOptions): NetworkWatch {
  const clock = options.clock ?? systemClock;
  const changes = createListeners<NetworkChange>();
  let cancel: (() => void) | null = null;
  let known = '';

  const wait = () => {
    const dueAt = clock.now() + everyMs;
    cancel = clock.after(everyMs, () => look(dueAt));
  };
  const look = (dueAt: number) => {
    wait();
    const now = digest(options.interfaces);
    const hasMoved = now !== known;
    known = now;
    if (hasMoved) changes.announce('network');
    else if (clock.now() - dueAt > asleepMs) changes.announce('wake');
  };

  return {
    start() {
      if (cancel !== null) return;
      known = digest(options.interfaces);
      wait();
    },
    stop() {
      cancel?.();
      cancel = null;
    },
    onDidChange: changes.add,
  };
}

/** Addresses that reach out, in an order of their own; a system that can't list them has none. */
function digest(interfaces: NetworkWatchOptions['interfaces']): string {
  try {
    return Object.entries(interfaces())
      .flatMap(([name, addresses]) =>
        (addresses ?? [])
          .filter(({ internal }) => !internal)
          .map(({ cidr, address }) => `${name} ${cidr ?? address}`),
      )
      .sort()
      .join('\n');
  } catch {
    return '';
  }
}
