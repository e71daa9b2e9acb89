import type { Health } from '../../shared/contract/snapshot.ts';
import type { AppError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { GatewayLink } from '../link/gateway-link.ts';
import { createListeners } from '../listeners.ts';

export type HealthMonitor = {
  /** Checks at once and then every minute, forgetting what was known before. Does nothing while it runs. */
  start(): void;
  /** A check under way still answers its caller, but is no longer announced. */
  stop(): void;
  /** On demand; a check under way is shared. The next one is due a whole interval later. Never rejects. */
  check(): Promise<Health>;
  /** Of the current run; null before its first check. */
  last(): Health | null;
  onDidChange(listener: () => void): () => void;
};

export type HealthMonitorOptions = {
  link: Pick<GatewayLink, 'request'>;
  clock?: Clock;
  intervalMs?: number;
  timeoutMs?: number;
  /** Milliseconds of a clock that never jumps. */
  monotonicNow?: () => number;
};

const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Asks one link's Gateway for its `health` and times the round trip. */
export function createHealthMonitor(options: HealthMonitorOptions): HealthMonitor {
  const { link, clock = systemClock, intervalMs = INTERVAL_MS, timeoutMs = TIMEOUT_MS } = options;
  const { monotonicNow = () => performance.now() } = options;
  const changes = createListeners<void>();
  let last: Health | null = null;
  let running = false;
  /** Grows with every start and stop: the answer to an older run's question is dropped. */
  let generation = 0;
  let underWay: Promise<Health> | null = null;
  let cancelNext = () => {};

  async function ask(): Promise<Health> {
    const startedAt = monotonicNow();
    const answer = await link.request('health', {}, { timeoutMs });
    const checkedAtMs = clock.now();
    if (!answer.ok) return unhealthy(checkedAtMs, answer.error);
    const rttMs = Math.max(0, monotonicNow() - startedAt);
    return { checkedAtMs, ok: true, rttMs, error: null };
  }

  function check(): Promise<Health> {
    if (underWay) return underWay;
    cancelNext();
    const mine = generation;
    const current = ask().then((health) => {
      if (underWay === current) underWay = null;
      if (mine === generation && running) {
        last = health;
        cancelNext = clock.after(intervalMs, () => void check());
        changes.announce();
      }
      return health;
    });
    underWay = current;
    return current;
  }

  return {
    start() {
      if (running) return;
      running = true;
      generation += 1;
      last = null;
      underWay = null;
      void check();
    },
    stop() {
      running = false;
      generation += 1;
      cancelNext();
    },
    check,
    last: () => last,
    onDidChange: changes.add,
  };
}

function unhealthy(checkedAtMs: number, error: AppError): Health {
  return { checkedAtMs, ok: false, rttMs: null, error };
}
