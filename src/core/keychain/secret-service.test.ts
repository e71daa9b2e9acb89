import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const programs = ['/usr/bin/dbus-run-session', '/usr/bin/gnome-keyring-daemon'];
const missing = programs.filter((program) => !existsSync(program));
const fixture = join(import.meta.dirname, 'keyring-process.fixture.ts');
const reason = missing.length > 0 ? `, not here: ${missing.join(' and ')} missing` : '';

describe.skipIf(missing.length > 0)(`a real Secret Service (R17)${reason}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'chela-keyring-'));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('keeps a token for another process, encrypted, until it is deleted', { timeout: 60_000 }, () => {
    const secret = `token-${crypto.randomUUID()}`;
    // A session bus and a keyring of their own, and three processes of Chela's one after the other.
    const script = `
      printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
      "$1" "$2" set account
      "$1" "$2" get account </dev/null
      "$1" "$2" delete account </dev/null
      "$1" "$2" get account </dev/null
    `;
    const ran = spawnSync('dbus-run-session', ['--', 'sh', '-c', script, 'sh', process.execPath, fixture], {
      input: secret,
      encoding: 'utf8',
      timeout: 50_000,
      env: { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: join(home, 'data') },
    });
    expect(ran.stdout.trim().split('\n')).toEqual(['true', JSON.stringify(secret), 'null']);
    for (const name of readdirSync(join(home, 'data'), { recursive: true, encoding: 'utf8' })) {
      const path = join(home, 'data', name);
      if (statSync(path).isFile()) expect(readFileSync(path).includes(secret)).toBe(false);
    }
  });
});
