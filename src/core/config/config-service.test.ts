import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfigPath } from '../../shared/config/config-path.ts';
import type { ConfigEdit } from '../../shared/config/edit-json5.ts';
import { describeError } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import type { WriteFs } from './careful-write.ts';
import { type ConfigService, createConfigService } from './config-service.ts';
import { type Env, locateConfig } from './discovery.ts';

const t = createTranslator('en');
let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-config-'));
  file = join(home, '.openclaw', 'openclaw.json');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function service(env: Env = {}, fs?: WriteFs): ConfigService {
  const location = locateConfig(env, { homeDir: home });
  if (!location.ok) throw new Error(location.error.code);
  return createConfigService(location.value, env, fs);
}
function write(text: string, path = file): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
const text = (path = file) => readFileSync(path, 'utf8');
const modeOf = (path: string) => statSync(path).mode & 0o777;

function path(where: string) {
  const parsed = parseConfigPath(where);
  if (!parsed.ok) throw new Error(where);
  return parsed.value;
}
const set = (where: string, value: unknown): ConfigEdit => ({ tag: 'set', path: path(where), value });
const unset = (where: string): ConfigEdit => ({ tag: 'unset', path: path(where) });

async function planned(of: ConfigService, ...edits: ConfigEdit[]) {
  const plan = await of.plan(edits);
  if (!plan.ok) throw new Error(JSON.stringify(plan.error));
  return plan.value;
}
async function undo(of: ConfigService) {
  const plan = await of.planUndo();
  if (!plan.ok) throw new Error(plan.error.code);
  return plan.value;
}

const OWN = '// mine\n{\n  gateway: { mode: "local" }, // now\n  unknown: [1],\n}\n';

describe('a change of openclaw.json (R12)', () => {
  it('is shown, written 0600 and kept as a backup; nothing else changes', async () => {
    write(OWN);
    chmodSync(file, 0o644);
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    expect(plan.diff).toContain('-  gateway: { mode: "local" }, // now');
    expect(plan.diff).toContain('+  gateway: { mode: "remote" }, // now');
    expect(text()).toBe(OWN);
    expect(await service().apply(plan)).toEqual({
      ok: true,
      value: { written: true, rebased: false, backup: `${file}.bak` },
    });
    expect(text()).toBe(OWN.replace('"local"', '"remote"'));
    expect(text(`${file}.bak`)).toBe(OWN);
    expect([modeOf(file), modeOf(`${file}.bak`)]).toEqual([0o600, 0o600]);
    expect(readdirSync(dirname(file)).sort()).toEqual(['openclaw.json', 'openclaw.json.bak']);
  });

  it('makes the directory (0700) and the file where there is none', async () => {
    const plan = await planned(
      service(),
      set('gateway.remote.sshTarget', 'ada@studio'),
      set('gateway.mode', 'remote'),
    );
    expect(plan).toMatchObject({ before: null });
    expect(plan.diff).toContain('--- /dev/null');
    expect(await service().apply(plan)).toMatchObject({ ok: true, value: { written: true, backup: null } });
    expect(JSON.parse(text())).toEqual({ gateway: { remote: { sshTarget: 'ada@studio' }, mode: 'remote' } });
    expect([modeOf(dirname(file)), modeOf(file)]).toEqual([0o700, 0o600]);
  });

  it('writes nothing where nothing changes', async () => {
    write(OWN);
    const plan = await planned(service(), set('gateway.mode', 'local'));
    expect(plan.diff).toBe('');
    expect(await service().apply(plan)).toMatchObject({ ok: true, value: { written: false, backup: null } });
    expect(readdirSync(dirname(file))).toEqual(['openclaw.json']);
  });

  it('keeps the last five backups', async () => {
    write('{ gateway: { port: 1000 } }');
    for (let port = 1001; port <= 1007; port += 1) {
      await service().apply(await planned(service(), set('gateway.port', port)));
    }
    const kept = readdirSync(dirname(file)).filter((name) => name.includes('.bak'));
    expect(kept.sort()).toEqual(['', '.1', '.2', '.3', '.4'].map((end) => `openclaw.json.bak${end}`));
    expect(text(`${file}.bak.4`)).toContain('1002');
  });

  it('is all or nothing', async () => {
    write(OWN);
    expect(await service().plan([set('gateway.mode', 'remote'), unset('gateway.port')])).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_PATH_ABSENT', details: { path: 'gateway.port', file } },
    });
  });

  it.each([
    [set('gateway.port', 'http'), 'gateway.port', 'port'],
    [set('gateway.mode', 'sideways'), 'gateway.mode', 'mode'],
    [set('gateway.remote', { url: 'https//x' }), 'gateway.remote.url', 'gatewayUrl'],
    [set('gateway.remote.sshTarget', '-oProxyCommand=x'), 'gateway.remote.sshTarget', 'sshTarget'],
    [set('gateway', 'x'), 'gateway', 'object'],
    [set('gateway.auth.token', { source: 'env' }), 'gateway.auth.token', 'secret'],
  ])('refuses a value of the wrong type: %j', async (edit, where, cause) => {
    write('{}');
    expect(await service().plan([edit])).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_VALUE_INVALID', details: { path: where, cause } },
    });
  });

  it('does not mind faults elsewhere in the file', async () => {
    write('{ gateway: { port: "x", mode: "local" } }');
    expect(await service().plan([set('gateway.mode', 'remote')])).toMatchObject({ ok: true });
    expect(await service().plan([set('gateway.port', 18789)])).toMatchObject({ ok: true });
  });

  it('never shows a secret', async () => {
    write(`{ gateway: { auth: { token: 'canary-1', mode: 'token' }, // password: canary-2\n remote: {} } }`);
    const plan = await planned(
      service(),
      set('gateway.auth.token', 'canary-3'),
      set('gateway.remote.password', 'canary-4'),
    );
    expect(plan.diff).not.toContain('canary');
    expect(plan.diff).toContain('•••• (new)');
    expect(await service().get(path('gateway'))).toEqual({
      ok: true,
      value: { value: { auth: { token: '••••', mode: 'token' }, remote: {} } },
    });
  });
});

