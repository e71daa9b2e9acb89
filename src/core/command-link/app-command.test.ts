import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandFileIn, createAppCommand } from './app-command.ts';
import { askShellForPath } from './shell-path.ts';

let home: string;
let target: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-app-command-'));
  target = join(home, 'app', 'out', 'main', 'cli.js');
  file = join(home, '.local', 'bin', 'chela');
  program(target, 'true');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function program(path: string, line: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

const command = (more: Partial<Parameters<typeof createAppCommand>[0]> = {}) =>
  createAppCommand({ target, platform: 'linux', env: { PATH: '/nowhere' }, homeDir: home, ...more });

describe('the command as Settings has it (R11)', () => {
  it('is linked and removed in the home directory, and says what it needs', async () => {
    const { state, link, unlink } = command();
    const bare = { path: file, isOnPath: false, node: 'missing', nodeVersion: null };
    const pathLine = `export PATH='${join(home, '.local', 'bin')}':"$PATH"`;
    expect(await state()).toEqual({ ok: true, value: { state: 'notLinked', pathLine, ...bare } });
    expect(await link()).toMatchObject({ ok: true, value: { state: 'linked' } });
    expect(readlinkSync(file)).toBe(target);
    expect(await unlink()).toMatchObject({ ok: true, value: { state: 'notLinked' } });
    expect(existsSync(file)).toBe(false);
  });

  it('tells a link to another Chela, and replaces it', async () => {
    const other = join(home, 'old', 'out', 'main', 'cli.js');
    program(other, 'true');
    await command({ target: other }).link();
    expect(await command().state()).toMatchObject({ value: { state: 'elsewhere' } });
    expect(await command().link()).toMatchObject({ value: { state: 'linked' } });
  });

  it('leaves another file alone', async () => {
    program(file, 'true');
    const { state, link, unlink } = command();
    expect(await state()).toMatchObject({ ok: true, value: { state: 'taken', path: file } });
    const refusal = { ok: false, error: { code: 'LINK_TAKEN' } };
    expect(await link()).toMatchObject(refusal);
    expect(await unlink()).toMatchObject(refusal);
  });

  it('says where it cannot write', async () => {
    writeFileSync(join(home, '.local'), '');
    expect(await command().link()).toMatchObject({ ok: false, error: { code: 'LINK_UNWRITABLE' } });
  });

  it.each([
    ['absent', () => undefined],
    ['absent', () => join(home, 'not-built', 'out', 'main', 'cli.js')],
    ['temporary', () => '/tmp/.mount_ChelaAbC/resources/app.asar.unpacked/out/main/cli.js'],
  ])('is unavailable, %s, without a file that stays', async (reason, where) => {
    const { state, link } = command({ target: where() });
    expect(await state()).toEqual({ ok: true, value: { state: 'unavailable', reason } });
    expect(await link()).toMatchObject({ ok: false, error: { code: 'NOT_AVAILABLE' } });
    expect(existsSync(file)).toBe(false);
  });

  it('asks the shell of an app that was not started from one', async () => {
    const bin = join(home, '.local', 'bin');
    program(join(bin, 'node'), 'echo v24.1.0');
    // Its start-up files talk, and what it is asked for is not known to it.
    const shell = join(home, 'shell');
    program(shell, `echo welcome; PATH=${bin}:/usr/bin:/bin; export PATH; [ "$1" = -ilc ] && eval "$2"`);
    const env = { PATH: '/nowhere', SHELL: shell };
    const asked = command({ env, shellPath: () => askShellForPath(env, 'linux') });
    expect(await asked.state()).toMatchObject({ value: { isOnPath: true, pathLine: null, node: 'good' } });
    expect(await askShellForPath({ SHELL: join(home, 'none') }, 'linux')).toBeUndefined();
    expect(await askShellForPath(env, 'win32')).toBeUndefined();
  });

  it('lies outside the archive of a packed app', () => {
    expect(commandFileIn('/opt/Chela/resources/app.asar/out/main')).toBe(
      '/opt/Chela/resources/app.asar.unpacked/out/main/cli.js',
    );
    expect(commandFileIn(join(home, 'app', 'out', 'main'))).toBe(target);
  });
});
