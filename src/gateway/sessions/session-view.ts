import type { RunRecord, RunState, RunStore } from './run-store.ts';
import { MAIN_SESSION_KEY, parseSessionKey } from './session-key.ts';
import type { SessionRecord, SessionStore } from './session-store.ts';

/** One line of `sessions.list`, and the `session` of events (observed). */
type SessionRow = Record<string, unknown> & { readonly key: string };

export type SessionView = {
  /** Also for a session that does not exist yet: a row without dates. */
  row(key: string): SessionRow;
};

const statusOf: Record<RunState, string> = {
  queued: 'running',
  running: 'running',
  done: 'done',
  aborted: 'killed',
  failed: 'failed',
};

/** Reads the session tables into the words of the protocol. */
export function createSessionView(deps: {
  sessions: SessionStore;
  runs: RunStore;
  now: () => number;
  /** Runs of the session that have not ended, the active one first. */
  activeRunIds: (key: string) => string[];
  model: () => { provider: string; model: string } | null;
}): SessionView {
  return {
    row(key) {
      const record = deps.sessions.find(key);
      const run = deps.runs.latest(key);
      const activeRunIds = deps.activeRunIds(key);
      const model = deps.model();
      return {
        key,
        agentId: parseSessionKey(key).agentId,
        kind: 'direct',
        classification: key === MAIN_SESSION_KEY ? 'main' : 'direct',
        chatType: 'direct',
        isMain: key === MAIN_SESSION_KEY,
        isBackground: false,
        archived: false,
        pinned: false,
        unread: false,
        visibility: 'shared',
        effectiveQueueMode: 'steer',
        updatedAt: null,
        ...dates(record),
        ...(run === undefined ? {} : { ...outcome(run), estimatedCostUsd: deps.runs.cost(key) }),
        ...(model === null ? {} : { modelProvider: model.provider, model: model.model }),
        hasActiveRun: activeRunIds.length > 0,
        activeRunIds,
        snapshotAt: deps.now(),
      };
    },
  };
}

function dates(record: SessionRecord | undefined): object {
  if (record === undefined) return {};
  const { sessionId, createdAt, updatedAt, lastInteractionAt } = record;
  return { sessionId, createdAt, updatedAt, lastInteractionAt };
}

function outcome(run: RunRecord): object {
  const { startedAt, endedAt, inputTokens, outputTokens } = run;
  return {
    status: statusOf[run.state],
    abortedLastRun: run.state === 'aborted',
    startedAt,
    ...(endedAt === null
      ? {}
      : { endedAt, runtimeMs: startedAt === null ? null : endedAt - startedAt, lastRunId: run.runId }),
    ...(run.error === null ? {} : { lastRunError: run.error }),
    ...(inputTokens === null || outputTokens === null
      ? {}
      : { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens }),
  };
}
