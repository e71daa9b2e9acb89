import type { GatewayDatabase } from './database.ts';
import { resetRow } from './notice-rows.ts';
import { parseSessionKey } from './session-key.ts';
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
  /** Makes the session where it is missing. */
  save(key: string, settings: SessionSettings, reason: 'create' | 'patch'): SessionEntry;
  /** Ends what is being answered and what waits; resolves when nothing more is written. */
  endRuns(key: string): Promise<void>;
  /** Archives and empties the transcript; the session itself, its id and its settings stay. */
  reset(key: string): Promise<SessionEntry>;
  /** Archives the transcript and takes it back to before `seq`. Only while nothing is being answered. */
  rewind(key: string, seq: number): void;
  /** Archives the transcript and removes the session; null when there was none. */
  remove(key: string): Promise<{ readonly archived: readonly string[] } | null>;
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

  return {
    sessionId: (key) => sessions.find(key)?.sessionId,
    settings: (key) => settings.read(key),
    save(key, wanted, reason) {
      const entry = database.transaction(() => {
        const { record, settings: known } = ensured(key);
        const saved = { ...wanted, lifecycleRevision: wanted.lifecycleRevision ?? known.lifecycleRevision };
        settings.write(key, saved);
        sessions.touch(key, now(), false);
        return describeEntry({ ...record, updatedAt: now() }, saved);
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
        sessions.append(key, 'reset', (seq) => ({
          row: resetRow({ messageId: newId(), seq, at: now() }),
          text: '',
          inContext: false,
        }));
        sessions.touch(key, now(), false);
        return describeEntry({ ...record, updatedAt: now() }, saved);
      });
      deps.changed(key, 'reset');
      return entry;
    },
    rewind(key, seq) {
      database.transaction(() => {
        const { record, settings: known } = ensured(key);
        archive.keep(record, known, 'rewound');
        reader.clear(key, seq);
        settings.write(key, { ...known, lifecycleRevision: newId() });
        sessions.renew(key, newId());
        sessions.touch(key, now(), false);
      });
      deps.changed(key, 'rewind');
    },
    async remove(key) {
      const record = sessions.find(key);
      if (record === undefined) return null;
      await deps.endRuns(key);
      const path = database.transaction(() => {
        const kept = archive.keep(record, settings.read(key), 'deleted');
        sessions.remove(key);
        return kept;
      });
      deps.deleted({ sessionKey: key, sessionId: record.sessionId, agentId: parseSessionKey(key).agentId });
      return { archived: path === null ? [] : [path] };
    },
  };
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
