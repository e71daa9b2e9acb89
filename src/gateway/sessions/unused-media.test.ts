import { randomUUID } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { openDatabase } from './database.ts';
import { createUnusedMedia } from './unused-media.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const DAY_MS = 24 * 60 * 60_000;

async function setUp() {
  const stateDir = await fixture.stateDir();
  const archiveDir = join(stateDir, 'archive');
  await mkdir(archiveDir);
  const database = openDatabase(stateDir);
  fixture.defer(() => database.close());
  database.sql.exec(`INSERT INTO sessions VALUES ('main', 's', 0, 0, 0)`);
  let now = Date.now();
  const media = createUnusedMedia({ database, stateDir, archiveDir, now: () => now });

  return {
    media,
    archiveDir,
    passDay() {
      now += DAY_MS;
    },
    /** Writes a file and gives the id in its name. */
    async file(kind: 'inbound' | 'outgoing', extension = '', daysAgo = 2) {
      const name = randomUUID();
      const path = join(stateDir, 'media', kind, name + extension);
      await mkdir(join(stateDir, 'media', kind), { recursive: true });
      await writeFile(path, 'x');
      const at = new Date(now - daysAgo * DAY_MS);
      await utimes(path, at, at);
      return name;
    },
    message(seq: number, row: unknown) {
      database.sql
        .prepare(`INSERT INTO messages VALUES ('main', ?, ?, 'r', 'user', '', 1, ?)`)
        .run(seq, `m${seq}`, JSON.stringify(row));
    },
    waiting(media: unknown) {
      database.sql
        .prepare(
          `INSERT INTO runs (run_id, session_key, message, plain, sender, state, accepted_at, media)
           VALUES ('r', 'main', '', 0, '{}', 'queued', 0, ?)`,
        )
        .run(JSON.stringify(media));
    },
    archive: (text: string) =>
      writeFile(
        join(archiveDir, `s.deleted.${new Date(now).toISOString().replaceAll(':', '-')}.jsonl`),
        text,
      ),
    async left() {
      const names = await Promise.all(
        ['inbound', 'outgoing'].map((kind) => readdir(join(stateDir, 'media', kind)).catch(() => [])),
      );
      return names.flat().sort();
    },
  };
}

describe('files of conversations that are gone (R1)', () => {
  it('go; what a message, a waiting one or an archive names stays, and so does what is new or not ours', async () => {
    const { media, file, message, waiting, archive, left } = await setUp();
    const inMessage = await file('inbound', '.pdf');
    const ofAnswer = await file('outgoing');
    const inQueue = await file('inbound', '.png');
    const inArchive = await file('outgoing');
    const isNew = await file('outgoing', '', 0.5);
    const gone = await file('inbound', '.pdf');
    await file('outgoing');
    message(1, { media: [{ url: `media://inbound/${inMessage}.pdf` }] });
    message(2, { content: [{ type: 'image', artifactId: `artifact_${ofAnswer}` }] });
    waiting([{ url: `media://inbound/${inQueue}.png` }]);
    await archive(`{"type":"session"}\n{"content":[{"artifactId":"artifact_${inArchive}"}]}\n`);

    expect(await media.remove()).toBe(2);
    expect(await left()).toEqual([`${inMessage}.pdf`, ofAnswer, `${inQueue}.png`, inArchive, isNew].sort());
    expect(await left()).not.toContain(`${gone}.pdf`);
  });

  it('are looked for once a day', async () => {
    const { media, file, left, passDay } = await setUp();
    expect(await media.remove()).toBe(0);
    await file('outgoing');
    expect(await media.remove()).toBe(0);
    expect(await left()).toHaveLength(1);
    passDay();
    expect(await media.remove()).toBe(1);
    expect(await left()).toEqual([]);
  });

  it('all stay where an archive can not be read', async () => {
    const { media, file, left, archiveDir } = await setUp();
    await file('outgoing');
    await mkdir(join(archiveDir, 's.kept.2026-01-01T00-00-00.000Z.jsonl'));
    await expect(media.remove()).rejects.toThrow('EISDIR');
    expect(await left()).toHaveLength(1);
  });

  it('are none where there never was a file', async () => {
    const { media } = await setUp();
    expect(await media.remove()).toBe(0);
  });
});
