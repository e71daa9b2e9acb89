import { z } from 'zod';
import { versionedSnapshotSchema } from './snapshot.ts';

/**
 * All that a screen may hear. `snapshot` comes once on subscribing and then with every newer revision.
 * Relay events go only to the screen that opened the relay.
 */
export const eventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('snapshot'), payload: versionedSnapshotSchema }),
  z.object({ event: z.literal('relay.opened'), payload: z.object({ relayId: z.string() }) }),
  z.object({
    event: z.literal('relay.message'),
    payload: z.object({ relayId: z.string(), data: z.string() }),
  }),
  z.object({
    event: z.literal('relay.closed'),
    payload: z.object({ relayId: z.string(), code: z.number().int(), reason: z.string() }),
  }),
]);

export type ContractEvent = z.infer<typeof eventSchema>;
