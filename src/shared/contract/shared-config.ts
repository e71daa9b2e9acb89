import { z } from 'zod';

/** `share`: what this connection would be in `openclaw.json`. `undo`: back to before the last write. */
const whatSchema = z.enum(['share', 'undo']);

const planSchema = z.object({
  file: z.string(),
  /** Unified, secrets masked; empty where nothing would change. */
  diff: z.string(),
  /** Names exactly this change; only what was shown can be written. */
  id: z.string(),
});

export const sharedConfigRequests = {
  'sharedConfig.plan': { params: z.strictObject({ what: whatSchema }), result: planSchema },
  /** CONFIG_CONFLICT where the change would no longer be the one that was shown. */
  'sharedConfig.apply': {
    params: z.strictObject({ what: whatSchema, id: z.string().max(128) }),
    result: z.object({ written: z.boolean(), backup: z.string().nullable() }),
  },
} as const;

export type SharedConfigChange = z.infer<typeof whatSchema>;
export type SharedConfigPlan = z.infer<typeof planSchema>;