describe('a change that somebody else got in between', () => {
  it('is made on what is there now where it still applies', async () => {
    write(OWN);
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    write(OWN.replace('[1]', '[1, 2] /* theirs */'));
    expect(await service().apply(plan)).toMatchObject({ ok: true, value: { written: true, rebased: true } });
    expect(text()).toBe(OWN.replace('[1]', '[1, 2] /* theirs */').replace('"local"', '"remote"'));
  });

  it.each([
    [
      'the same value',
      OWN.replace('"local"', '"remote"').replace('mode', 'mode /* x */').replace('remote', 'other'),
    ],
    ['the file, which is broken now', '{'],
  ])('is refused, and nothing lost, when it touched %s', async (_what, theirs) => {
    write(OWN);
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    write(theirs);
    expect(await service().apply(plan)).toMatchObject({ ok: false, error: { code: 'CONFIG_CONFLICT' } });
    expect(text()).toBe(theirs);
    expect(readdirSync(dirname(file))).toEqual(['openclaw.json']);
  });

  it('is noticed up to the last moment: between the staging and the rename', async () => {
    write(OWN);
    let interfered = false;
    const fs: WriteFs = {
      ...nodeFs,
      async open(...args: Parameters<typeof nodeFs.open>) {
        if (!interfered) write(OWN.replace('[1]', '[7]'));
        interfered = true;
        return nodeFs.open(...args);
      },
    };
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    expect(await service({}, fs).apply(plan)).toMatchObject({ ok: true, value: { rebased: true } });
    expect(text()).toBe(OWN.replace('[1]', '[7]').replace('"local"', '"remote"'));
  });

  it('gives up on a file that never holds still', async () => {
    write('{}');
    let count = 0;
    const fs: WriteFs = {
      ...nodeFs,
      async open(...args: Parameters<typeof nodeFs.open>) {
        count += 1;
        write(`{ a: ${count} }`);
        return nodeFs.open(...args);
      },
    };
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    expect(await service({}, fs).apply(plan)).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_CONFLICT' },
    });
    expect(text()).toBe(`{ a: ${count} }`);
  });
});

it('sweeps away the drafts of a process that was killed while it wrote, and no other file', async () => {
  write(OWN);
  const id = crypto.randomUUID();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  for (const end of [`.${dead}-${id}.tmp`, `.${dead}-${id}.tmp.bak`]) write('secret', `${file}${end}`);
  const others = [`.${process.ppid}-${id}.tmp`, `.${dead}.tmp`].map((end) => `${file}${end}`);
  for (const other of others) write('theirs', other);
  await service().apply(await planned(service(), set('gateway.mode', 'remote')));
  const kept = [file, `${file}.bak`, ...others].map((path) => basename(path));
  expect(readdirSync(dirname(file)).toSorted()).toEqual(kept.toSorted());
});

