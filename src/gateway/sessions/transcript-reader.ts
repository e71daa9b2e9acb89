import type { GatewayDatabase } from './database.ts';
import type { HistoryRow } from './history-row.ts';

type TranscriptPage = {
  /** The rows, oldest first, as the JSON texts that were stored. */
  readonly rows: readonly string[];
  readonly total: number;
};

type TranscriptEntry = { readonly seq: number; readonly messageId: string; readonly row: string };

/** Reads transcripts without parsing what goes out as it is. `seq` counts from 1 without gaps. */
export type TranscriptReader = {
  /** Rows that end `offset` before the newest; fewer than `limit` where `maxBytes` is reached. */
  page(key: string, range: { limit: number; offset: number; maxBytes: number }): TranscriptPage;
  /** What came after `seq`, oldest first; null where it is more than `limit` rows or `maxBytes`. */
  after(key: string, seq: number, range: { limit: number; maxBytes: number }): TranscriptEntry[] | null;
  find(key: string, messageId: string): TranscriptEntry | undefined;
  lastSeq(key: string): number;
  /** The newest texts that people and the assistant said, oldest first. */
  said(key: string, limit: number): { role: string; text: string }[];
  /** Deletes every row. Belongs inside a transaction. */
  clear(key: string): void;
};

export function createTranscriptReader({ sql }: GatewayDatabase): TranscriptReader {
  const page = sql.prepare(
    'SELECT row FROM messages WHERE session_key = ? AND seq <= ? ORDER BY seq DESC LIMIT ?',
  );
  const after = sql.prepare(
    `SELECT seq, message_id AS messageId, row FROM messages WHERE session_key = ? AND seq > ?
     ORDER BY seq LIMIT ?`,
  );
  const find = sql.prepare(
    'SELECT seq, message_id AS messageId, row FROM messages WHERE session_key = ? AND message_id = ?',
  );
  const lastSeq = sql.prepare('SELECT max(seq) AS seq FROM messages WHERE session_key = ?');
  const said = sql.prepare(
    `SELECT role, text FROM messages WHERE session_key = ? AND role IN ('user', 'assistant') AND text <> ''
     ORDER BY seq DESC LIMIT ?`,
  );
  const clear = sql.prepare('DELETE FROM messages WHERE session_key = ?');
  const last = (key: string) => Number(lastSeq.get(key)?.seq ?? 0);

  // The tables are STRICT, so the columns have the types of the records.
  return {
    page(key, { limit, offset, maxBytes }) {
      const total = last(key);
      const rows: string[] = [];
      let bytes = 0;
      for (const { row } of page.iterate(key, total - offset, limit)) {
        const json = String(row);
        bytes += json.length;
        if (rows.length > 0 && bytes > maxBytes) break;
        rows.push(json);
      }
      return { rows: rows.reverse(), total };
    },
    after(key, seq, { limit, maxBytes }) {
      const entries = after.all(key, seq, limit + 1) as TranscriptEntry[];
      const bytes = entries.reduce((sum, { row }) => sum + row.length, 0);
      return entries.length > limit || bytes > maxBytes ? null : entries;
    },
    find: (key, messageId) => find.get(key, messageId) as TranscriptEntry | undefined,
    lastSeq: last,
    said: (key, limit) => (said.all(key, limit) as { role: string; text: string }[]).reverse(),
    clear(key) {
      clear.run(key);
    },
  };
}

/** The row with its texts cut to `maxChars` in all. */
export function shortened(row: HistoryRow, maxChars: number): object {
  const { content } = row;
  if (typeof content === 'string') return { ...row, content: content.slice(0, maxChars) };
  let left = maxChars;
  const parts = content.map((part) => {
    if (!('text' in part) || typeof part.text !== 'string') return part;
    const text = part.text.slice(0, left);
    left -= text.length;
    return { ...part, text };
  });
  return { ...row, content: parts };
}
