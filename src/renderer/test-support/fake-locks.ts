import type { PageLocks } from '../stores/chat/pages.ts';

/** Web Locks of a browser whose pages the test opens and closes. */
export function createFakeLocks() {
  type Waiting = { name: string; mode: LockMode; page: object; grant: () => void };
  let held: Waiting[] = [];
  let waiting: Waiting[] = [];

  function grantNext() {
    for (const next of waiting) {
      const others = [...held, ...waiting.slice(0, waiting.indexOf(next))].filter(
        ({ name }) => name === next.name,
      );
      if (others.some(({ mode }) => mode === 'exclusive' || next.mode === 'exclusive')) continue;
      waiting = waiting.filter((other) => other !== next);
      held = [...held, next];
      return next.grant();
    }
  }

  return {
    page(): { manager: PageLocks; close(): void } {
      const page = {};
      const request = (name: string, options: LockOptions, run: () => unknown) => {
        const { promise, resolve } = Promise.withResolvers<unknown>();
        const asked: Waiting = {
          name,
          mode: options.mode ?? 'exclusive',
          page,
          async grant() {
            grantNext();
            resolve(await run());
            held = held.filter((other) => other !== asked);
            grantNext();
          },
        };
        waiting = [...waiting, asked];
        queueMicrotask(grantNext);
        return promise;
      };
      const manager = {
        request: (name: string, ...rest: [() => unknown] | [LockOptions, () => unknown]) =>
          rest.length === 1 ? request(name, {}, rest[0]) : request(name, rest[0], rest[1]),
        query: async () => ({ held: held.map(({ name, mode }) => ({ name, mode })), pending: [] }),
      };
      return {
        manager: manager as PageLocks,
        close() {
          held = held.filter((lock) => lock.page !== page);
          waiting = waiting.filter((lock) => lock.page !== page);
          grantNext();
        },
      };
    },
  };
}
