import type { GatewayDatabase } from './database.ts';

/** What people decided about one session. What is absent was not decided. */
export type SessionSettings = {
  readonly label?: string;
  readonly displayName?: string;
  readonly icon?: string;
  readonly color?: string;
  readonly category?: string;
  readonly statusNote?: string;
  readonly attention?: string;
  readonly pinnedAt?: number;
  readonly archivedAt?: number;
  readonly lastReadAt?: number;
  readonly markedUnreadAt?: number;
  /** `provider/model` */
  readonly modelRef?: string;
  readonly thinkingLevel?: string;
  readonly fastMode?: boolean | 'auto';
  readonly verboseLevel?: string;
  readonly traceLevel?: string;
  readonly reasoningLevel?: string;
  readonly responseUsage?: string;
  readonly parentSessionKey?: string;
  /** Changes with every reset: what was read before no longer goes together with what is read after. */
  readonly lifecycleRevision?: string;
};

export type SessionSettingsStore = {
  read(key: string): SessionSettings;
  /** The session must exist; its settings go with it. */
  write(key: string, settings: SessionSettings): void;
  /** The session that has this label. */
  labelled(label: string): string | undefined;
};

export function createSessionSettings({ sql }: GatewayDatabase): SessionSettingsStore {
  const read = sql.prepare('SELECT settings FROM session_settings WHERE session_key = ?');
  const write = sql.prepare(
    `INSERT INTO session_settings (session_key, settings) VALUES (?, ?)
     ON CONFLICT (session_key) DO UPDATE SET settings = excluded.settings`,
  );
  const labelled = sql.prepare(
    `SELECT session_key AS key FROM session_settings WHERE json_extract(settings, '$.label') = ? LIMIT 1`,
  );
  return {
    read(key) {
      const row = read.get(key);
      return row === undefined ? {} : (JSON.parse(String(row.settings)) as SessionSettings);
    },
    write(key, settings) {
      write.run(key, JSON.stringify(settings));
    },
    labelled(label) {
      const row = labelled.get(label);
      return row === undefined ? undefined : String(row.key);
    },
  };
}
