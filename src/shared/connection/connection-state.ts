import { z } from 'zod';
import { assertNever } from '../assert-never.ts';
import { appErrorSchema } from '../contract/app-error.ts';
import type { AppError } from '../errors.ts';

/** The rungs a person sees while a connection is made, in order. `localGateway` is Local mode's first, the SSH ones Remote's. */
const connectionStepSchema = z.enum([
  'localGateway',
  'port',
  'tcp',
  'hostKey',
  'authentication',
  'handshake',
]);

/**
 *            start                    open
 *  idle ──────────► connecting{step} ─────► connected ◄──► degraded{error}
 *   ▲                  │ lost               │ lost           │ lost
 *   │ stop             ▼                    ▼                ▼
 *   ├──────── reconnecting{attempt, retryAt, error} ◄────────┘
 *   └──────── failed{error}: permanent until somebody changes something or asks again
 */
export const connectionStateSchema = z.discriminatedUnion('tag', [
  z.object({ tag: z.literal('idle') }),
  z.object({ tag: z.literal('connecting'), step: connectionStepSchema }),
  z.object({ tag: z.literal('connected'), sinceMs: z.number() }),
  /** Connected, but the last health check failed or was late. */
  z.object({ tag: z.literal('degraded'), sinceMs: z.number(), error: appErrorSchema }),
  z.object({
    tag: z.literal('reconnecting'),
    attempt: z.number().int().positive(),
    /** Epoch milliseconds; null while an attempt is under way. */
    retryAt: z.number().nullable(),
    error: appErrorSchema,
  }),
  z.object({ tag: z.literal('failed'), error: appErrorSchema }),
]);

export type ConnectionState = z.infer<typeof connectionStateSchema>;
type ConnectionStep = z.infer<typeof connectionStepSchema>;

type Waiting = { attempt: number; retryAt: number; error: AppError };

/** What carries the bytes: the SSH tunnel, or the Gateway child of Local mode. */
export type TransportPhase =
  | { tag: 'off' }
  | { tag: 'starting'; step: ConnectionStep }
  | { tag: 'up' }
  | ({ tag: 'backingOff' } & Waiting)
  | { tag: 'failed'; error: AppError };

/** The operator connection over it. */
export type LinkPhase =
  | { tag: 'closed' }
  | { tag: 'connecting' }
  | { tag: 'open'; sinceMs: number }
  | ({ tag: 'waiting' } & Waiting)
  | { tag: 'failed'; error: AppError };

export type ConnectionFacts = {
  transport: TransportPhase;
  link: LinkPhase;
  /** Of the last health check; null when it passed or none was made since the link opened. */
  healthError: AppError | null;
  /** The last loss, so that an attempt under way can say what it recovers from. Null before the first one. */
  lastLoss: { attempt: number; error: AppError } | null;
};

/** The one state people see, computed from what is known below it. Pure. */
export function connectionStateOf({
  transport,
  link,
  healthError,
  lastLoss,
}: ConnectionFacts): ConnectionState {
  const underWay = (step: ConnectionStep): ConnectionState =>
    lastLoss ? { tag: 'reconnecting', retryAt: null, ...lastLoss } : { tag: 'connecting', step };

  switch (transport.tag) {
    case 'off':
      return { tag: 'idle' };
    case 'failed':
      return { tag: 'failed', error: transport.error };
    case 'starting':
      return underWay(transport.step);
    case 'backingOff':
      return {
        tag: 'reconnecting',
        attempt: transport.attempt,
        retryAt: transport.retryAt,
        error: transport.error,
      };
    case 'up':
      break;
    default:
      return assertNever(transport);
  }

  switch (link.tag) {
    case 'closed':
    case 'connecting':
      return underWay('handshake');
    case 'waiting':
      return { tag: 'reconnecting', attempt: link.attempt, retryAt: link.retryAt, error: link.error };
    case 'failed':
      return { tag: 'failed', error: link.error };
    case 'open':
      return healthError
        ? { tag: 'degraded', sinceMs: link.sinceMs, error: healthError }
        : { tag: 'connected', sinceMs: link.sinceMs };
    default:
      return assertNever(link);
  }
}
