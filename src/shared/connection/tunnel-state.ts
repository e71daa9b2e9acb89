import { z } from 'zod';
import { appErrorSchema } from '../contract/app-error.ts';

/**
 *            start                    ready
 *  stopped ────────► starting{step} ────────► up{localPort}
 *     ▲                 │     ▲                  │ lost
 *     │ stop            │     │ due              ▼
 *     ├──────────── failed    └──────── backingOff{attempt, retryAt}
 *     └─────────────── (from every state) ───────┘
 *
 * `failed` is permanent until somebody changes something and asks again.
 * The local listener is up in every state but `stopped` (and `failed` where the port itself was refused).
 */
export const tunnelStateSchema = z.discriminatedUnion('tag', [
  z.object({ tag: z.literal('stopped') }),
  z.object({ tag: z.literal('starting'), step: z.enum(['port', 'tcp', 'hostKey', 'authentication']) }),
  z.object({
    tag: z.literal('up'),
    localPort: z.number().int(),
    /** `service`: the persistent tunnel, which was running and is used as it is. */
    owner: z.enum(['app', 'service']),
    sinceMs: z.number(),
    /** The server has not answered since then, and a second connection is tried; null while it answers. */
    suspectSinceMs: z.number().nullable(),
  }),
  z.object({
    tag: z.literal('backingOff'),
    /** 1 for the first retry. */
    attempt: z.number().int().positive(),
    /** Epoch milliseconds. */
    retryAt: z.number(),
    error: appErrorSchema,
  }),
  z.object({ tag: z.literal('failed'), error: appErrorSchema }),
]);

export type TunnelState = z.infer<typeof tunnelStateSchema>;
