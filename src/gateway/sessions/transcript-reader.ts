import type { GatewayDatabase } from './database.ts';
import type { HistoryRow } from './history-row.ts';

export type TranscriptPage = {
  /** The rows, oldest first, as the JSON texts that were stored. */
  readonly rows: readonly string[];
  readonly total: number;
};

type TranscriptEntry = { readonly seq: number; readonly messageId: string; readonly row: string };

type SearchHit = {
  readonly key: string;
  readonly messageId: string;
  readonly role: string;
  readonly text: string;
  readonly timestamp: number;
};

/** The rows of a page as one JSON array, in UTF-8. */
type TranscriptBytes = { readonly json: Buffer; readonly count: number; readonly total: number };

type PageRange = { readonly limit: number; readonly offset: number; readonly maxBytes: number };

/** Reads transcripts without parsing what goes out as it is. `seq` counts from 1 without gaps. */
export type TranscriptReader = {
  /** Rows that end `offset` before the newest; fewer than `limit` where `maxBytes` is reached. */
  page(key: string, range: PageRange): TranscriptPage;
  /** The same page ready to be sent; remembered until anything in the database changes. */
  pageBytes(key: string, range: PageRange): TranscriptBytes;
  /** What came after `seq`, oldest first; null where it is more than `limit` rows or `maxBytes`. */
  after(key: string, seq: number, range: { limit: number; maxBytes: number }): TranscriptEntry[] | null;
  find(key: string, messageId: string): TranscriptEntry | undefined;
  /** Answers that came with files and results that came with images, oldest first. */
  withArtifacts(key: string): string[];
  lastSeq(key: string): number;
  /** The newest texts that people and the assistant said, oldest first. */
  said(key: string, limit: number): { role: string; text: string }[];
  /**
   * What people and the assistant said with `query` in it, in whatever case of ASCII letters; in these sessions, or
   * in all. The newest of each session, newest first, then the second newest of each, and so on.
   */
  search(query: string, limit: number, keys?: readonly string[]): SearchHit[];
  /** Deletes the rows from `seq` on. Belongs inside a transaction. */
  clear(key: string, fromSeq?: number): void;
};

/** After a restart every client asks for the same pages; few are asked for at a time. */
const REMEMBERED_PAGES = 8;
const REMEMBERED_BYTES = 512 * 1024;

export function createTranscriptReader({ sql, revision }: GatewayDatabase): TranscriptReader {
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
  const withArtifacts = sql.prepare(
    `SELECT row FROM messages WHERE session_key = ? AND role IN ('assistant', 'toolResult')
       AND instr(row, '"artifactId":') > 0
     ORDER BY seq`,
  );
  const lastSeq = sql.prepare('SELECT max(seq) AS seq FROM messages WHERE session_key = ?');
  const said = sql.prepare(
    `SELECT role, text FROM messages WHERE session_key = ? AND role IN ('user', 'assistant') AND text <> ''
     ORDER BY seq DESC LIMIT ?`,
  );
  const search = sql.prepare(
    `SELECT session_key AS key, message_id AS messageId, role, text, json_extract(row, '$.timestamp') AS timestamp
     FROM messages WHERE role IN ('user', 'assistant') AND instr(lower(text), lower(:query)) > 0
       AND (:keys IS NULL OR session_key IN (SELECT value FROM json_each(:keys)))
     ORDER BY row_number() OVER (PARTITION BY session_key ORDER BY seq DESC), timestamp DESC LIMIT :limit`,
  );
  const clear = sql.prepare('DELETE FROM messages WHERE session_key = ? AND seq >= ?');
  const last = (key: string) => Number(lastSeq.get(key)?.seq ?? 0);

  // The tables are STRICT, so the columns have the types of the records.
  const readPage = (key: string, { limit, offset, maxBytes }: PageRange): TranscriptPage => {
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
  };

  const known = new Map<string, TranscriptBytes>();
  let knownRevision = -1;

  return {
    page: readPage,
    pageBytes(key, range) {
      const current = revision();
      if (current !== knownRevision || known.size >= REMEMBERED_PAGES) known.clear();
      knownRevision = current;
      const name = JSON.stringify([key, range.limit, range.offset, range.maxBytes]);
      const remembered = known.get(name);
      if (remembered !== undefined) return remembered;
      const { rows, total } = readPage(key, range);
      const bytes = { json: Buffer.from(`[${rows.join(',')}]`), count: rows.length, total };
      if (bytes.json.length <= REMEMBERED_BYTES) known.set(name, bytes);
      return bytes;
    },
    after(key, seq, { limit, maxBytes }) {
      const entries = after.all(key, seq, limit + 1) as TranscriptEntry[];
      const bytes = entries.reduce((sum, { row }) => sum + row.length, 0);
      return entries.length > limit || bytes > maxBytes ? null : entries;
    },
    find: (key, messageId) => find.get(key, messageId) as TranscriptEntry | undefined,
    withArtifacts: (key) => withArtifacts.all(key).map(({ row }) => String(row)),
    lastSeq: last,
    said: (key, limit) => (said.all(key, limit) as { role: string; text: string }[]).reverse(),
    search: (query, limit, keys) =>
      search.all({ query, limit, keys: keys === undefined ? null : JSON.stringify(keys) }) as SearchHit[],
    clear(key, fromSeq = 0) {
      clear.run(key, fromSeq);
    },
  };
}

/** The row with its texts cut to `maxChars` in all; where that left anything out, it says so as openclaw 2026.9.6 does. */
export function shortened(row: HistoryRow, maxChars: number): object {
  const { content } = row;
  let left = maxChars;
  let isCut = false;
  const cut = (whole: string) => {
    const text = whole.slice(0, left);
    left -= text.length;
    isCut ||= text.length < whole.length;
    return text;
  };
  const shorter =
    typeof content === 'string'
      ? cut(content)
      : content.map((part) =>
          'text' in part && typeof part.text === 'string' ? { ...part, text: cut(part.text) } : part,
        );
  const { __openclaw: metadata } = row;
  return isCut
    ? { ...row, content: shorter, __openclaw: { ...metadata, truncated: true, reason: 'display-cap' } }
    : row;
}
