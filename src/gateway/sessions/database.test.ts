import { chmod, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { openDatabase } from './database.ts';
import { createSessionSettings } from './session-settings.ts';
import { createSessionStore } from './session-store.ts';
import { createSettingsStore } from './settings-store.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('openDatabase', () => {
  it.skipIf(process.platform === 'win32')('keeps everything to the user', async () => {
    const dir = join(await fixture.stateDir(), 'deep', 'state');
    const database = openDatabase(dir);
    createSettingsStore(database).write('a', 1);
    expect(await modeOf(dir)).toBe(0o700);
    expect(await modeOf(database.path)).toBe(0o600);
    expect(await modeOf(`${database.path}-wal`)).toBe(0o600);
    database.close();
  });

  it.skipIf(process.platform === 'win32')(
    'takes rights away from others on a file that has them',
    async () => {
      const dir = await fixture.stateDir();
      const path = join(dir, 'gateway.sqlite');
      await writeFile(path, '');
      await chmod(path, 0o644);
      openDatabase(dir).close();
      expect(await modeOf(path)).toBe(0o600);
    },
  );

  it('writes through to the disk', async () => {
    const database = openDatabase(await fixture.stateDir());
    fixture.defer(() => database.close());
    expect(database.sql.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    // 2 is FULL: every commit waits for the disk.
    expect(database.sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  it('refuses a symbolic link', async () => {
    const dir = await fixture.stateDir();
    const elsewhere = join(dir, 'elsewhere');
    await writeFile(elsewhere, '');
    await symlink(elsewhere, join(dir, 'gateway.sqlite'));
    expect(() => openDatabase(dir)).toThrow('FILE_NOT_OURS');
  });

  it('refuses a file that another Gateway uses', async () => {
    const dir = await fixture.stateDir();
    const first = openDatabase(dir);
    fixture.defer(() => first.close());
    expect(() => openDatabase(dir)).toThrow('LOCAL_GATEWAY_FAILED');
  });

  it('counts what was said before reading was remembered as read (R6)', async () => {
    const dir = await fixture.stateDir();
    const before = openDatabase(dir);
    const sessions = createSessionStore(before);
    const settings = createSessionSettings(before);
    for (const key of ['a', 'b']) sessions.ensure(key, `id of ${key}`, Date.now() - 10);
    settings.write('a', { label: 'Tea', lastReadAt: 1 });
    before.sql.exec('PRAGMA user_version = 5');
    before.close();

    const after = openDatabase(dir);
    fixture.defer(() => after.close());
    const { read } = createSessionSettings(after);
    expect(read('a')).toEqual({ label: 'Tea', lastReadAt: expect.any(Number) });
    for (const key of ['a', 'b']) expect(read(key).lastReadAt).toBeGreaterThan(Date.now() - 60_000);
    expect(Number.isInteger(read('b').lastReadAt)).toBe(true);
  });

  it('refuses a file of a newer version, and leaves it as it is', async () => {
    const dir = await fixture.stateDir();
    const first = openDatabase(dir);
    createSettingsStore(first).write('kept', true);
    first.sql.exec('PRAGMA user_version = 99');
    first.close();
    expect(() => openDatabase(dir)).toThrow('newer version (schema 99)');
  });

  const backupsIn = async (dir: string) => (await readdir(dir)).filter((name) => name.includes('.damaged-'));

  it('refuses a file that is no database, and leaves a copy of it', async () => {
    const dir = await fixture.stateDir();
    const text = 'this is not a database, but it is long enough to look at'.repeat(20);
    await writeFile(join(dir, 'gateway.sqlite'), text);
    expect(() => openDatabase(dir)).toThrow('DATABASE_DAMAGED');
    const [backup = ''] = await backupsIn(dir);
    expect(await readFile(join(dir, backup), 'utf8')).toBe(text);
  });

  it('finds damage in the middle of a file, once for each state of it', async () => {
    const dir = await fixture.stateDir();
    const database = openDatabase(dir);
    const settings = createSettingsStore(database);
    for (let index = 0; index < 500; index += 1) settings.write(`name ${index}`, 'x'.repeat(500));
    database.close();
    const file = await open(join(dir, 'gateway.sqlite'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, Math.floor(size / 8_192) * 4_096);
    await file.close();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(() => openDatabase(dir)).toThrow('DATABASE_DAMAGED');
    }
    expect(await backupsIn(dir)).toHaveLength(1);
  });

  it('names the path when the directory can not be made', async () => {
    const dir = await fixture.stateDir();
    await writeFile(join(dir, 'file'), '');
    await expect(async () => openDatabase(join(dir, 'file'))).rejects.toThrow('LOCAL_GATEWAY_FAILED');
    await mkdir(join(dir, 'gateway.sqlite'));
    expect(() => openDatabase(dir)).toThrow('FILE_NOT_OURS');
  });

  it('undoes a transaction that throws', async () => {
    const database = openDatabase(await fixture.stateDir());
    fixture.defer(() => database.close());
    const settings = createSettingsStore(database);
    expect(() =>
      database.transaction(() => {
        settings.write('a', 1);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(settings.read('a')).toBeUndefined();
    database.transaction(() => settings.write('a', { b: [2] }));
    expect(settings.read('a')).toEqual({ b: [2] });
    settings.remove('a');
    expect(settings.read('a')).toBeUndefined();
  });
});
