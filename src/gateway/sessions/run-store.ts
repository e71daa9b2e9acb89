import type { GatewayDatabase } from './database.ts';
import type { Sender, TokenUsage } from './history-row.ts';

/**
 * The life of a run, as the database knows it:
 *
 *   queued ──> running ──> done | aborted | failed
 *     └──────────────────> aborted
 *
 * `queued` and `running` rows that a start finds are taken up again: an acknowledged message gets its answer.
 */
export type RunState = 'queued' | 'running' | 'done' | 'aborted' | 'failed';

export type RunRecord = {
  /** The idempotency key of the send (observed). */
  readonly runId: string;
  readonly sessionKey: string;
  readonly message: string;
  /** 1: never read as a slash command. */
  readonly plain: number;
  /** A {@link Sender} as JSON. */
  readonly sender: string;
  readonly state: RunState;
  /** How many times it was begun; more than once after a crash. */
  readonly attempts: number;
  readonly acceptedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly stopReason: string | null;
  readonly error: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
};

type NewRun = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly message: string;
  readonly plain: boolean;
  readonly sender: Sender;
  readonly acceptedAt: number;
};

export type RunEnd = {
  readonly state: 'done' | 'aborted' | 'failed';
  readonly endedAt: number;
  readonly stopReason: string;
  readonly error?: string;
  readonly usage?: TokenUsage;
};

/** Every accepted send and what became of it: the queue, and the memory of idempotency keys. */
export type RunStore = {
  find(runId: string): RunRecord | undefined;
  accept(run: NewRun): RunRecord;
  begin(runId: string, at: number, by: { provider: string; model: string }): void;
  end(runId: string, end: RunEnd): void;
  /** In the order of their sends. */
  queued(sessionKey: string): RunRecord[];
  /** Queued or running, oldest first: what a start takes up again. */
  unfinished(): RunRecord[];
  /** The newest run of a session that was begun. */
  latest(sessionKey: string): RunRecord | undefined;
  /** Inputs that are not in the transcript: queued ones, and those aborted while queued since `since`. */
  pendingInputs(sessionKey: string, since: number): RunRecord[];
  /** Forgets finished runs that ended before `before`. */
  prune(before: number): void;
};

const columns = `run_id AS runId, session_key AS sessionKey, message, plain, sender, state, attempts,
  accepted_at AS acceptedAt, started_at AS startedAt, ended_at AS endedAt, stop_reason AS stopReason, error,
  provider, model, input_tokens AS inputTokens, output_tokens AS outputTokens`;

export function createRunStore({ sql }: GatewayDatabase): RunStore {
  const find = sql.prepare(`SELECT ${columns} FROM runs WHERE run_id = ?`);
  const accept = sql.prepare(
    `INSERT INTO runs (run_id, session_key, message, plain, sender, state, accepted_at)
     VALUES (?, ?, ?, ?, ?, 'queued', ?) RETURNING ${columns}`,
  );
  const begin = sql.prepare(
    `UPDATE runs SET state = 'running', attempts = attempts + 1, started_at = ?, provider = ?, model = ?
     WHERE run_id = ?`,
  );
  const end = sql.prepare(
    `UPDATE runs SET state = ?, ended_at = ?, stop_reason = ?, error = ?, input_tokens = ?, output_tokens = ?
     WHERE run_id = ?`,
  );
  const queued = sql.prepare(
    `SELECT ${columns} FROM runs WHERE session_key = ? AND state = 'queued' ORDER BY position`,
  );
  const unfinished = sql.prepare(
    `SELECT ${columns} FROM runs WHERE state IN ('queued', 'running') ORDER BY position`,
  );
  const latest = sql.prepare(
    `SELECT ${columns} FROM runs WHERE session_key = ? AND started_at IS NOT NULL ORDER BY position DESC LIMIT 1`,
  );
  const pendingInputs = sql.prepare(
    `SELECT ${columns} FROM runs WHERE session_key = ? AND started_at IS NULL
     AND (state = 'queued' OR (state = 'aborted' AND ended_at >= ?)) ORDER BY position`,
  );
  const prune = sql.prepare('DELETE FROM runs WHERE ended_at < ?');

  // The table is STRICT, so the columns have the types of the record.
  return {
    find: (runId) => find.get(runId) as RunRecord | undefined,
    accept({ runId, sessionKey, message, plain, sender, acceptedAt }) {
      return accept.get(
        runId,
        sessionKey,
        message,
        plain ? 1 : 0,
        JSON.stringify(sender),
        acceptedAt,
      ) as RunRecord;
    },
    begin(runId, at, by) {
      begin.run(at, by.provider, by.model, runId);
    },
    end(runId, { state, endedAt, stopReason, error, usage }) {
      end.run(state, endedAt, stopReason, error ?? null, usage?.input ?? null, usage?.output ?? null, runId);
    },
    queued: (sessionKey) => queued.all(sessionKey) as RunRecord[],
    unfinished: () => unfinished.all() as RunRecord[],
    latest: (sessionKey) => latest.get(sessionKey) as RunRecord | undefined,
    pendingInputs: (sessionKey, since) => pendingInputs.all(sessionKey, since) as RunRecord[],
    prune(before) {
      prune.run(before);
    },
  };
}
