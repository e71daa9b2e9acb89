import { z } from 'zod';
import { appErrorSchema } from './app-error.ts';
import { eventSchema } from './events.ts';

/**
 * The browser edge's carrier. POST `/session` with `{ticket}` gives `{secret}`, once; then one WebSocket on
 * `/bridge`, whose first frame is `hello` with the secret. Text frames, one JSON object each.
 */
export const BRIDGE_PATH = '/bridge';
export const SESSION_PATH = '/session';

/** Close codes of the bridge, in the range left to applications. */
export const bridgeClose = { unauthorized: 4401, badFrame: 4400, goingAway: 1001 } as const;

export const sessionRequestSchema = z.strictObject({ ticket: z.string().max(256) });
export const sessionResponseSchema = z.object({ secret: z.string() });

export const bridgeClientFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), secret: z.string().max(256) }),
  z.strictObject({
    type: z.literal('request'),
    id: z.number().int(),
    method: z.string().max(64),
    params: z.unknown(),
  }),
]);

const resultSchema = z.union([
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: appErrorSchema }),
]);

export const bridgeServerFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('response'), id: z.number().int(), result: resultSchema }),
  z.object({ type: z.literal('event'), event: eventSchema }),
]);

export type BridgeClientFrame = z.infer<typeof bridgeClientFrameSchema>;
export type BridgeServerFrame = z.infer<typeof bridgeServerFrameSchema>;
