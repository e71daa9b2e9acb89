import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../shared/config/settings.ts';
import { openSettingsStore } from './settings-store.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chela-settings-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const open = () => openSettingsStore({ dataDir, create: (options) => new Conf(options), now: () => 42 });
const file = () => join(dataDir, 'settings.json');

describe('settings store', () => {
  it('starts with nothing chosen and writes no file for it', () => {
    expect(open().read()).toEqual(settingsSchema.parse({}));
  });

  it.skipIf(process.platform === 'win32')(
    'writes for the owner alone, and keeps the previous content',
    () => {
      const store = open();
      store.write(settingsSchema.parse({ mode: 'local' }));
      store.write(settingsSchema.parse({ mode: 'remote', remote: { token: 'secret' } }));
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      expect(statSync(`${file()}.bak`).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(`${file()}.bak`, 'utf8')).mode).toBe('local');
      expect(open().read().remote.token).toBe('secret');
    },
  );

  it('leaves no copy behind of a token that has gone elsewhere', () => {
    const store = open();
    store.write(settingsSchema.parse({ remote: { token: 'canary' } }));
    store.write(settingsSchema.parse({ mode: 'remote', remote: { token: 'canary' } }));
    store.write(settingsSchema.parse({ mode: 'remote', remote: { tokenIn: 'keychain' } }));
    for (const name of readdirSync(dataDir)) {
      expect([name, readFileSync(join(dataDir, name), 'utf8')]).not.toEqual([
        name,
        expect.stringContaining('canary'),
      ]);
    }
  });

  it('keeps keys of a later version', () => {
    writeFileSync(file(), JSON.stringify({ version: 1, later: { deep: true } }));
    const store = open();
    store.write({ ...store.read(), mode: 'remote' });
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ later: { deep: true }, mode: 'remote' });
  });

  it.each([['not json'], ['{"mode":"sideways"}'], ['[]'], ['']])(
    'sets a damaged file aside and says where: %j',
    (text) => {
      writeFileSync(file(), text);
      const store = open();
      expect(store.problem).toMatchObject({
        code: 'SETTINGS_BROKEN',
        details: { file: `${file()}.broken-42` },
      });
      expect(readFileSync(`${file()}.broken-42`, 'utf8')).toBe(text);
      expect(store.read()).toEqual(settingsSchema.parse({}));
    },
  );

  it.skipIf(process.platform === 'win32')('refuses to write through a symbolic link', () => {
    const elsewhere = join(dataDir, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'target.json'), '{"version":1}');
    symlinkSync(join(elsewhere, 'target.json'), file());
    expect(open().write(settingsSchema.parse({ mode: 'remote' }))).toMatchObject({
      ok: false,
      error: { code: 'FILE_NOT_OURS' },
    });
    expect(readFileSync(join(elsewhere, 'target.json'), 'utf8')).toBe('{"version":1}');
    expect(readdirSync(elsewhere)).toEqual(['target.json']);
  });
});