describe('what is not written to', () => {
  it('a symbolic link, wherever it leads', async () => {
    write(OWN, join(home, 'elsewhere.json'));
    mkdirSync(dirname(file));
    symlinkSync(join(home, 'elsewhere.json'), file);
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    expect(await service().apply(plan)).toMatchObject({ ok: false, error: { code: 'FILE_NOT_OURS' } });
    expect(text(join(home, 'elsewhere.json'))).toBe(OWN);
  });

  it('a file of another owner', async () => {
    write(OWN);
    const fs: WriteFs = {
      ...nodeFs,
      async lstat(name) {
        return Object.assign(await nodeFs.lstat(name), { uid: 4_000_000 });
      },
    };
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    expect(await service({}, fs).apply(plan)).toMatchObject({ ok: false, error: { code: 'FILE_NOT_OURS' } });
    expect(text()).toBe(OWN);
  });

  it.each(['OPENCLAW_CONFIG_READONLY', 'OPENCLAW_NIX_MODE'])('anything under %s=1', async (variable) => {
    write(OWN);
    expect(await service({ [variable]: '1' }).plan([set('gateway.mode', 'remote')])).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_READ_ONLY', details: { variable, file } },
    });
  });

  it('a backup name that is a link: the link goes, its target stays', async () => {
    write(OWN);
    write('precious', join(home, 'precious'));
    symlinkSync(join(home, 'precious'), `${file}.bak`);
    await service().apply(await planned(service(), set('gateway.mode', 'remote')));
    expect(text(join(home, 'precious'))).toBe('precious');
    expect(text(`${file}.bak`)).toBe(OWN);
  });

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EACCES', 'permission denied'],
    ['EROFS', 'the disk is read-only'],
    ['EIO', 'EIO'],
  ])('a disk that says %s', async (code, words) => {
    write(OWN);
    const fs: WriteFs = {
      ...nodeFs,
      open: () => Promise.reject(Object.assign(new Error(code), { code })),
    };
    const plan = await planned(service(), set('gateway.mode', 'remote'));
    const failed = await service({}, fs).apply(plan);
    expect(failed).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_UNWRITABLE', details: { file, reason: code } },
    });
    if (!failed.ok) expect(describeError(failed.error, t).body).toContain(`${file}: ${words}.`);
    expect(text()).toBe(OWN);
    expect(readdirSync(dirname(file))).toEqual(['openclaw.json']);
  });

  it('a broken file: it says where', async () => {
    write('{\n  gateway: {\n    mode: remote\n');
    expect(await service().plan([set('gateway.mode', 'remote')])).toMatchObject({
      ok: false,
      error: { code: 'OPENCLAW_CONFIG_BROKEN', details: { file, line: 3, column: 11 } },
    });
  });
});

describe('undo', () => {
  it('shows and restores what the last write replaced, and can itself be undone', async () => {
    write(OWN);
    await service().apply(await planned(service(), set('gateway.mode', 'remote')));
    const plan = await undo(service());
    expect(plan.diff).toContain('+  gateway: { mode: "local" }, // now');
    expect(await service().apply(plan)).toMatchObject({ ok: true, value: { written: true } });
    expect(text()).toBe(OWN);
    await service().apply(await undo(service()));
    expect(text()).toContain('"remote"');
  });

  it('repairs a broken file, without showing its secrets', async () => {
    write(OWN);
    await service().apply(await planned(service(), set('gateway.mode', 'remote')));
    write('{ gateway: { auth: { token: "canary", }, } } }');
    const plan = await undo(service());
    expect(plan.diff).not.toContain('canary');
    await service().apply(plan);
    expect(text()).toBe(OWN);
  });

  it('is refused when the file changed after it was shown, or there is no backup', async () => {
    expect(await service().planUndo()).toMatchObject({ ok: false, error: { code: 'CONFIG_NO_BACKUP' } });
    write(OWN);
    await service().apply(await planned(service(), set('gateway.mode', 'remote')));
    const plan = await undo(service());
    write('{ theirs: 1 }');
    expect(await service().apply(plan)).toMatchObject({ ok: false, error: { code: 'CONFIG_CONFLICT' } });
    expect(text()).toBe('{ theirs: 1 }');
  });
});

