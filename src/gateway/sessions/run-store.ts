import type { GatewayDatabase } from './database.ts';
import type { MediaFact, Sender } from './history-row.ts';
import type { TokenUsage } from './row-parts.ts';

/**
 * The life of a run, as the database knows it:
 *
 *   queued ──> running ──> done | aborted | failed
 *     └──────────────────> aborted
 *
 * `queued` and `running` rows that a start finds are taken up again: an acknowledged message gets its answer.
 */
export type RunState = 'queued' | 'running' | 'done' | 'aborted' | 'failed';

/** What becomes of a message that arrives while its session is busy (documented; the first is the default). */
export const queueModes = ['steer', 'followup', 'collect', 'interrupt'] as const;

/** `turn`: nobody chose; a program waits for the answer under this very run id. */
export type QueueMode = (typeof queueModes)[number] | 'turn';

export type RunRecord = {
  /** The idempotency key of the send (observed). */
  readonly runId: string;
  readonly sessionKey: string;
  readonly message: string;
  /** 1: never read as a slash command. */
  readonly plain: number;
  /** A {@link Sender} as JSON. */
  readonly sender: string;
  /** The connection and the paired device that sent it. */
  readonly connId: string | null;
  readonly deviceId: string | null;
  readonly queueMode: QueueMode;
  /** What came along with the message, {@link MediaFact}s as JSON. */
  readonly media: string;
  /** The thinking level for this message alone. */
  readonly thinking: string | null;
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
  readonly costUsd: number | null;
  /** What the last call of the model was given to read, in tokens. */
  readonly contextTokens: number | null;
};

type NewRun = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly message: string;
  readonly plain: boolean;
  readonly sender: Sender;
  readonly connId: string | null;
  readonly deviceId: string | null;
  readonly queueMode: QueueMode;
  readonly media: readonly MediaFact[];
  readonly thinking: string | null;
  readonly acceptedAt: number;
};

export const mediaOf = (run: RunRecord) => JSON.parse(run.media) as MediaFact[];

export type RunEnd = {
  readonly state: 'done' | 'aborted' | 'failed';
  readonly endedAt: number;
  readonly stopReason: string;
  readonly error?: string;
  readonly usage?: TokenUsage;
  readonly contextTokens?: number | null;
  /** Who answered in the end; absent: who was asked first. */
  readonly by?: { readonly provider: string; readonly model: string };
};

/** Every accepted send and what became of it: the queue, and the memory of idempotency keys. */
export type RunStore = {
  find(runId: string): RunRecord | undefined;
  accept(run: NewRun): RunRecord;
  /** A queued message gets its answer from a run of its own: a copy with another id. */
  copy(run: RunRecord, runId: string): RunRecord;
  begin(runId: string, at: number, by: { provider: string; model: string }): void;
  end(runId: string, end: RunEnd): void;
  /** In the order of their sends, but those that interrupted come first. */
  queued(sessionKey: string): RunRecord[];
  /** Queued or running, oldest first: what a start takes up again. */
  unfinished(): RunRecord[];
  /** The newest run of a session that was begun, one that is on before all that are over. */
  latest(sessionKey: string): RunRecord | undefined;
  /** Inputs that are not in the transcript: queued ones, and those aborted while queued since `since`. */
  pendingInputs(sessionKey: string, since: number): RunRecord[];
  /** US dollars that the session's remembered runs have cost. */
  cost(sessionKey: string): number;
  /** Forgets finished runs that ended before `before`. */
  prune(before: number): void;
};

/** The columns of a {@link RunRecord}. */
export const runColumns = `run_id AS runId, session_key AS sessionKey, message, plain, sender, conn_id AS connId,
  device_id AS deviceId, queue_mode AS queueMode, media, thinking, state, attempts,
  accepted_at AS acceptedAt, started_at AS startedAt, ended_at AS endedAt, stop_reason AS stopReason, error,
  provider, model, input_tokens AS inputTokens, output_tokens AS outputTokens,
  cost_usd AS costUsd, context_tokens AS contextTokens`;

