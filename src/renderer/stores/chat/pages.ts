/** Of `navigator.locks`; a browser lets go of what a page held when it is closed, reloaded or crashes. */
export type PageLocks = Pick<LockManager, 'request' | 'query'>;

export type PagesOptions = {
  /** Names this page; no other one ever has the same. */
  id: string;
  /** Null where the browser has none: then every other page counts as gone. */
  locks: PageLocks | null;
  /** Tells the pages that are open of one that comes; null as above. */
  channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | null;
};

/** The pages of one browser that show the chat, of which each has words of its own. */
export type Pages = {
  readonly me: string;
  /** From now on the others know that this one is there; `onDidLeave` is called when one of them is gone. */
  enter(onDidLeave: () => void): Promise<void>;
  /** Those that are there, this one too. */
  present(): Promise<ReadonlySet<string>>;
};

const prefix = 'chela.page.';

export function createPages({ id, locks, channel }: PagesOptions): Pages {
  async function present(): Promise<ReadonlySet<string>> {
    const { held = [] } = (await locks?.query().catch(() => null)) ?? {};
    // A shared one is somebody who waits for that page's end.
    const names = held.flatMap(({ name, mode }) => (mode === 'exclusive' && name ? [name] : []));
    return new Set(names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)));
  }

  return {
    me: id,
    present,
    async enter(onDidLeave) {
      if (!locks) return;
      const { promise: entered, resolve } = Promise.withResolvers<void>();
      const held = locks.request(prefix + id, () => {
        resolve();
        return new Promise(() => undefined);
      });
      // Where locks are forbidden, this page does without.
      await Promise.race([entered, held.catch(() => undefined)]);
      const watch = (other: string) =>
        void locks
          .request(prefix + other, { mode: 'shared' }, () => undefined)
          .then(onDidLeave, () => undefined);
      channel?.addEventListener('message', ({ data }) => typeof data === 'string' && watch(data));
      channel?.postMessage(id);
      for (const other of await present()) if (other !== id) watch(other);
    },
  };
}
