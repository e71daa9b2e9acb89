import { setImmediate } from 'node:timers/promises';
import { assertNever } from '../../shared/assert-never.ts';
import type { Sender } from '../sessions/history-row.ts';
import type { RunRecord } from '../sessions/run-store.ts';
import { type ActiveRun, type BegunRun, createRunExecution, type RunExecutionDeps } from './run-execution.ts';

/** A `chat.send` that passed its checks. `runId` is its idempotency key. */
type Send = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly message: string;
  readonly sender: Sender;
  /** Never read as a slash command. */
  readonly plain: boolean;
};

/** What the sender is told; `conflict`: the key was used for another message. It is on disk by then. */
type Accepted =
  | { readonly status: 'started' | 'in_flight' | 'ok' | 'conflict' }
  | {
      readonly status: 'timeout';
      readonly summary: 'aborted';
      readonly stopReason: string;
      readonly endedAt: number;
    }
  | { readonly status: 'error'; readonly summary: string };

type InFlightRun = { readonly runId: string; readonly text: string; readonly startedAt: number };

/** Runs: one at a time in each session, in the order of their sends. They do not depend on any connection. */
export type Runs = {
  /** Throws when it could not be written: then it was not accepted. */
  accept(send: Send): Accepted;
  /** Ends one run, or all of the session; queued ones too. Returns those that were ended. */
  abort(sessionKey: string, runId?: string): string[];
  inFlight(sessionKey: string): InFlightRun | undefined;
  /** The active run first, then the queued ones. */
  unfinishedIds(sessionKey: string): string[];
  /** Takes up what an earlier process left unfinished, and forgets what is long past. */
  resume(): void;
  /**
   * Ends active runs and keeps what they said so far; one that said nothing yet is begun again after the next
   * start.
   */
  stop(): Promise<void>;
};

/** A run that was cut off this often is not begun again: it may be what brings the process down. */
const MAX_ATTEMPTS = 2;

/** How long an idempotency key is remembered after its run. */
const REMEMBER_RUNS_MS = 7 * 24 * 60 * 60_000;

export function createRuns(deps: RunExecutionDeps): Runs {
  const { database, sessions, runs, events, clock, newId, logger, t } = deps;
  const execution = createRunExecution(deps);
  const active = new Map<string, ActiveRun>();
  const settling = new Set<Promise<unknown>>();
  let stopped = false;

  const launch = ({ run, row }: BegunRun, isNew: boolean) => {
    active.set(run.sessionKey, run);
    const settled = follow(run, row, isNew)
      .catch((thrown) => logger.error({ runId: run.runId, reason: String(thrown) }, 'a run fell over'))
      .finally(() => settling.delete(settled));
    settling.add(settled);
  };

  const follow = async (run: ActiveRun, row: BegunRun['row'], isNew: boolean) => {
    try {
      // Later in the loop, so that the acknowledgement leaves before the first event.
      await setImmediate();
      if (isNew) events.sessionChanged(run.sessionKey, { reason: 'send' });
      if (row !== null) events.message(run.sessionKey, row);
      await execution.execute(run);
    } finally {
      active.delete(run.sessionKey);
    }
    if (stopped) return;
    announceSettled(run);
    startNext(run.sessionKey);
  };

  const announceSettled = ({ sessionKey, runId }: { sessionKey: string; runId: string }) =>
    events.sessionChanged(sessionKey, { reason: 'agent.input.settled', phase: 'end', runId });

  const startNext = (sessionKey: string) => {
    if (active.has(sessionKey)) return;
    const [next] = runs.queued(sessionKey);
    if (next === undefined) return;
    launch(
      database.transaction(() => execution.begin(next)),
      false,
    );
  };

  const abortQueued = (run: RunRecord) => {
    runs.end(run.runId, { state: 'aborted', endedAt: clock.now(), stopReason: 'rpc' });
    const sessionId = sessions.find(run.sessionKey)?.sessionId ?? '';
    events.chat({ ...run, sessionId, seq: 0 }, { state: 'aborted', stopReason: 'rpc' });
    announceSettled(run);
  };

  return {
    accept(send) {
      const known = runs.find(send.runId);
      if (known !== undefined) return recall(known, send);
      const begun = database.transaction(() => {
        sessions.ensure(send.sessionKey, newId(), clock.now());
        sessions.touch(send.sessionKey, clock.now(), true);
        const accepted = runs.accept({ ...send, acceptedAt: clock.now() });
        return active.has(send.sessionKey) ? null : execution.begin(accepted);
      });
      if (begun !== null) launch(begun, true);
      else void setImmediate().then(() => events.sessionChanged(send.sessionKey, { reason: 'send' }));
      return { status: 'started' };
    },
    abort(sessionKey, runId) {
      const isMeant = (run: { runId: string }) => runId === undefined || runId === run.runId;
      const ended: string[] = [];
      const current = active.get(sessionKey);
      if (current !== undefined && current.abortOrigin === null && isMeant(current)) {
        current.abortOrigin = 'rpc';
        current.controller.abort();
        ended.push(current.runId);
      }
      for (const run of runs.queued(sessionKey).filter(isMeant)) {
        abortQueued(run);
        ended.push(run.runId);
      }
      return ended;
    },
    inFlight(sessionKey) {
      const run = active.get(sessionKey);
      if (run === undefined) return undefined;
      return { runId: run.runId, text: run.output.text, startedAt: run.startedAt };
    },
    unfinishedIds(sessionKey) {
      const current = active.get(sessionKey);
      const queued = runs.queued(sessionKey).map((run) => run.runId);
      return current === undefined ? queued : [current.runId, ...queued];
    },
    resume() {
      runs.prune(clock.now() - REMEMBER_RUNS_MS);
      const unfinished = runs.unfinished();
      for (const run of unfinished.filter(({ state }) => state === 'running')) {
        logger.info({ runId: run.runId, attempts: run.attempts }, 'a run was cut off');
        if (run.attempts < MAX_ATTEMPTS) {
          launch(
            database.transaction(() => execution.begin(run)),
            false,
          );
        } else {
          database.transaction(() => execution.giveUp(run, t('responder.modelError.interrupted')));
        }
      }
      for (const { sessionKey } of unfinished) startNext(sessionKey);
    },
    async stop() {
      stopped = true;
      for (const run of active.values()) {
        run.abortOrigin ??= 'shutdown';
        run.controller.abort();
      }
      await Promise.all(settling);
    },
  };
}

/** What a send with a known key is told (observed). */
function recall(known: RunRecord, send: Send): Accepted {
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
