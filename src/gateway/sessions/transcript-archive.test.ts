import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { openDatabase } from './database.ts';
import { createTranscriptArchive } from './transcript-archive.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const DAY_MS = 24 * 60 * 60_000;
const now = Date.parse('2026-12-01T12:00:00.000Z');
const named = (id: string, reason: string, daysAgo: number) =>
  `${id}.${reason}.${new Date(now - daysAgo * DAY_MS).toISOString().replaceAll(':', '-')}.jsonl`;

async function archiveWith(names: readonly string[]) {
  const stateDir = await fixture.stateDir();
  const dir = join(stateDir, 'archive');
  await mkdir(dir);
  for (const name of names) await writeFile(join(dir, name), '');
  const database = openDatabase(stateDir);
  fixture.defer(() => database.close());
  const archive = createTranscriptArchive(database, { dir, now: () => now });
  return { archive, names: async () => (await readdir(dir)).sort() };
}

it('removes what is older than 180 days, and neither what was kept on purpose nor what is not its own', async () => {
  const kept = [named('a', 'kept', 4_000), named('b', 'deleted', 179), named('c', 'reset', 1), 'notes.jsonl'];
  const { archive, names } = await archiveWith([
    ...kept,
    named('d', 'deleted', 181),
    named('e', 'reset', 400),
  ]);
  archive.prune();
  expect(await names()).toEqual([...kept].sort());
});

it('removes the oldest of more than a thousand', async () => {
  const all = Array.from({ length: 1_003 }, (_each, index) => named(`s${index}`, 'deleted', index / 10));
  const { archive, names } = await archiveWith(all);
  archive.prune();
  expect(await names()).toEqual(all.slice(0, 1_000).sort());
});

it('has nothing to do where nothing was archived yet', async () => {
  const stateDir = await fixture.stateDir();
  const database = openDatabase(stateDir);
  fixture.defer(() => database.close());
  createTranscriptArchive(database, { dir: join(stateDir, 'archive'), now: () => now }).prune();
});
