import type { GatewayDatabase } from './database.ts';
import type { HistoryRow } from './history-row.ts';
import { RESET_RUN_ID, resetRow } from './notice-rows.ts';
import type { ReadTranscript } from './removed-transcripts.ts';
import { AGENT_ID, parseSessionKey } from './session-key.ts';
import type { SessionSettings, SessionSettingsStore } from './session-settings.ts';
import type { SessionRecord, SessionStore } from './session-store.ts';
import type { TranscriptArchive } from './transcript-archive.ts';
import type { TranscriptReader } from './transcript-reader.ts';

/** What methods answer about a session that they have changed (observed). */
export type SessionEntry = Record<string, unknown> & { readonly sessionId: string };

/** Changes sessions as a whole, and says so to those who watch. */
export type SessionCare = {
  sessionId(key: string): string | undefined;
  settings(key: string): SessionSettings;
  /** Makes the session where it is missing. `touches`: what changed is new in the session. */
  save(key: string, settings: SessionSettings, reason: 'create' | 'patch', touches?: boolean): SessionEntry;
  /** Ends what is being answered and what waits; resolves when nothing more is written. */
  endRuns(key: string): Promise<void>;
  /** Archives and empties the transcript; the session itself, its id and its settings stay. */
  reset(key: string): Promise<SessionEntry>;
  /** Archives the transcript and takes it back to before `seq`. Only while nothing is being answered. */
  rewind(key: string, seq: number): void;
  /** Archives the transcript and puts what it was once in its place. Only while nothing is being answered. */
  switchTo(key: string, rows: readonly HistoryRow[]): void;
  /**
   * Archives the transcript and removes the session; null when there was none. `keepTranscript`: the archive stays for good.
   */
  remove(key: string, keepTranscript: boolean): Promise<{ readonly archived: readonly string[] } | null>;
  /**
   * Brings back what was removed: under the key that it had, or under a new one where that is in use. What was answered
   * once is not answered again.
   */
  restore(removed: ReadTranscript): { readonly key: string; readonly entry: SessionEntry };
};

export type SessionCareDeps = {
  readonly database: GatewayDatabase;
  readonly sessions: SessionStore;
  readonly settings: SessionSettingsStore;
  readonly reader: TranscriptReader;
  readonly archive: TranscriptArchive;
  /** Ends all runs of a session; resolves when they are over. */
  readonly endRuns: (key: string) => Promise<void>;
  readonly changed: (key: string, reason: string) => void;
  readonly deleted: (gone: { sessionKey: string; sessionId: string; agentId: string }) => void;
  readonly now: () => number;
  readonly newId: () => string;
};

export function createSessionCare(deps: SessionCareDeps): SessionCare {
  const { database, sessions, settings, reader, archive, now, newId } = deps;

  const ensured = (key: string) => {
    const record = sessions.ensure(key, newId(), now());
    const known = settings.read(key);
    return { record, settings: { ...known, lifecycleRevision: known.lifecycleRevision ?? newId() } };
  };

  /** From `seq` on it is archived, and goes on with `rows`. */
  const takeBack = (key: string, seq: number, rows: readonly HistoryRow[]) =>
    database.transaction(() => {
      const { record, settings: known } = ensured(key);
      archive.keep(record, known, 'rewound');
      reader.clear(key, seq);
      settings.write(key, { ...known, lifecycleRevision: newId() });
      sessions.renew(key, newId());
      for (const row of rows) sessions.append(key, runIdOf(row), (at) => moved(row, at));
      sessions.touch(key, now(), false);
    });

  return {
    sessionId: (key) => sessions.find(key)?.sessionId,
    settings: (key) => settings.read(key),
    save(key, wanted, reason, touches = true) {
      const entry = database.transaction(() => {
        const { record, settings: known } = ensured(key);
        const saved = { ...wanted, lifecycleRevision: wanted.lifecycleRevision ?? known.lifecycleRevision };
        settings.write(key, saved);
        if (touches) sessions.touch(key, now(), false);
        return describeEntry(sessions.find(key) ?? record, saved);
      });
      deps.changed(key, reason);
      return entry;
    },
    endRuns: deps.endRuns,
    async reset(key) {
      await deps.endRuns(key);
      const entry = database.transaction(() => {
        const { record, settings: known } = ensured(key);
        const saved = { ...known, lifecycleRevision: newId() };
        archive.keep(record, known, 'reset');
        reader.clear(key);
        settings.write(key, saved);
        sessions.append(key, RESET_RUN_ID, (seq) => resetRow({ messageId: newId(), seq, at: now() }));
        sessions.touch(key, now(), false);
        return describeEntry({ ...record, updatedAt: now() }, saved);
      });
      deps.changed(key, 'reset');
      return entry;
    },
    rewind(key, seq) {
      takeBack(key, seq, []);
      deps.changed(key, 'rewind');
    },
    switchTo(key, rows) {
      takeBack(key, 0, rows);
      deps.changed(key, 'branch-switch');
    },
    async remove(key, keepTranscript) {
      const record = sessions.find(key);
      if (record === undefined) return null;
      await deps.endRuns(key);
      const path = database.transaction(() => {
        const kept = archive.keep(record, settings.read(key), keepTranscript ? 'kept' : 'deleted');
        sessions.remove(key);
        return kept;
      });
      deps.deleted({ sessionKey: key, sessionId: record.sessionId, agentId: parseSessionKey(key).agentId });
      return { archived: path === null ? [] : [path] };
    },
    restore({ key: formerKey, sessionId, createdAt, settings: former, rows }) {
      const { key: itsKey, agentId } = parseSessionKey(formerKey);
      const isFree = agentId === AGENT_ID && sessions.find(itsKey) === undefined;
      const key = isFree ? itsKey : `agent:${AGENT_ID}:dashboard:${newId()}`;
      const { label, archivedAt: _, ...others } = former;
      const entry = database.transaction(() => {
        const record = sessions.ensure(key, isFree ? sessionId : newId(), createdAt);
        // Another session may be called so by now.
        const isTaken = label === undefined || settings.labelled(label) !== undefined;
        const saved = { ...others, ...(isTaken ? {} : { label }), lifecycleRevision: newId() };
        settings.write(key, saved);
        for (const row of rows) sessions.append(key, runIdOf(row), (seq) => moved(row, seq));
        sessions.touch(key, now(), true);
        return describeEntry({ ...record, updatedAt: now() }, saved);
      });
      deps.changed(key, 'restore');
      return { key, entry };
    },
  };
}

/** The run that has written a row, as far as the row tells. */
function runIdOf(row: HistoryRow): string {
  if (row.role === 'system') return RESET_RUN_ID;
  return row.__openclaw.runId ?? ('idempotencyKey' in row ? row.idempotencyKey.replace(/:user$/, '') : '');
}

function moved<Row extends HistoryRow>(row: Row, seq: number): Row {
  return { ...row, __openclaw: { ...row.__openclaw, seq } };
}

function describeEntry(record: SessionRecord, settings: SessionSettings): SessionEntry {
  const { modelRef, ...decided } = settings;
  const slash = modelRef?.indexOf('/') ?? -1;
  return {
    sessionId: record.sessionId,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    ...decided,
    ...(modelRef === undefined
      ? { modelOverrideSource: 'default' }
      : {
          providerOverride: modelRef.slice(0, slash),
          modelOverride: modelRef.slice(slash + 1),
          modelOverrideSource: 'user',
        }),
  };
}
