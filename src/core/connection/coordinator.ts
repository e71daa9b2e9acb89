import { isDeepStrictEqual } from 'node:util';
import type { Plan } from './plan.ts';

/** One way to a Gateway, from its start to its stop. Its state is told by whoever made it. */
export type Route = {
  start(): void;
  /** Settles all that is pending; resolves when every socket and child is gone. */
  stop(): Promise<void>;
};

export type Coordinator<R extends Route> = {
  /** Brings the plan about after what is under way; of several waiting plans only the last is done. Null: no connection. */
  apply(plan: Plan | null): void;
  /** The route that carries out the last plan, or null while there is none: the old one no longer counts. */
  current(): R | null;
  /** Resolves when no change is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
};

/** Orders changes of the connection: one at a time, the last request wins. Does no I/O of its own. */
export function createCoordinator<R extends Route>(makeRoute: (plan: Plan) => R): Coordinator<R> {
  let wanted: Plan | null = null;
  let applied: Plan | null = null;
  let route: R | null = null;
  let work = Promise.resolve();
  let stopped = false;

  /** Queued once per request; looks at what is wanted when its turn comes, so overtaken requests do nothing. */
  async function step(): Promise<void> {
    if (isDeepStrictEqual(wanted, applied)) return;
    const old = route;
    route = null;
    await old?.stop();
    applied = wanted;
    if (applied === null) return;
    route = makeRoute(applied);
    route.start();
  }

  function request(plan: Plan | null): Promise<void> {
    wanted = plan;
    work = work.then(step);
    return work;
  }

  return {
    apply(plan) {
      if (!stopped) void request(plan);
    },
    current: () => (isDeepStrictEqual(wanted, applied) ? route : null),
    settled: () => work,
    stop() {
      stopped = true;
      return request(null);
    },
  };
}
