import { z } from 'zod';
import { doctorStepSchema } from './doctor.ts';
import { versionedSnapshotSchema } from './snapshot.ts';

/**
 * All that a screen may hear. `snapshot` comes once on subscribing and then with every newer revision.
 * Relay and doctor events go only to the screen that asked.
 */
export const eventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('snapshot'), payload: versionedSnapshotSchema }),
  z.object({
    event: z.literal('doctor.step'),
    payload: z.object({ runId: z.string(), step: doctorStepSchema }),
  }),
  z.object({ event: z.literal('doctor.done'), payload: z.object({ runId: z.string() }) }),
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
