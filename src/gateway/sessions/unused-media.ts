import { createReadStream, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GatewayDatabase } from './database.ts';
import { archivesIn } from './transcript-archive.ts';

export type UnusedMediaOptions = {
  readonly database: GatewayDatabase;
  readonly stateDir: string;
  readonly archiveDir: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Files of `<stateDir>/media` that nothing names any more. */
export type UnusedMedia = {
  /**
   * Removes them and says how many there were. All transcripts and archives are read for it, so it does so once a day
   * and nothing in between. Rejects, and removes nothing, where one of them can't be read.
   */
  remove(): Promise<number>;
};

const DAY_MS = 24 * 60 * 60_000;
/** A file is written before the message that names it. */
const MIN_AGE_MS = DAY_MS;

const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const fileName = new RegExp(`^(${id})(?:\\.[a-z.]+)?$`);
const named = new RegExp(`(?:media://inbound/|artifact_)(${id})`, 'g');

export function createUnusedMedia({ database, stateDir, archiveDir, now }: UnusedMediaOptions): UnusedMedia {
  const texts = [
    `SELECT row AS text FROM messages WHERE instr(row, 'media://inbound/') OR instr(row, 'artifact_')`,
    `SELECT media AS text FROM runs WHERE media <> '[]'`,
  ].map((query) => database.sql.prepare(query));
  let removedAt = Number.NEGATIVE_INFINITY;

  /** Paths of files that are old enough, by the id in their name. A PDF and its text have the same. */
  function candidates(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const dir of ['inbound', 'outgoing'].map((name) => join(stateDir, 'media', name))) {
      for (const entry of entriesOf(dir)) {
        const known = fileName.exec(entry.name)?.[1];
        const path = join(dir, entry.name);
        if (known === undefined || !entry.isFile()) continue;
        if (now() - statSync(path).mtimeMs < MIN_AGE_MS) continue;
        found.set(known, [...(found.get(known) ?? []), path]);
      }
    }
    return found;
  }

  return {
    async remove() {
      if (now() - removedAt < DAY_MS) return 0;
      removedAt = now();
      const unused = candidates();
      const forget = (text: string) => {
        for (const [, used = ''] of text.matchAll(named)) unused.delete(used);
      };
      if (unused.size === 0) return 0;
      for (const query of texts) {
        for (const { text } of query.iterate()) forget(String(text));
      }
      for (const { name } of archivesIn(archiveDir)) {
        for await (const line of createInterface({ input: createReadStream(join(archiveDir, name)) }))
          forget(line);
      }
      const paths = [...unused.values()].flat();
      for (const path of paths) rmSync(path, { force: true });
      return paths.length;
    },
  };
}

function entriesOf(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}
