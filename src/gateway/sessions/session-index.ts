import type { GatewayDatabase } from './database.ts';
import type { RunRecord } from './run-store.ts';
import { runColumns } from './run-store.ts';
import type { SessionSettings } from './session-settings.ts';
import type { SessionRecord } from './session-store.ts';

/** What `sessions.list` asks for. Absent: no condition. */
type IndexQuery = {
  readonly limit: number;
  readonly offset: number;
  readonly sortBy: 'updatedAt' | 'lastInteractionAt';
  readonly archived: boolean | 'all';
  readonly updatedSince?: number | undefined;
  readonly label?: string | undefined;
  /** Looked for in keys, labels, the first question and the last words; case does not matter. */
  readonly search?: string | undefined;
  readonly withTexts: boolean;
};

export type IndexEntry = {
  readonly record: SessionRecord;
  readonly settings: SessionSettings;
  readonly run: RunRecord | undefined;
  readonly activeRunIds: readonly string[];
  readonly costUsd: number;
  readonly last: string | undefined;
  readonly firstUser: string | undefined;
};

/** All sessions in one query, however many there are. */
export type SessionIndex = {
  /** By change, the pinned ones come first, the last one that was pinned before the others (observed). */
  page(query: IndexQuery): { entries: IndexEntry[]; total: number };
  /** How many there are, and the newest. Kept until anything in the database changes: `health` asks often. */
  recent(limit: number): { total: number; recent: readonly { key: string; updatedAt: number }[] };
};

const newest = '(SELECT text FROM messages WHERE session_key = s.key ORDER BY seq DESC LIMIT 1)';
const firstUser = `(SELECT text FROM messages WHERE session_key = s.key AND role = 'user' ORDER BY seq LIMIT 1)`;

const wanted = `
  FROM sessions s LEFT JOIN session_settings t ON t.session_key = s.key
  WHERE (:archived IS NULL OR (json_extract(t.settings, '$.archivedAt') IS NOT NULL) = :archived)
    AND (:since IS NULL OR s.updated_at >= :since)
    AND (:label IS NULL OR json_extract(t.settings, '$.label') = :label)
    AND (:search IS NULL OR instr(lower(
      s.key || char(10) || coalesce(json_extract(t.settings, '$.label'), '') || char(10)
      || coalesce(${firstUser}, '') || char(10) || coalesce(${newest}, '')), :search) > 0)`;

const pageSql = (order: string) => `
  WITH page AS (
    SELECT s.key, s.session_id AS sessionId, s.created_at AS createdAt, s.updated_at AS updatedAt,
      s.last_interaction_at AS lastInteractionAt, coalesce(t.settings, '{}') AS settings,
      iif(:texts, ${newest}, NULL) AS last, iif(:texts, ${firstUser}, NULL) AS firstUser
    ${wanted}
    ORDER BY ${order}, s.key LIMIT :limit OFFSET :offset
  )
  SELECT page.*,
    (SELECT json_group_array(run_id) FROM (
      SELECT run_id FROM runs WHERE session_key = page.key AND state IN ('running', 'queued')
      ORDER BY state = 'queued', position)) AS active,
    (SELECT coalesce(sum(cost_usd), 0) FROM runs WHERE session_key = page.key) AS costUsd,
    (SELECT max(position) FROM runs WHERE session_key = page.key AND started_at IS NOT NULL) AS runPosition
  FROM page`;

type PageRow = SessionRecord & {
  settings: string;
  last: string | null;
  firstUser: string | null;
  active: string;
  costUsd: number;
  runPosition: number | null;
};

export function createSessionIndex(database: GatewayDatabase): SessionIndex {
  const { sql } = database;
  let known: { revision: number; limit: number; found: ReturnType<SessionIndex['recent']> } | null = null;
  const pages = {
    updatedAt: sql.prepare(
      pageSql(`coalesce(json_extract(t.settings, '$.pinnedAt'), 0) DESC, s.updated_at DESC`),
    ),
    lastInteractionAt: sql.prepare(pageSql('s.last_interaction_at DESC')),
  };
  const total = sql.prepare(`SELECT count(*) AS total ${wanted}`);
  const count = sql.prepare('SELECT count(*) AS total FROM sessions');
  const recent = sql.prepare(
    'SELECT key, updated_at AS updatedAt FROM sessions ORDER BY updated_at DESC, key LIMIT ?',
  );
  const runs = sql.prepare(
    `SELECT position, ${runColumns} FROM runs WHERE position IN (SELECT value FROM json_each(?))`,
  );

  return {
    page({ limit, offset, sortBy, archived, updatedSince, label, search, withTexts }) {
      const conditions = {
        archived: archived === 'all' ? null : Number(archived),
        since: updatedSince ?? null,
        label: label ?? null,
        search: search === undefined || search.trim() === '' ? null : search.trim().toLowerCase(),
      };
      // The tables are STRICT, so the columns have the types of the records.
      const rows = pages[sortBy].all({
        ...conditions,
        limit,
        offset,
        texts: Number(withTexts),
      }) as PageRow[];
      const positions = rows.flatMap(({ runPosition }) => runPosition ?? []);
      const latest = new Map(
        (runs.all(JSON.stringify(positions)) as (RunRecord & { position: number })[]).map(
          ({ position, ...run }) => [position, run],
        ),
      );
      return {
        total: Number(total.get(conditions)?.total ?? 0),
        entries: rows.map(
          ({ settings, last, firstUser: first, active, costUsd, runPosition, ...record }) => ({
            record,
            settings: JSON.parse(settings) as SessionSettings,
            run: runPosition === null ? undefined : latest.get(runPosition),
            activeRunIds: JSON.parse(active) as string[],
            costUsd,
            last: last ?? undefined,
            firstUser: first ?? undefined,
          }),
        ),
      };
    },
    recent(limit) {
      const revision = database.revision();
      if (known?.revision !== revision || known.limit !== limit) {
        const found = {
          total: Number(count.get()?.total ?? 0),
          recent: recent.all(limit) as { key: string; updatedAt: number }[],
        };
        known = { revision, limit, found };
      }
      return known.found;
    },
  };
}
