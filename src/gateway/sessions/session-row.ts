import type { RunRecord, RunState } from './run-store.ts';
import { MAIN_SESSION_KEY, parseSessionKey } from './session-key.ts';
import type { SessionSettings } from './session-settings.ts';
import type { SessionRecord } from './session-store.ts';

/** One line of `sessions.list`, and the `session` of events (observed). */
export type SessionRow = Record<string, unknown> & { readonly key: string };

/** `contextWindow`: what it can hold, in tokens, where that is known. */
export type SessionModel = {
  readonly provider: string;
  readonly model: string;
  readonly contextWindow?: number | undefined;
};

export type SessionFacts = {
  readonly key: string;
  /** Undefined for a session that does not exist yet: its row has no dates. */
  readonly record: SessionRecord | undefined;
  readonly settings: SessionSettings;
  /** The newest run that was begun. */
  readonly run: RunRecord | undefined;
  /** Runs that have not ended, the active one first. */
  readonly activeRunIds: readonly string[];
  readonly costUsd: number;
  readonly model: SessionModel | null;
  readonly now: number;
};

const statusOf: Record<RunState, string> = {
  queued: 'running',
  running: 'running',
  done: 'done',
  aborted: 'killed',
  failed: 'failed',
};

export function sessionRow(facts: SessionFacts): SessionRow {
  const { key, record, settings, run, activeRunIds, model } = facts;
  const isMain = key === MAIN_SESSION_KEY;
  const { pinnedAt, archivedAt, markedUnreadAt, modelRef, label, displayName = label, ...more } = settings;
  const { lifecycleRevision, ...shown } = more;
  return {
    key,
    agentId: parseSessionKey(key).agentId,
    kind: 'direct',
    classification: isMain ? 'main' : 'direct',
    chatType: 'direct',
    isMain,
    isBackground: false,
    ...shown,
    ...(label === undefined ? {} : { label }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(pinnedAt === undefined ? {} : { pinnedAt }),
    ...(archivedAt === undefined ? {} : { archivedAt }),
    ...(markedUnreadAt === undefined ? {} : { markedUnreadAt }),
    archived: archivedAt !== undefined,
    pinned: pinnedAt !== undefined,
    unread: isUnread(facts),
    visibility: 'shared',
    effectiveQueueMode: 'steer',
    updatedAt: null,
    ...dates(record),
    ...(run === undefined ? {} : { ...outcome(run), estimatedCostUsd: facts.costUsd }),
    ...(model === null ? {} : { modelProvider: model.provider, model: model.model }),
    ...(model?.contextWindow === undefined ? {} : { contextTokens: model.contextWindow }),
    modelOverrideSource: modelRef === undefined ? null : 'user',
    hasActiveRun: activeRunIds.length > 0,
    activeRunIds,
    snapshotAt: facts.now,
  };
}

/** Said in it, or marked by somebody, since it was read (observed). */
function isUnread({ record, settings, run }: SessionFacts): boolean {
  if (settings.markedUnreadAt !== undefined) return true;
  if (record === undefined) return false;
  const activityAt = Math.max(record.lastInteractionAt, run?.endedAt ?? 0);
  return activityAt > (settings.lastReadAt ?? record.createdAt);
}

function dates(record: SessionRecord | undefined): object {
  if (record === undefined) return {};
  const { sessionId, createdAt, updatedAt, lastInteractionAt } = record;
  return { sessionId, createdAt, updatedAt, lastInteractionAt };
}

function outcome(run: RunRecord): object {
  const { startedAt, endedAt, inputTokens, outputTokens, contextTokens } = run;
  return {
    status: statusOf[run.state],
    abortedLastRun: run.state === 'aborted',
    startedAt,
    ...(endedAt === null
      ? {}
      : {
          endedAt,
          lastActivityAt: endedAt,
          runtimeMs: startedAt === null ? null : endedAt - startedAt,
          lastRunId: run.runId,
        }),
    ...(run.error === null ? {} : { lastRunError: run.error }),
    ...(inputTokens === null || outputTokens === null ? {} : { inputTokens, outputTokens }),
    // Not the sum of the calls, but how full the model was in the last (observed).
    ...(contextTokens === null ? {} : { totalTokens: contextTokens, totalTokensFresh: true }),
  };
}
