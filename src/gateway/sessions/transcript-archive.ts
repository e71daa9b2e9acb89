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
type ArchiveReason = 'deleted' | 'reset' | 'rewound' | 'kept';

/** What is older goes, and of more than this many the oldest: an archive is for mistakes, not for ever. */
const MAX_AGE_MS = 180 * 24 * 60 * 60_000;
const MAX_FILES = 1_000;

/**
 * Where transcripts go that are deleted, reset or taken back: files that a person and any program can read, one JSON value
 * a line. The first says whose it was (`{type:"session", key, sessionId, ...}`), every other is a row as
 * `chat.history` had it. A real Gateway keeps such files, too (observed). Nothing reads them back.
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

const prunable = /\.(?:deleted|reset|rewound)\.(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z)\.jsonl$/;

/** Null for the name of another file. */
function archivedAtOf(name: string): number | null {
  const stamp = prunable.exec(name)?.[1];
  return stamp === undefined ? null : Date.parse(stamp.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'));
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
      const archives = namesIn(dir)
        .flatMap((name) => {
          const archivedAt = archivedAtOf(name);
          return archivedAt === null ? [] : [{ name, archivedAt }];
        })
        .sort((left, right) => right.archivedAt - left.archivedAt);
      const oldest = now() - MAX_AGE_MS;
      for (const [index, { name, archivedAt }] of archives.entries()) {
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
