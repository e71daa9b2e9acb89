export type Listeners<T> = {
  add(listener: (value: T) => void): () => void;
  announce(value: T): void;
  clear(): void;
};

/** The `onDidX` of a room: announces state that has already changed. */
export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce(value) {
      for (const listener of [...listeners]) listener(value);
    },
    clear: () => listeners.clear(),
  };
}
