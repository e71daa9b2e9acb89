import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../../e2e/fixtures/built-app.ts';

// Every step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

let cli: string;
let home: string;
let file: string;
beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 120_000);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-config-'));
  file = join(home, '.openclaw', 'openclaw.json');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

type Run = { code: number; stdout: string; stderr: string };

function chela(
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
) {
  return new Promise<Run>((resolve) => {
    const child = execFile(
      process.execPath,
      [cli, '--data-dir', join(home, 'data'), ...args],
      { env: { PATH: process.env.PATH, HOME: home, USERPROFILE: home, LANG: 'C', ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

const TEXT = `{
  // mine
  gateway: { mode: 'local', port: 18789 },
  other: [1, 2],
}
`;

function write(text: string): void {
  mkdirSync(join(home, '.openclaw'), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
const text = () => readFileSync(file, 'utf8');

describe('chela config (R12)', () => {
  it('shows a change and writes it only with consent', async () => {
    write(TEXT);
    const dry = await chela(['config', 'set', 'gateway.port', '18790', '--dry-run']);
    expect([dry.code, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toContain("-  gateway: { mode: 'local', port: 18789 },");
    expect(dry.stdout).toContain("+  gateway: { mode: 'local', port: 18790 },");

    const asked = await chela(['config', 'set', 'gateway.port', '18790']);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('Add --yes');
    expect(text()).toBe(TEXT);

    expect((await chela(['config', 'set', 'gateway.port', '18790', '--yes'])).code).toBe(0);
    expect(text()).toBe(TEXT.replace('18789', '18790'));
    expect((await chela(['config', 'get', 'gateway.port'])).stdout).toBe('18790\n');
    expect((await chela(['config', 'unset', 'gateway.port', '-y'])).code).toBe(0);
    expect((await chela(['config', 'get', 'gateway.port'])).code).toBe(1);
    expect((await chela(['config', 'undo', '--yes'])).code).toBe(0);
    expect(text()).toBe(TEXT.replace('18789', '18790'));
  });

  it('takes a secret from standard input or a file, and shows it nowhere', async () => {
    const key = 'gateway.remote.token';
    const piped = await chela(['config', 'set', key, '--stdin', '--yes'], { input: '0123canary\r\n' });
    expect([piped.code, piped.stderr]).toEqual([0, '']);
    expect(text()).toContain('0123canary');
    expect(text()).not.toContain('\\r');
    expect(statSync(file).mode & 0o777).toBe(0o600);

    writeFileSync(join(home, 'token'), '42\n', { mode: 0o600 });
    const filed = await chela(['--json', 'config', 'set', key, '--file', join(home, 'token'), '--yes']);
    expect(filed.code).toBe(0);
    // Digits stay a text.
    expect(text()).toContain('"42"');

    const argv = await chela(['config', 'set', key, 'canary-argv', '--yes']);
    expect(argv.stderr).toContain('Use --stdin or --file');
    const got = await chela(['config', 'get', key]);
    const dump = [piped, filed, argv, got].map(({ stdout, stderr }) => stdout + stderr).join();
    expect(dump).not.toContain('canary');
  });

  it.each([
    ['no value', ['config', 'set', 'a.b'], 2],
    ['two values', ['config', 'set', 'a.b', '1', '--stdin'], 2],
    ['an empty standard input', ['config', 'set', 'a.b', '--stdin', '--yes'], 2],
    ['a key that is none', ['config', 'set', 'a..b', '1', '--yes'], 2],
    ['a value of another type', ['config', 'set', 'gateway.port', '"no"', '--yes'], 78],
    ['what is not JSON where JSON is asked for', ['config', 'set', 'a', '{', '--strict-json', '--yes'], 78],
    ['a profile that is none', ['--profile', '../x', 'config', 'path'], 2],
    ['an undo of nothing', ['config', 'undo', '--yes'], 1],
  ])('refuses %s', async (_what, args, code) => {
    write(TEXT);
    expect((await chela(args)).code).toBe(code);
    expect(text()).toBe(TEXT);
  });

  it('names the place of what is wrong in the file', async () => {
    write('{\n  gateway: { port: "x" },\n  surprise: 1\n}');
    const { code, stdout } = await chela(['--json', 'config', 'validate']);
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      issues: [{ path: 'gateway.port', line: 2 }],
      unknownKeys: [{ path: 'surprise', line: 3 }],
    });
    write('{ gateway: ');
    const broken = await chela(['config', 'validate']);
    expect(broken.code).toBe(78);
    expect(broken.stderr).toContain(`${file}:1:12: `);
    write(TEXT);
    expect((await chela(['config', 'validate'])).code).toBe(0);
  });

  it('names the rule, the place and the way out for a plaintext URL and an open bind (R24, R25)', async () => {
    const parts = ['remote: { url: "ws://gw.example:18789" },', 'bind: "lan",'];
    write(`{\n  gateway: {\n    ${parts.join('\n    ')}\n  },\n}`);
    const { code, stdout } = await chela(['config', 'validate']);
    expect(code).toBe(78);
    expect(stdout).toContain(`${file}:3:20: `);
    expect(stdout).toMatch(/\(R24\)\n.*gw\.example[\s\S]*Fix: .*wss:\/\//);
    expect(stdout).toContain(`${file}:4:11: `);
    expect(stdout).toMatch(/\(R25\)\n.*“lan”[\s\S]*Fix: .*gateway\.auth\.token/);

    // A secret that is there is enough, and no program is run to look at it.
    const ref = '{ source: "exec", provider: "none", id: "x" }';
    write(`{ gateway: { bind: "lan", auth: { token: ${ref} }, remote: { url: "ws://10.0.0.7" } } }`);
    const env = { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' };
    expect((await chela(['config', 'validate'], { env })).stdout).toContain('is in order');
    expect((await chela(['--json', 'config', 'validate'])).stdout).toContain('GATEWAY_PLAINTEXT_REFUSED');
  });

  it('says at a write what the rules will say (R24, R25)', async () => {
    write(TEXT);
    const url = await chela(['config', 'set', 'gateway.remote.url', 'ws://gw.example', '--yes']);
    expect([url.code, url.stderr]).toEqual([0, expect.stringMatching(/openclaw\.json:\d+:\d+: .*\(R24\)/)]);
    const bind = await chela(['config', 'set', 'gateway.bind', 'lan', '--dry-run']);
    expect(bind.stderr).toMatch(/openclaw\.json:\d+:\d+: .*\(R25\)/);
    expect((await chela(['config', 'set', 'gateway.bind', 'loopback', '--dry-run'])).stderr).not.toContain(
      'R25',
    );
  });

  it('a broken file: one sentence with the place, what to do, and 78, whatever is asked', async () => {
    write('{\n  gateway: { port: 18799,,\n}');
    const asked = ['health', 'mode', 'config explain', 'gateway run', 'connect', 'doctor', 'tunnel status'];
    const said = await Promise.all(asked.map(async (line) => [line, await chela(line.split(' '))] as const));
    for (const [line, { code, stdout, stderr }] of said) {
      expect([line, code, stdout]).toEqual([line, 78, '']);
      expect(stderr.split(`${file}:2:26: `)).toHaveLength(2);
      expect(stderr).toContain('Fix: Correct the file at that place');
    }
  });

  it('finds the file as OpenClaw does', async () => {
    expect((await chela(['config', 'path'])).stdout).toBe(`${file}\n`);
    const env = { OPENCLAW_CONFIG_PATH: join(home, 'x.json') };
    expect((await chela(['config', 'path'], { env })).stdout).toBe(`${join(home, 'x.json')}\n`);
    expect((await chela(['--profile', 'lab', 'config', 'path'])).stdout).toContain('.openclaw-lab');
  });
});

describe('chela config explain (R13-R22)', () => {
  /** What `explain` says of a call, and what `health` says it sent. */
  async function both() {
    const explained = JSON.parse((await chela(['--json', 'config', 'explain'])).stdout);
    const sent = JSON.parse((await chela(['--json', 'health'])).stdout);
    const call = explained.calls.find(({ path }: { path: string }) => path === 'call');
    return { explained, outcome: call.outcome, sent };
  }

  it('names the private file of a token entered in Chela, as health does', async () => {
    const data = join(home, 'data');
    mkdirSync(data);
    const remote = { sshTarget: 'ada@studio', localPort: 1, tokenIn: 'file' };
    writeFileSync(join(data, 'settings.json'), JSON.stringify({ version: 1, mode: 'remote', remote }));
    const file = join(data, 'gateway-tokens.json');
    writeFileSync(file, JSON.stringify({ 'ada@studio': 'canary-7d1' }), { mode: 0o600 });
    const { explained, outcome, sent } = await both();
    expect(outcome).toMatchObject({ tag: 'use', name: 'chela.remote.token', origin: { tag: 'file', file } });
    expect(sent.credential.name).toBe('chela.remote.token');
    expect(sent.credential.from).toContain(file);
    expect(JSON.stringify([explained, sent])).not.toContain('canary-7d1');
  });

  it('does not fall back where that file lacks the token, as health does not (R21)', async () => {
    const data = join(home, 'data');
    mkdirSync(data);
    const remote = { sshTarget: 'ada@studio', localPort: 1, tokenIn: 'file' };
    writeFileSync(join(data, 'settings.json'), JSON.stringify({ version: 1, mode: 'remote', remote }));
    write(`{ gateway: { remote: { token: 'theirs' } } }`);
    const { outcome, sent } = await both();
    expect(outcome).toMatchObject({ tag: 'refused', error: { code: 'TOKEN_STORE_UNREADABLE' } });
    expect(sent.error.code).toBe('TOKEN_STORE_UNREADABLE');
  });

  it('names the token that our own Gateway made', async () => {
    const data = join(home, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'gateway-token'), 'canary-7d2', { mode: 0o600 });
    const { stdout } = await chela(['config', 'explain']);
    expect(stdout).toContain(join(data, 'gateway-token'));
    expect(stdout).not.toContain('canary-7d2');
  });

  it('names the winner, the losers and where each stands, and no value', async () => {
    write('{\n  gateway: {\n    mode: "remote",\n    remote: { token: "canary-remote" },\n  },\n}');
    const env = { OPENCLAW_GATEWAY_TOKEN: 'canary-env' };
    const { code, stdout, stderr } = await chela(['config', 'explain'], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`● gateway.remote.token is used (${file}:4)`);
    expect(stdout).toContain(
      'OPENCLAW_GATEWAY_TOKEN (environment variable OPENCLAW_GATEWAY_TOKEN): Not used.',
    );
    const said = JSON.parse((await chela(['--json', 'config', 'explain'], { env })).stdout);
    expect(said).toMatchObject({
      ok: true,
      mode: 'remote',
      calls: expect.arrayContaining([
        expect.objectContaining({ path: 'probe', outcome: expect.objectContaining({ tag: 'use' }) }),
      ]),
    });
    expect(stdout + JSON.stringify(said)).not.toContain('canary');
  });
});

describe('chela mode --shared (R10, R12)', () => {
  it('tells other tools after a shown change, and changes nothing without consent', async () => {
    write(TEXT);
    const mode = ['mode', 'remote', '--ssh-target', 'ada@studio', '--shared'];
    const dry = await chela([...mode, '--dry-run']);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain('+');
    expect((await chela(mode)).code).toBe(2);
    expect(text()).toBe(TEXT);
    expect((await chela(['--json', 'mode'])).stdout).toContain('"value": "local"');

    expect((await chela([...mode, '--yes'])).code).toBe(0);
    expect((await chela(['config', 'get', 'gateway.mode'])).stdout).toBe('remote\n');
    expect((await chela(['config', 'get', 'gateway.remote.sshTarget'])).stdout).toBe('ada@studio\n');
    expect(text()).toContain('// mine');
    expect((await chela(['mode'])).stdout).toContain('SSH target: ada@studio (settings)');
  });
});
