import { z } from 'zod';
import { appErrorSchema } from '../shared/contract/app-error.ts';
import type { GatewayConfig } from './options.ts';

/** What a parent says to a Gateway process. `start` carries the secrets; they travel no other way. */
export type ParentMessage =
  | { readonly type: 'start'; readonly options: GatewayConfig }
  | { readonly type: 'stop'; readonly reason?: string | undefined };

/** What the process answers: `started` or `failed` to `start`; `stopped` just before it exits with 0. */
export const childMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('started'), url: z.string(), port: z.number().int() }),
  z.strictObject({ type: z.literal('failed'), error: appErrorSchema }),
  z.strictObject({ type: z.literal('stopped') }),
]);

export type ChildMessage = z.infer<typeof childMessageSchema>;
