import type { GatewayDatabase } from './database.ts';
import type { HistoryRow } from './history-row.ts';
import { isInContext, textOfRow } from './row-text.ts';

export type SessionRecord = {
  readonly key: string;
  readonly sessionId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastInteractionAt: number;
};

/** Sessions and their transcripts. Writes belong inside `database.transaction`. */
export type SessionStore = {
  find(key: string): SessionRecord | undefined;
  /** Newest change first. */
  list(): SessionRecord[];
  ensure(key: string, sessionId: string, now: number): SessionRecord;
  /** The same conversation under another id: what was read of the old one is void. */
  renew(key: string, sessionId: string): void;
  /** With all that hangs on it. */
  remove(key: string): void;
  touch(key: string, now: number, interaction: boolean): void;
  /** Writes the row that `build` makes for the next `seq`. */
  append<Row extends HistoryRow>(key: string, runId: string, build: (seq: number) => Row): Row;
  /** Newest first, without what is excluded from the context; at least one row, however long it is. */
  context(key: string, range: { limit: number; maxBytes: number }): HistoryRow[];
  /** The text of the newest and of the first user message, for lists. */
  preview(key: string): { last: string | undefined; firstUser: string | undefined };
};

const sessionColumns = `key, session_id AS sessionId, created_at AS createdAt, updated_at AS updatedAt,
  last_interaction_at AS lastInteractionAt`;

export function createSessionStore({ sql }: GatewayDatabase): SessionStore {
  const find = sql.prepare(`SELECT ${sessionColumns} FROM sessions WHERE key = ?`);
  const list = sql.prepare(`SELECT ${sessionColumns} FROM sessions ORDER BY updated_at DESC, key`);
  const insert = sql.prepare(
    `INSERT INTO sessions (key, session_id, created_at, updated_at, last_interaction_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO NOTHING`,
  );
  const remove = sql.prepare('DELETE FROM sessions WHERE key = ?');
  const renew = sql.prepare('UPDATE sessions SET session_id = ? WHERE key = ?');
  const touch = sql.prepare('UPDATE sessions SET updated_at = ? WHERE key = ?');
  const interact = sql.prepare('UPDATE sessions SET updated_at = ?, last_interaction_at = ? WHERE key = ?');
  const lastSeq = sql.prepare('SELECT coalesce(max(seq), 0) AS seq FROM messages WHERE session_key = ?');
  const append = sql.prepare(
    `INSERT INTO messages (session_key, seq, message_id, run_id, role, text, in_context, row)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const context = sql.prepare(
    `SELECT row FROM messages WHERE session_key = ? AND in_context = 1 ORDER BY seq DESC LIMIT ?`,
  );
  const newest = sql.prepare('SELECT text FROM messages WHERE session_key = ? ORDER BY seq DESC LIMIT 1');
  const firstUser = sql.prepare(
    `SELECT text FROM messages WHERE session_key = ? AND role = 'user' ORDER BY seq LIMIT 1`,
  );

  // The tables are STRICT, so the columns have the types of the records.
  const found = (key: string) => find.get(key) as SessionRecord | undefined;
  const textOf = (row: Record<string, unknown> | undefined) =>
    row === undefined ? undefined : String(row.text);

  return {
    find: found,
    list: () => list.all() as SessionRecord[],
    ensure(key, sessionId, now) {
      insert.run(key, sessionId, now, now, now);
      return found(key) ?? { key, sessionId, createdAt: now, updatedAt: now, lastInteractionAt: now };
    },
    renew(key, sessionId) {
      renew.run(sessionId, key);
    },
    remove(key) {
      remove.run(key);
    },
    touch(key, now, interaction) {
      if (interaction) interact.run(now, now, key);
      else touch.run(now, key);
    },
    append(key, runId, build) {
      const seq = Number(lastSeq.get(key)?.seq ?? 0) + 1;
      const row = build(seq);
      const inContext = isInContext(row) ? 1 : 0;
      append.run(
        key,
        seq,
        row.__openclaw.id,
        runId,
        row.role,
        textOfRow(row),
        inContext,
        JSON.stringify(row),
      );
      return row;
    },
    context(key, { limit, maxBytes }) {
      const rows: HistoryRow[] = [];
      let bytes = 0;
      for (const { row } of context.iterate(key, limit)) {
        const json = String(row);
        bytes += json.length;
        if (rows.length > 0 && bytes > maxBytes) break;
        rows.push(JSON.parse(json) as HistoryRow);
      }
      return rows;
    },
    preview: (key) => ({ last: textOf(newest.get(key)), firstUser: textOf(firstUser.get(key)) }),
  };
}
