export type Backoff = { readonly initialMs: number; readonly maxMs: number; readonly factor: number };

/** From 0.2 s to 30 s. */
const defaultBackoff: Backoff = { initialMs: 200, maxMs: 30_000, factor: 2 };

/**
 * Milliseconds to wait before retry number `attempt` (1 for the first). Half of it is jitter, so that many
 * clients of one host do not come back in the same instant. `random` is in [0, 1).
 */
export function backoffDelayMs(attempt: number, random: number, backoff: Backoff = defaultBackoff): number {
  const ceiling = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (attempt - 1));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
