import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { settleFreePorts } from '../../e2e/fixtures/free-port.ts';
import { startSshd } from '../../e2e/fixtures/sshd.ts';
import { type ChelaHome, CTRL_C, makeHome, type Terminal } from './calls-bench.ts';

vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 20_000 };

let cli: string;
let home: ChelaHome;
let closers: (() => unknown)[];

beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 120_000);
beforeEach(() => {
  home = makeHome(cli);
  closers = [() => home.remove()];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

function atTerminal(args: readonly string[]): Terminal {
  const terminal = home.atTerminal(args);
  closers.push(terminal.end);
  return terminal;
}

describe('consent at a terminal (R12)', () => {
  const TEXT = "{\n  // mine\n  gateway: { mode: 'local', port: 18789 },\n}\n";
  const text = () => readFileSync(join(home.dir, '.openclaw', 'openclaw.json'), 'utf8');

  it.each([
    ['n', 'n\r', 1, TEXT],
    ['Enter alone', '\r', 1, TEXT],
    ['Ctrl+C', CTRL_C, 130, TEXT],
    ['y', 'y\r', 0, TEXT.replace('18789', '18790')],
  ])('config set shows the change and asks; %s decides', async (_what, keys, code, after) => {
    mkdirSync(join(home.dir, '.openclaw'));
    home.file('.openclaw/openclaw.json', TEXT);
    const set = atTerminal(['config', 'set', 'gateway.port', '18790']);
    await expect.poll(set.screen, soon).toContain('Write this to ');
    expect(set.screen()).toContain("-  gateway: { mode: 'local', port: 18789 },");
    expect(set.screen()).toContain("+  gateway: { mode: 'local', port: 18790 },");
    expect(text()).toBe(TEXT);
    set.type(keys);
    expect([await set.closed, text()]).toEqual([code, after]);
  });
});

describe('the host key at a terminal (R6)', () => {
  it('an unknown key is shown; no saves nothing and ends with 4, yes opens the tunnel', async () => {
    const sshd = await startSshd();
    closers.push(() => sshd.stop());
    mkdirSync(join(home.dir, '.ssh'), { mode: 0o700 });
    home.file('.ssh/config', `Host 127.0.0.1\n  IdentityFile ${sshd.clientKey}\n  IdentitiesOnly yes\n`);
    const known = join(home.dir, '.ssh', 'known_hosts');
    const target = `${sshd.user}@127.0.0.1:${sshd.port}`;
    await settleFreePorts(join(home.dir, 'data'));
    expect((await home.chela(['mode', 'remote', '--ssh-target', target])).code).toBe(0);

    const declined = atTerminal(['connect']);
    await expect.poll(declined.screen, soon).toContain('Trust it and add it to');
    expect(declined.screen()).toContain(sshd.hostFingerprint);
    declined.type('n\r');
    expect(await declined.closed).toBe(4);
    expect(declined.screen()).toContain('was not accepted');
    expect(existsSync(known)).toBe(false);

    const trusted = atTerminal(['connect']);
    await expect.poll(trusted.screen, soon).toContain('Trust it and add it to');
    trusted.type('y\r');
    const tunnel = async () =>
      JSON.parse((await home.chela(['tunnel', 'status', '--json'])).stdout).state as string;
    await expect.poll(tunnel, soon).toBe('up');
    const found = execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${sshd.port}`, '-f', known], {
      encoding: 'utf8',
    });
    expect(found).toContain(sshd.hostKeyLine.split(' ')[2]);
    trusted.type(CTRL_C);
    expect(await trusted.closed).toBe(0);
  });
});
