import { z } from 'zod';
import { type AppError, appErrorSchema } from '../errors.ts';
import { assertNever } from '../assert-never.ts';

/** The rungs a person sees while a connection is made, in order. `localGateway` is Local mode's first, `tunnel*` Remote's. */
export const connectionStepSchema = z.enum([
  'localGateway',
  'port',
  'tcp',
  'hostKey',
  'authentication',
  'handshake',
  'health',
]);

/**
 *          begin                     hello
 *  idle ──────────► connecting{step} ─────► connected ◄──► degraded{error}
 *   ▲                  │ lost  ▲               │ lost         │ lost
 *   │ end              ▼       │ step          ▼              ▼
 *   │             reconnecting{attempt, retryAt, error} ◄─────┘
 *   └── (from every state)          failed{error}: permanent, from every state but idle
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
export type ConnectionStep = z.infer<typeof connectionStepSchema>;

export type ConnectionEvent =
  | { type: 'begin'; step: ConnectionStep }
  | { type: 'step'; step: ConnectionStep }
  | { type: 'hello'; atMs: number }
  | { type: 'healthy' }
  | { type: 'unhealthy'; error: AppError }
  | { type: 'lost'; attempt: number; retryAt: number | null; error: AppError }
  | { type: 'failed'; error: AppError }
  | { type: 'end' };

/** Pure. An event that makes no sense in a state leaves the state as it is (the same object). */
export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.type) {
    case 'begin':
      return { tag: 'connecting', step: event.step };
    case 'step':
      // A reconnect stays `reconnecting` for the person; its steps are not a first connect.
      if (state.tag === 'connecting') return { tag: 'connecting', step: event.step };
      if (state.tag === 'reconnecting') return state.retryAt === null ? state : { ...state, retryAt: null };
      return state;
    case 'hello':
      return state.tag === 'idle' ? state : { tag: 'connected', sinceMs: event.atMs };
    case 'healthy':
      return state.tag === 'degraded' ? { tag: 'connected', sinceMs: state.sinceMs } : state;
    case 'unhealthy':
      if (state.tag !== 'connected' && state.tag !== 'degraded') return state;
      return { tag: 'degraded', sinceMs: state.sinceMs, error: event.error };
    case 'lost':
      if (state.tag === 'idle' || state.tag === 'failed') return state;
      return { tag: 'reconnecting', attempt: event.attempt, retryAt: event.retryAt, error: event.error };
    case 'failed':
      return state.tag === 'idle' ? state : { tag: 'failed', error: event.error };
    case 'end':
      return { tag: 'idle' };
    default:
      return assertNever(event);
  }
}
