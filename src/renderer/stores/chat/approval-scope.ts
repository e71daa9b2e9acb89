import { z } from 'zod';

/** What the one that asks says about how far its action reaches (protocol 4). It is shown; it grants nothing. */
export const approvalScopeSchema = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('message-send'),
    target: z.string(),
    recipientCount: z.number(),
    /** Not always all of them. */
    recipients: z.array(z.string()).catch([]),
    audience: z.enum(['internal', 'external']).optional().catch(undefined),
  }),
  z.looseObject({
    kind: z.literal('payment'),
    amount: z.string(),
    currency: z.string(),
    target: z.string(),
  }),
  z.looseObject({
    kind: z.literal('external-post'),
    target: z.string(),
    visibility: z.enum(['public', 'restricted']),
  }),
  /** Of “always”: the automation's command runs without asking from then on. */
  z.looseObject({
    kind: z.literal('standing-grant'),
    automation: z.string(),
    /** Absent: until it is revoked. */
    expiresInDays: z.number().optional(),
  }),
]);
export type ApprovalScope = z.infer<typeof approvalScopeSchema>;
