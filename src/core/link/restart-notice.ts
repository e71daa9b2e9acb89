import { z } from 'zod';
import type { GatewayEvent } from './link-attempt.ts';

/** That a Gateway goes in order to come back. */
export type RestartNotice = {
  /** When it means to be back, from the event on. */
  readonly expectedMs: number;
  /** Until then it is not given up. */
  readonly withinMs: number;
};

/** The real Gateway announces 1.5 s and needs eight on an idle computer. */
const MARGIN_MS = 30_000;
/** Whatever it announces. */
const LONGEST_MS = 10 * 60_000;

const restartSchema = z.object({ restartExpectedMs: z.number().nonnegative() });

/**
 * What a `shutdown` event says about a restart; null for every other event, and for a Gateway that ends for good. Close code
 * and reason are the same in both cases. Source: the `openclaw` package's docs/gateway/embedding.md.
 */
export function restartNoticeOf({ event, payload }: GatewayEvent): RestartNotice | null {
  const restart = event === 'shutdown' ? restartSchema.safeParse(payload) : null;
  if (!restart?.success) return null;
  const expectedMs = Math.min(restart.data.restartExpectedMs, LONGEST_MS);
  return { expectedMs, withinMs: expectedMs + MARGIN_MS };
}
