import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeTestEngine } from '../../../e2e/fixtures/test-engine.ts';
import { endProgramsOf, startTunnelHost, type TunnelHost } from '../../../e2e/fixtures/tunnel-host.ts';
import { startUserSystemd } from '../../../e2e/fixtures/user-systemd.ts';
import type { TunnelPlan, TunnelServiceStatus } from '../../shared/contract/tunnel-service.ts';
import type { Result } from '../../shared/result.ts';
import type { Screen } from '../engine.ts';
import { probeGateway } from '../port-holder/probe-gateway.ts';
import type { Place } from './place.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** A host, and this computer, which may log in there with an RSA key and is connected. */
async function setUp(
  host: TunnelHost,
  place: (home: string) => Promise<{ env: Record<string, string>; place: Partial<Place> }>,
) {
  const home = mkdtempSync(join(tmpdir(), 'chela-persist-'));
  cleanups.push(() => endProgramsOf(home));
  const made = await place(home);
  const test = await makeTestEngine({ home, env: made.env, tunnelPlace: made.place });
  cleanups.push(() => test.stop());
  const { engine, port } = test;
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  writeFileSync(join(home, '.ssh', 'known_hosts'), `${host.knownHostsLine}\n`, { mode: 0o600 });
  const config = '# mine\r\nHost *\r\n  ServerAliveInterval 90\r\n  GatewayPorts yes';
  writeFileSync(join(home, '.ssh', 'config'), config, { mode: 0o644 });
  const screen = engine.openScreen();
  await engine.start();
  const remote = {
    sshTarget: host.target,
    identityFile: host.loginKey,
    token: host.token,
    tokenPlace: 'file',
    localPort: port,
    gatewayPort: host.gatewayPort,
  };
  expect(await screen.request('settings.save', { patch: { mode: 'remote', remote } })).toMatchObject({
    ok: true,
  });
  await test.until(({ connection }) => connection.tag === 'connected');
  return { test, screen, home, port };
}

async function ask<T>(screen: Screen, method: string, params: unknown = {}): Promise<T> {
  const answer = (await screen.request(`tunnelService.${method}`, params)) as Result<T>;
  if (!answer.ok)
    throw new Error(`${answer.error.code}: ${answer.error.message} ${JSON.stringify(answer.error.details)}`);
  return answer.value;
}

async function until<T>(look: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (isEnough(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Every file below, with its bytes and permissions; without what Chela keeps for itself. */
function treeOf(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/[/](chela|\.run)([/]|$)/.test(file.slice(dir.length)))
      .sort()
      .map((file) => {
        const stats = lstatSync(file);
        const content = stats.isFile() ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
        return [file, `${stats.mode.toString(8)} ${content}`];
      }),
  );
}

const managers = [
  {
    name: 'systemd --user',
    manager: 'systemd',
    place: async (home: string) => {
      const systemd = await startUserSystemd(home);
      if (systemd) cleanups.push(() => systemd.stop());
      return systemd && { env: systemd.env, place: {} };
    },
  },
  {
    name: 'the loop of an autostart entry',
    manager: 'autostart',
    place: async () => ({ env: { PATH: process.env.PATH ?? '' }, place: { manager: 'autostart' as const } }),
  },
];

describe.runIf(process.platform === 'linux')('R30-R37 a persistent tunnel, for real', () => {
  it.for(managers)(
    'installs, comes back, is adopted, and leaves nothing behind: $name',
    { timeout: 90_000 },
    async ({ manager, place }, { skip }) => {
      let isThere = true;
      const host = await startTunnelHost();
      cleanups.push(() => host.stop());
      // Without a last newline, as editors leave it.
      writeFileSync(host.authorizedKeysFile, `# people\n${host.authorizedKeys().trimEnd()}`);
      const { test, screen, home, port } = await setUp(host, async (dir) => {
        const made = await place(dir);
        isThere = made !== null;
        return made ?? { env: {}, place: {} };
      });
      if (!isThere) skip('no systemd of its own can be had here');
      const before = treeOf(home);
      const keysBefore = host.authorizedKeys();

      const plan = await ask<TunnelPlan>(screen, 'plan', { what: 'install', choices: {} });
      expect(plan).toMatchObject({
        manager,
        isReady: true,
        isNothing: false,
        alias: 'remote-gateway',
        localPort: port,
      });
      expect(plan.steps.filter(({ state }) => state === 'needed').map(({ id }) => id)).toEqual([
        'key',
        'copyKey',
        'sshConfig',
        'service',
        'proof',
      ]);
      expect(JSON.stringify(plan)).not.toContain(host.token);
      expect(treeOf(home)).toEqual(before);

      const outcome = await ask(screen, 'apply', { what: 'install', choices: {}, id: plan.id });
      expect(outcome).toEqual({ tag: 'done' });
      expect(await probeGateway(port, { timeoutMs: 3000 })).toBe(true);
      const adopted = await test.until(({ tunnel }) => tunnel.tag === 'up' && tunnel.owner === 'service');
      expect(adopted.tunnelRun?.steps.every(({ state }) => state === 'done')).toBe(true);
      const status = await ask<TunnelServiceStatus>(screen, 'status');
      expect(status).toMatchObject({ state: 'running', drift: [], targetNow: null, interrupted: null });
      expect(status.port).toMatchObject({ isService: true, isGateway: true, holder: { command: 'ssh' } });

      // Nobody but the system brings it back.
      if (status.pid === null) throw new Error('the system does not tell the process');
      process.kill(status.pid, 'SIGKILL');
      const back = await until(
        () => ask<TunnelServiceStatus>(screen, 'status'),
        ({ state, pid, port: { isGateway } }) => state === 'running' && isGateway && pid !== status.pid,
      );
      expect(back.port.isService).toBe(true);

      // A second time there is nothing to do, and no second line on the host.
      expect(await ask(screen, 'plan', { what: 'repair', choices: {} })).toMatchObject({ isNothing: true });
      expect(host.authorizedKeys()).toMatch(
        /^# people\nssh-rsa .*\nrestrict,port-forwarding,permitopen="127\.0\.0\.1:\d+",command="false" ssh-ed25519 \S+ chela@\S+\n$/,
      );

      const choices = { skip: [] };
      const removal = await ask<TunnelPlan>(screen, 'plan', { what: 'uninstall', choices });
      expect(removal.steps.map(({ id, state }) => [id, state])).toEqual([
        ['service', 'needed'],
        ['sshConfig', 'needed'],
        ['copyKey', 'needed'],
        ['key', 'needed'],
      ]);
      expect(await ask(screen, 'apply', { what: 'uninstall', choices, id: removal.id })).toEqual({
        tag: 'done',
      });
      expect(treeOf(home)).toEqual(before);
      expect(host.authorizedKeys()).toBe(`${keysBefore}\n`);
      await test.until(({ tunnel }) => tunnel.tag === 'up' && tunnel.owner === 'app');
      expect(await ask(screen, 'status')).toMatchObject({ state: 'notInstalled', installed: null });
    },
  );
});
