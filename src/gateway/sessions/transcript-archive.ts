import { closeSync, fsyncSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayDatabase } from './database.ts';
import type { SessionSettings } from './session-settings.ts';
import type { SessionRecord } from './session-store.ts';

/** Why a transcript left the database. */
type ArchiveReason = 'deleted' | 'reset' | 'rewound';

/**
 * Where transcripts go that are deleted, reset or taken back: files that a person and any program can read, one JSON value a
 * line. The first says whose it was (`{type:"session", key, sessionId, ...}`), every other is a row as
 * `chat.history` had it. A real Gateway keeps such files, too (observed).
 */
export type TranscriptArchive = {
  /**
   * Null when nothing was said, so that there is nothing to keep. Throws when the file can't be written: then the
   * rows must stay where they are.
   */
  keep(session: SessionRecord, settings: SessionSettings, reason: ArchiveReason): string | null;
};

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
  };
}
