/**
 *  starting ──listens, and the tailnet knows──> running ──stop──> stopping
 *
 * It listens in all three. Who comes in the first or the last is told when to come again.
 */
export type Phase = 'starting' | 'running' | 'stopping';
