import type { Sender } from '../sessions/history-row.ts';
import type { RunOutcome } from './active-run.ts';
import type { Runs } from './runs.ts';

export type Question = {
  readonly message: string;
  readonly sessionKey: string;
  /** Idempotency key and run id. */
  readonly runId: string;
  readonly sender: Sender;
  readonly connId?: string;
  readonly deviceId?: string;
  readonly thinking?: string;
  /** Ends the run; its outcome is `aborted` then. */
  readonly signal?: AbortSignal;
  /** Hears the answer grow: the new text, then all of it. `replaced` when earlier text does not count any more. */
  readonly onText?: (step: { delta: string; text: string; replaced: boolean }) => void;
};

/**
 * One question and its answer, for callers that are no chat: HTTP endpoints, the `agent` method, channels. It
 * is a run like every other: in the transcript, in its session's turn, seen by all clients. Null when the
 * run id was used for another message.
 */
export function ask(runs: Runs, question: Question): Promise<RunOutcome> | null {
  const { runId, sessionKey, signal, onText, ...rest } = question;
  const unlisten = onText === undefined ? () => {} : runs.listen(runId, onText);
  const accepted = runs.accept({ ...rest, runId, sessionKey, plain: true, queueMode: 'turn' });
  const outcome = accepted.status === 'conflict' ? undefined : runs.outcome(runId);
  if (outcome === undefined) {
    unlisten();
    return null;
  }
  const onAbort = () => runs.abort(sessionKey, runId);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return outcome.finally(() => {
    unlisten();
    signal?.removeEventListener('abort', onAbort);
  });
}