describe('$include', () => {
  beforeEach(() => {
    write(
      '{\n  gateway: { $include: "./gateway.json5", port: 19001 },\n  logging: { $include: ["./a.json5", "./b.json5"] },\n}',
    );
    write(
      '{\n  mode: "remote",\n  port: 1,\n  remote: { url: "ws://127.0.0.1:19001" },\n}',
      join(home, '.openclaw', 'gateway.json5'),
    );
    write('{ list: [1], level: "info" }', join(home, '.openclaw', 'a.json5'));
    write('{ list: [2], level: "debug" }', join(home, '.openclaw', 'b.json5'));
  });

  it('is read as upstream reads it: siblings win, lists are joined', async () => {
    const { authored, included, problem } = await service().read();
    expect(problem).toBeNull();
    expect(authored).toEqual({
      gateway: { mode: 'remote', port: 19001, remote: { url: 'ws://127.0.0.1:19001' } },
      logging: { list: [1, 2], level: 'debug' },
    });
    expect(included.map((name) => name.split('/').at(-1)).sort()).toEqual([
      'a.json5',
      'b.json5',
      'gateway.json5',
    ]);
  });

  it('tells where a value really stands', async () => {
    expect(await service().locate(path('gateway.mode'))).toEqual({
      file: join(home, '.openclaw', 'gateway.json5'),
      line: 2,
      column: 9,
    });
    expect(await service().locate(path('gateway.port'))).toEqual({ file, line: 2, column: 49 });
    expect(await service().locate(path('gateway.bind'))).toBeNull();
  });

  it('keeps a value of an included file there, and names the file', async () => {
    expect(await service().plan([set('gateway.mode', 'local')])).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_INCLUDED', details: { file: join(home, '.openclaw', 'gateway.json5') } },
    });
    expect(await service().plan([set('logging', {})])).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_INCLUDED' },
    });
    expect(await service().plan([set('gateway.port', 19002)])).toMatchObject({ ok: true });
  });

  it.each([
    ['a circle', '{ $include: "./openclaw.json" }'],
    ['a file that is not there', '{ $include: "./nowhere.json5" }'],
    ['a way out of the directory', '{ $include: "../../../../etc/hostname" }'],
    ['no name', '{ $include: 7 }'],
    ['a broken file', '{ a: }'],
  ])('is refused with %s', async (_what, content) => {
    write(content, join(home, '.openclaw', 'gateway.json5'));
    const { problem, config } = await service().read();
    expect(problem).toMatchObject({ code: 'OPENCLAW_CONFIG_BROKEN' });
    expect(config).toBeNull();
  });

  it('does not follow a link out of the directory, unless its place is allowed', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'chela-outside-'));
    write('{ mode: "local" }', join(outside, 'gateway.json5'));
    rmSync(join(home, '.openclaw', 'gateway.json5'));
    symlinkSync(join(outside, 'gateway.json5'), join(home, '.openclaw', 'gateway.json5'));
    expect((await service().read()).problem).toMatchObject({ code: 'OPENCLAW_CONFIG_BROKEN' });
    expect((await service({ OPENCLAW_INCLUDE_ROOTS: outside }).read()).config?.gateway?.mode).toBe('local');
    rmSync(outside, { recursive: true });
  });
});

describe('validate', () => {
  it('names every known key of the wrong type with its place, and hints at unknown ones', async () => {
    write('{\n  gateway: {\n    port: "18789",\n    mode: "remote",\n  },\n  gatway: {},\n}');
    expect(await service().validate()).toEqual({
      file,
      exists: true,
      breaches: [],
      problem: null,
      issues: [{ path: 'gateway.port', expected: 'port', file, line: 3, column: 11 }],
      unknownKeys: [{ path: 'gatway', file, line: 6, column: 11 }],
    });
  });

  it('says where a broken file is broken, and nothing about a missing one', async () => {
    expect(await service().validate()).toMatchObject({ exists: false, problem: null, issues: [] });
    write('{ a: }');
    expect(await service().validate()).toMatchObject({ problem: { details: { line: 1, column: 6 } } });
    expect(existsSync(`${file}.bak`)).toBe(false);
  });
});
