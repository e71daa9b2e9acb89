import { assertNever } from '../../shared/assert-never.ts';
import type { RunRecord } from '../sessions/run-store.ts';
import type { RunOutcome } from './active-run.ts';

/** What a sender is told; `conflict`: the key was used for another message. It is on disk by then. */
export type Accepted =
  | { readonly status: 'started'; readonly interruptedActiveRun?: true }
  | { readonly status: 'in_flight' | 'ok' | 'conflict' }
  | {
      readonly status: 'timeout';
      readonly summary: 'aborted';
      readonly stopReason: string;
      readonly endedAt: number;
    }
  | { readonly status: 'error'; readonly summary: string };

/** What a send with a known key is told (observed). */
export function recall(known: RunRecord, send: { message: string; sessionKey: string }): Accepted {
  if (known.message !== send.message || known.sessionKey !== send.sessionKey) return { status: 'conflict' };
  switch (known.state) {
    case 'queued':
    case 'running':
      return { status: 'in_flight' };
    case 'done':
      return { status: 'ok' };
    case 'aborted': {
      const { stopReason, endedAt, acceptedAt } = known;
      return {
        status: 'timeout',
        summary: 'aborted',
        stopReason: stopReason ?? 'rpc',
        endedAt: endedAt ?? acceptedAt,
      };
    }
    case 'failed':
      return { status: 'error', summary: known.error ?? '' };
    default:
      return assertNever(known.state);
  }
}

/** Null while the run goes on. The text of a past run stands in the transcript and not here. */
export function outcomeOf(run: RunRecord): RunOutcome | null {
  const { acceptedAt, stopReason, error } = run;
  const endedAt = run.endedAt ?? acceptedAt;
  switch (run.state) {
    case 'queued':
    case 'running':
      return null;
    case 'done':
      return {
        status: 'ok',
        text: '',
        stopReason: stopReason ?? 'stop',
        usage: {
          input: run.inputTokens ?? 0,
          output: run.outputTokens ?? 0,
          cacheRead: 0,
          cacheWrite: 0,
          cost: run.costUsd ?? 0,
        },
        provider: run.provider ?? '',
        model: run.model ?? '',
        sessionId: '',
        startedAt: run.startedAt ?? acceptedAt,
        endedAt,
      };
    case 'aborted':
      return { status: 'aborted', text: '', stopReason: stopReason ?? 'rpc', endedAt };
    case 'failed':
      return { status: 'error', message: error ?? '', endedAt };
    default:
      return assertNever(run.state);
  }
}
