import { z } from 'zod';

const nothing = z.strictObject({});

/** What stands where a shell would find `chela`, and what it would run on. */
const commandStateSchema = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('unavailable'),
    /** `absent`: this Chela has no built command. `temporary`: its files lie elsewhere at its next start. */
    reason: z.enum(['absent', 'temporary']),
  }),
  z.object({
    /** `elsewhere`: a link to another Chela. `taken`: somebody else's file. */
    state: z.enum(['linked', 'notLinked', 'elsewhere', 'taken']),
    path: z.string(),
    isOnPath: z.boolean(),
    /** The line for a shell's start-up file; null where it needs none. */
    pathLine: z.string().nullable(),
    node: z.enum(['good', 'old', 'missing']),
    nodeVersion: z.string().nullable(),
  }),
]);

export const commandRequests = {
  'command.state': { params: nothing, result: commandStateSchema },
  /** Answers the state after it. LINK_TAKEN, LINK_UNWRITABLE; NOT_AVAILABLE where there is nothing to link. */
  'command.link': { params: nothing, result: commandStateSchema },
  'command.unlink': { params: nothing, result: commandStateSchema },
} as const;

export type CommandState = z.infer<typeof commandStateSchema>;
