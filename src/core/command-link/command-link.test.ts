import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LinkPlace, linkCommand, unlinkCommand } from './command-link.ts';

let home: string;
let target: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-link-'));
  target = join(home, 'app', 'out', 'main', 'cli.js');
  mkdirSync(join(target, '..'), { recursive: true });
  writeFileSync(target, `#!/bin/sh\necho "ran $*"\n`);
  chmodSync(target, 0o755);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const place = (more: Partial<LinkPlace> = {}): LinkPlace => ({
  platform: 'linux',
  env: { PATH: '/usr/bin:/bin' },
  homeDir: home,
  ...more,
});
const bin = () => join(home, '.local', 'bin');

describe('linking the command (R11)', () => {
  it('makes a command that runs, in a directory that need not be there', async () => {
    const made = await linkCommand(target, place());
    const file = join(bin(), 'chela');
    expect(made).toMatchObject({ ok: true, value: { file, target, isOnPath: false } });
    const env = { PATH: `${bin()}:/usr/bin:/bin` };
    expect(execFileSync('chela', ['health'], { env, encoding: 'utf8' })).toBe('ran health\n');
  });

  it('says the line for this shell, which works, where the directory is not on PATH', async () => {
    const dir = join(home, `it's $HOME here`);
    const made = await linkCommand(target, place({ dir }));
    const line = made.ok ? made.value.pathLine : null;
    const said = execFileSync('sh', ['-c', `${line}; chela x`], {
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect(said).toBe('ran x\n');
    const fish = await linkCommand(target, place({ dir: join(home, 'b'), env: { SHELL: '/usr/bin/fish' } }));
    expect(fish).toMatchObject({ value: { pathLine: `fish_add_path '${join(home, 'b')}'` } });
    const there = await linkCommand(target, place({ env: { PATH: `/bin:${bin()}/` } }));
    expect(there).toMatchObject({ value: { isOnPath: true, pathLine: null } });
  });

  it('replaces a link of ours, also one whose app has gone', async () => {
    mkdirSync(bin(), { recursive: true });
    symlinkSync('/gone/out/main/cli.js', join(bin(), 'chela'));
    expect((await linkCommand(target, place())).ok).toBe(true);
    expect(readlinkSync(join(bin(), 'chela'))).toBe(target);
  });

  it.each([
    ['a file', (file: string) => writeFileSync(file, 'mine')],
    ['a link to something else', (file: string) => symlinkSync('/usr/bin/env', file)],
    ['a directory', (file: string) => mkdirSync(file)],
  ])('leaves %s that is not ours alone, in linking and in unlinking', async (_what, make) => {
    mkdirSync(bin(), { recursive: true });
    const file = join(bin(), 'chela');
    make(file);
    const refusal = { ok: false, error: { code: 'LINK_TAKEN', details: { file } } };
    expect(await linkCommand(target, place())).toMatchObject(refusal);
    expect(await unlinkCommand(place())).toMatchObject(refusal);
    expect(existsSync(file)).toBe(true);
  });

  it('removes its own link, and finds nothing the second time', async () => {
    await linkCommand(target, place());
    expect(await unlinkCommand(place())).toMatchObject({ ok: true, value: { file: join(bin(), 'chela') } });
    expect(await unlinkCommand(place())).toEqual({ ok: true, value: null });
    expect(existsSync(target)).toBe(true);
  });

  it('names a place where it cannot write', async () => {
    writeFileSync(join(home, 'no-dir'), '');
    const made = await linkCommand(target, place({ dir: join(home, 'no-dir') }));
    expect(made).toMatchObject({ ok: false, error: { code: 'LINK_UNWRITABLE' } });
  });

  it('is a chela.cmd on Windows, replaced and removed as well', async () => {
    const windows = place({ platform: 'win32', env: { LOCALAPPDATA: join(home, 'Local') } });
    expect(await linkCommand('C:\\100%\\out\\main\\cli.js', windows)).toMatchObject({ ok: true });
    const file = join(home, 'Local', 'Microsoft', 'WindowsApps', 'chela.cmd');
    expect(readFileSync(file, 'utf8')).toContain('@node "C:\\100%%\\out\\main\\cli.js" %*\r\n');
    expect(await linkCommand(target, windows)).toMatchObject({ ok: true });
    expect(await unlinkCommand(windows)).toMatchObject({ ok: true, value: { file } });
    writeFileSync(file, '@echo mine');
    expect(await unlinkCommand(windows)).toMatchObject({ ok: false, error: { code: 'LINK_TAKEN' } });
  });
});
