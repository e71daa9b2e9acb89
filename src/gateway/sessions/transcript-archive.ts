import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { GatewayDatabase } from './database.ts';
import type { SessionSettings } from './session-settings.ts';
import type { SessionRecord } from './session-store.ts';

/**
 * Why a transcript left the database. `kept`: its session was deleted with the wish that the transcript stays; it is never
 * removed by us.
 */
export type ArchiveReason = 'deleted' | 'reset' | 'rewound' | 'kept';

/** What is older goes, and of more than this many the oldest: an archive is for mistakes, not for ever. */
const MAX_AGE_MS = 180 * 24 * 60 * 60_000;
const MAX_FILES = 1_000;

/**
 * Where transcripts go that are deleted, reset or taken back: files that a person and any program can read, one JSON value
 * a line. The first says whose it was (`{type:"session", key, sessionId, ...}`), every other is a row as
 * `chat.history` had it. A real Gateway keeps such files, too (observed), and has no way back; `removed-transcripts.ts`
 * reads them.
 */
export type TranscriptArchive = {
  /**
   * Null when nothing was said, so that there is nothing to keep. Throws when the file can't be written: then the
   * rows must stay where they are.
   */
  keep(session: SessionRecord, settings: SessionSettings, reason: ArchiveReason): string | null;
  /** Removes what has lain there too long, or is too much. Other files are not touched. */
  prune(): void;
};

const named = /\.(deleted|reset|rewound|kept)\.(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z)\.jsonl$/;

/** What the name of an archive says. Times are epoch milliseconds. */
type Archived = { readonly name: string; readonly reason: ArchiveReason; readonly archivedAt: number };

/** The archives in a directory, newest first; other files are not among them. */
export function archivesIn(dir: string): Archived[] {
  return namesIn(dir)
    .flatMap((name) => {
      const [, reason, stamp] = named.exec(name) ?? [];
      if (stamp === undefined) return [];
      const archivedAt = Date.parse(stamp.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'));
      return [{ name, reason: reason as ArchiveReason, archivedAt }];
    })
    .sort((left, right) => right.archivedAt - left.archivedAt);
}

export function createTranscriptArchive(
  { sql }: GatewayDatabase,
  { dir, now }: { dir: string; now: () => number },
): TranscriptArchive {
  const rows = sql.prepare(`SELECT row FROM messages WHERE session_key = ? ORDER BY seq`);
  const said = sql.prepare(`SELECT 1 FROM messages WHERE session_key = ? AND run_id <> 'reset' LIMIT 1`);

  return {
    keep(session, settings, reason) {
      if (said.get(session.key) === undefined) return null;
      const archivedAt = now();
      const stamp = new Date(archivedAt).toISOString().replaceAll(':', '-');
      const path = join(dir, `${session.sessionId}.${reason}.${stamp}.jsonl`);
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const file = openSync(path, 'wx', 0o600);
      try {
        const { key, sessionId, createdAt, updatedAt } = session;
        const head = { type: 'session', key, sessionId, createdAt, updatedAt, archivedAt, reason, settings };
        writeSync(file, `${JSON.stringify(head)}\n`);
        for (const { row } of rows.iterate(key)) writeSync(file, `${row}\n`);
        fsyncSync(file);
      } catch (thrown) {
        unlinkSync(path);
        throw thrown;
      } finally {
        closeSync(file);
      }
      return path;
    },
    prune() {
      const prunable = archivesIn(dir).filter(({ reason }) => reason !== 'kept');
      const oldest = now() - MAX_AGE_MS;
      for (const [index, { name, archivedAt }] of prunable.entries()) {
        if (index >= MAX_FILES || archivedAt < oldest) rmSync(join(dir, name), { force: true });
      }
    },
  };
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}
