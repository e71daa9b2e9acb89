import type { Clock } from '../clock.ts';

/**
 * The promise, or what `late()` returns or throws after `ms`. Rejects with the signal's reason when it fires. What comes later is dropped:
 * whoever started the work also ends it.
 */
export function within<T>(
  work: Promise<T>,
  { clock, ms, signal, late }: { clock: Clock; ms: number; signal: AbortSignal; late: () => T },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => settle(() => resolve(Promise.resolve().then(late))));
    const abort = () => settle(() => reject(signal.reason));
    const settle = (run: () => void) => {
      cancel();
      signal.removeEventListener('abort', abort);
      run();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** Resolves after `ms`; rejects with the signal's reason when it fires. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return within(new Promise<void>(() => {}), { clock, ms, signal, late: () => undefined });
}
