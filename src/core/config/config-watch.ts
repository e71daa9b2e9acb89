import { type FSWatcher, watch } from 'chokidar';
import type { Clock } from '../clock.ts';
import { createListeners } from '../listeners.ts';

/** A program that saves a file touches it more than once: the truncated half of a write is nobody's business. */
const QUIET_MS = 150;

export type ConfigWatch = {
  /** Watches exactly these files from now on, absolute; they need not be there, nor their directories. */
  follow(files: readonly string[]): void;
  /** Once per burst of changes: written in place, renamed over, appeared or gone. */
  onDidChange(listener: () => void): () => void;
  stop(): Promise<void>;
};

/** Tells when other programs have changed a file. Inert until the first `follow`. */
export function createConfigWatch(clock: Pick<Clock, 'after'>): ConfigWatch {
  const changes = createListeners<void>();
  let watcher: FSWatcher | null = null;
  let followed: ReadonlySet<string> = new Set();
  let cancel: (() => void) | null = null;

  function touched(): void {
    cancel?.();
    cancel = clock.after(QUIET_MS, () => changes.announce());
  }

  return {
    follow(files) {
      const wanted = new Set(files);
      watcher ??= watch([], { ignoreInitial: true, persistent: false, depth: 0 })
        .on('add', touched)
        .on('change', touched)
        .on('unlink', touched)
        // A directory that may not be watched: the file is still read whenever something else asks for it.
        .on('error', () => undefined);
      watcher.unwatch([...followed].filter((file) => !wanted.has(file)));
      watcher.add([...wanted].filter((file) => !followed.has(file)));
      followed = wanted;
    },
    onDidChange: (listener) => changes.add(listener),
    async stop() {
      cancel?.();
      changes.clear();
      await watcher?.close();
      watcher = null;
      followed = new Set();
    },
  };
}
