import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../../e2e/fixtures/built-app.ts';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { startTunnelHost, type TunnelHost } from '../../../e2e/fixtures/tunnel-host.ts';
import { type ChelaHome, CTRL_C, makeHome } from '../calls-bench.ts';

// Every step is a process of its own.
vi.setConfig({ testTimeout: 180_000 });

let cli: string;
let home: ChelaHome;

beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 120_000);
beforeEach(() => {
  home = makeHome(cli);
});
afterEach(() => home.remove());

/** A desktop and no systemd of this user, so that the tunnel is kept by an autostart entry. */
const env = { XDG_CURRENT_DESKTOP: 'test' };
const chela = (...args: string[]) => home.chela(args, { env });
async function json(...args: string[]) {
  const { code, stdout } = await chela('--json', ...args);
  return { code, said: JSON.parse(stdout) };
}

/** Every file of the home but Chela's own and Node's code cache, with its content. */
function tree(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(home.dir, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/^[/](data|\.cache)\b/.test(file.slice(home.dir.length)) && lstatSync(file).isFile())
      .map((file) => [file, readFileSync(file, 'utf8')]),
  );
}

describe('chela tunnel: what it refuses', () => {
  it.each([
    [['install', '--key', 'a', '--new-key'], 'exclude each other'],
    [['install', '--alias', 'a b'], 'letters, digits'],
    [['install', '--skip', 'everything'], 'There is no step “everything”. Steps: key, copy-key, ssh-config'],
    [['uninstall', '--keep', 'everything'], 'There is no step “everything”'],
    [['logs', '--lines', '0'], '1-500'],
  ])('%j', async (args, words) => {
    const { code, stderr } = await chela('tunnel', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });

  it('there is nothing to change where nothing is set up, and a target is missing to set it up', async () => {
    for (const order of ['uninstall', 'repair', 'restart', 'logs']) {
      const { said } = await json('tunnel', order);
      expect(said).toMatchObject({ ok: false, error: { code: 'TUNNEL_SERVICE_ABSENT' } });
      expect(said.error.fix).toContain('chela tunnel install');
    }
    expect(await json('tunnel', 'install')).toMatchObject({
      code: 78,
      said: { error: { code: 'SSH_TARGET_MISSING', fix: expect.stringContaining('--ssh-target') } },
    });
    expect((await json('tunnel', 'resume')).said).toMatchObject({ ok: true, interrupted: null });
  });
});

describe.runIf(process.platform === 'linux')('chela tunnel without a running Chela (R30-R37)', () => {
  let host: TunnelHost;
  beforeEach(async () => {
    host = await startTunnelHost();
    mkdirSync(join(home.dir, '.ssh'), { mode: 0o700 });
    home.file('.ssh/known_hosts', `${host.knownHostsLine}\n`);
    home.file('.ssh/config', `# mine\nHost 127.0.0.1\n  IdentityFile ${host.loginKey}\n`);
    const url = `ws://127.0.0.1:${await freePort()}`;
    const remote = { sshTarget: host.target, url, remotePort: host.gatewayPort, token: host.token };
    home.configure({ gateway: { mode: 'remote', remote } });
  });
  afterEach(async () => {
    // The tunnel outlives every process of this test.
    await chela('tunnel', 'uninstall', '--yes');
    await host.stop();
  });

  it('shows, asks, sets up, stops, starts, repairs, and leaves nothing behind', async () => {
    const before = tree();
    const keysBefore = host.authorizedKeys();
    const dry = await chela('tunnel', 'install', '--dry-run');
    expect([dry.code, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toContain('+Host remote-gateway');
    expect(dry.stdout).toMatch(/Nothing was touched\.\n$/);
    expect(await json('tunnel', 'install')).toMatchObject({
      code: 2,
      said: {
        error: { code: 'CLI_USAGE', details: { reason: expect.stringContaining('--yes') } },
        plan: { isReady: true, manager: 'autostart' },
      },
    });
    expect(tree()).toEqual(before);

    // By a name of a person's own, which alone tells whose ssh it is.
    const installed = await chela('tunnel', 'install', '--alias', 'to-the-den', '--yes');
    expect([installed.code, installed.stderr]).toEqual([0, '']);
    expect(installed.stdout).toMatch(/● Proof: done\n● Set up\. A Gateway answered through port \d+\.\n$/);
    const { said } = await json('tunnel', 'status');
    expect(said).toMatchObject({
      ok: true,
      running: false,
      owner: 'service',
      service: { state: 'running', port: { isService: true, isGateway: true }, drift: [] },
    });

    // Under another name it is the same service, and the old loop is gone.
    const renamed = await chela('tunnel', 'install', '--alias', 'to-the-lab', '--yes');
    expect([renamed.code, renamed.stderr]).toEqual([0, '']);

    expect(await chela('tunnel', 'stop')).toMatchObject({ code: 0 });
    expect((await json('tunnel', 'status')).said).toMatchObject({
      ok: false,
      service: { state: 'stopped' },
    });
    expect(await chela('tunnel', 'start')).toMatchObject({ code: 0 });
    await expect.poll(async () => (await json('tunnel', 'status')).said.ok, { timeout: 20_000 }).toBe(true);

    const config = join(home.dir, '.ssh', 'config');
    home.file('.ssh/config', readFileSync(config, 'utf8').replace('BatchMode yes', 'BatchMode no'));
    const drifted = (await chela('tunnel', 'status')).stdout;
    expect(drifted).toContain(`▲ ${config} was changed`);
    expect(drifted).toContain('chela tunnel repair');
    expect((await chela('tunnel', 'repair', '--yes')).code).toBe(0);
    expect(readFileSync(config, 'utf8')).toContain('BatchMode yes');
    const removed = await chela('tunnel', 'uninstall', '--all', '--yes');
    expect([removed.code, removed.stderr]).toEqual([0, '']);
    expect(tree()).toEqual(before);
    expect(host.authorizedKeys()).toBe(keysBefore);
    expect((await json('tunnel', 'status')).said).toMatchObject({ service: { state: 'notInstalled' } });
  });

  it('asks at a terminal: no touches nothing, Ctrl+C in the middle takes everything back and says so', async () => {
    const before = [tree(), host.authorizedKeys()];
    const install = ['tunnel', 'install', '--fetch-token', '--skip', 'token'];
    const asked = async () => {
      const terminal = home.atTerminal(install, env);
      await expect.poll(terminal.screen, { timeout: 20_000 }).toContain('Set this up?');
      expect(terminal.screen()).toMatch(/4\. Gateway token \(token\)[\s\S]*Left out\./);
      return terminal;
    };
    const declined = await asked();
    declined.type('n\r');
    expect(await declined.closed).toBe(1);
    expect(declined.screen()).toContain('Nothing was touched.');
    expect([tree(), host.authorizedKeys()]).toEqual(before);

    const cut = await asked();
    cut.type('y\r');
    await expect.poll(cut.screen, { timeout: 20_000 }).toContain('● Key on the host: done');
    cut.type(CTRL_C);
    expect(await cut.closed).toBe(130);
    expect(cut.screen()).toContain('Stopped at: ');
    expect(cut.screen()).toMatch(/Put back as it was: [^\n]*authorized_keys/);
    expect([tree(), host.authorizedKeys()]).toEqual(before);
  });

  it('a change that was killed is said to be cut off, and goes on from there', async () => {
    const before = [tree(), host.authorizedKeys()];
    await home.interrupted(['tunnel', 'install', '--yes'], /● SSH configuration/, 'SIGKILL', env);
    // Nobody can tell at once that whoever made it is gone.
    await expect
      .poll(async () => (await chela('tunnel', 'status')).stdout, { timeout: 20_000 })
      .toMatch(
        /▲ Setting it up was cut off at .*\n.*Key, Key on the host, SSH configuration.*\n.*chela tunnel resume, or/,
      );
    const resumed = await chela('tunnel', 'resume');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
    expect((await json('tunnel', 'status')).said).toMatchObject({ ok: true, service: { state: 'running' } });
    const removed = await json('tunnel', 'uninstall', '--all', '--yes');
    expect(removed).toMatchObject({ code: 0, said: { ok: true } });
    const steps = removed.said.plan.steps.map(
      ({ id, state }: { id: string; state: string }) => `${id} ${state}`,
    );
    expect(steps).toEqual(['service needed', 'sshConfig needed', 'copyKey needed', 'key needed']);
    expect([tree(), host.authorizedKeys()]).toEqual(before);
  });
});