export function createRunStore({ sql }: GatewayDatabase): RunStore {
  const find = sql.prepare(`SELECT ${runColumns} FROM runs WHERE run_id = ?`);
  const accept = sql.prepare(
    `INSERT INTO runs (run_id, session_key, message, plain, sender, conn_id, device_id, queue_mode, media, thinking,
       state, accepted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?) RETURNING ${runColumns}`,
  );
  const copy = sql.prepare(
    `INSERT INTO runs (run_id, session_key, message, plain, sender, conn_id, device_id, queue_mode, media, thinking,
       state, accepted_at)
     SELECT ?, session_key, message, plain, sender, conn_id, device_id, 'turn', media, thinking, 'queued', accepted_at
     FROM runs WHERE run_id = ? RETURNING ${runColumns}`,
  );
  const begin = sql.prepare(
    `UPDATE runs SET state = 'running', attempts = attempts + 1, started_at = ?, provider = ?, model = ?
     WHERE run_id = ?`,
  );
  const end = sql.prepare(
    `UPDATE runs SET state = ?, ended_at = ?, stop_reason = ?, error = ?, input_tokens = ?, output_tokens = ?,
       cost_usd = ?, context_tokens = ?, provider = coalesce(?, provider), model = coalesce(?, model)
     WHERE run_id = ?`,
  );
  const queued = sql.prepare(
    `SELECT ${runColumns} FROM runs WHERE session_key = ? AND state = 'queued'
     ORDER BY queue_mode = 'interrupt' DESC, position`,
  );
  const unfinished = sql.prepare(
    `SELECT ${runColumns} FROM runs WHERE state IN ('queued', 'running') ORDER BY position`,
  );
  const latest = sql.prepare(
    `SELECT ${runColumns} FROM runs WHERE session_key = ? AND started_at IS NOT NULL
     ORDER BY state = 'running' DESC, position DESC LIMIT 1`,
  );
  const pendingInputs = sql.prepare(
    `SELECT ${runColumns} FROM runs WHERE session_key = ? AND started_at IS NULL
     AND (state = 'queued' OR (state = 'aborted' AND ended_at >= ?)) ORDER BY position`,
  );
  const cost = sql.prepare('SELECT coalesce(sum(cost_usd), 0) AS cost FROM runs WHERE session_key = ?');
  const prune = sql.prepare('DELETE FROM runs WHERE ended_at < ?');

  // The table is STRICT, so the columns have the types of the record.
  return {
    find: (runId) => find.get(runId) as RunRecord | undefined,
    accept(run) {
      return accept.get(
        run.runId,
        run.sessionKey,
        run.message,
        run.plain ? 1 : 0,
        JSON.stringify(run.sender),
        run.connId,
        run.deviceId,
        run.queueMode,
        JSON.stringify(run.media),
        run.thinking,
        run.acceptedAt,
      ) as RunRecord;
    },
    copy: (run, runId) => copy.get(runId, run.runId) as RunRecord,
    begin(runId, at, by) {
      begin.run(at, by.provider, by.model, runId);
    },
    end(runId, { state, endedAt, stopReason, error, usage, contextTokens, by }) {
      end.run(
        state,
        endedAt,
        stopReason,
        error ?? null,
        usage?.input ?? null,
        usage?.output ?? null,
        usage?.cost ?? null,
        contextTokens ?? null,
        by?.provider ?? null,
        by?.model ?? null,
        runId,
      );
    },
    queued: (sessionKey) => queued.all(sessionKey) as RunRecord[],
    unfinished: () => unfinished.all() as RunRecord[],
    latest: (sessionKey) => latest.get(sessionKey) as RunRecord | undefined,
    pendingInputs: (sessionKey, since) => pendingInputs.all(sessionKey, since) as RunRecord[],
    cost: (sessionKey) => Number(cost.get(sessionKey)?.cost ?? 0),
    prune(before) {
      prune.run(before);
    },
  };
}
