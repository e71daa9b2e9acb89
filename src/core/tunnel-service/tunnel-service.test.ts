import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import type { TunnelPlan } from '../../shared/contract/tunnel-service.ts';
import { ok, type Result } from '../../shared/result.ts';
import { realSystem, type System } from '../port-holder/system.ts';
import { type Exec, execProgram } from '../ssh/config.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { makeSshBench } from '../ssh/test-bench.ts';
import type { TokenState } from './facts.ts';
import { fakeLaunchctl } from './test-support/stand-ins.ts';
import { createTunnelService } from './tunnel-service.ts';

const bench = makeSshBench();
const label = 'ai.openclaw.ssh-tunnel';
const legacy = 'com.openclaw.ssh-tunnel';
/** What needs a real host is in install.test.ts. */
const choices = { skip: ['copyKey' as const] };

/** A Mac with a launchctl of ours. `answers`: a Gateway greets on the port as soon as the agent is loaded; `state`: of the token. */
async function mac({ answers = true, state = 'kept' as TokenState['state'] } = {}) {
  const home = join(bench.home, 'home');
  const dataDir = join(bench.home, 'data');
  mkdirSync(dataDir);
  await makeKey({ type: 'ed25519', dir: join(home, '.ssh') });
  const config = join(home, '.ssh', 'config');
  writeFileSync(config, '# mine\nHost mini\n  HostName 10.0.0.7\n  User ann\n', { mode: 0o640 });
  const agents = join(home, 'Library', 'LaunchAgents');
  mkdirSync(agents, { recursive: true });
  mkdirSync(join(home, '.Trash'));
  mkdirSync(join(home, 'Library', 'Logs'));

  const launchctl = fakeLaunchctl();
  const port = await freePort();
  const peer = gatewayOn(port);
  bench.defer(peer.stop);
  let onBootstrap = () => {};
  const exec: Exec = async (file, args, options) => {
    if (!file.endsWith('launchctl')) return execProgram(file, args, options);
    const outcome = await launchctl.exec(file, args, options);
    if (args.at(-1)?.endsWith(`${label}.plist`) && args[0] === 'bootstrap') onBootstrap();
    if (answers && launchctl.loaded.has(label)) await peer.start();
    else await peer.stop();
    return outcome;
  };
  const log: string[] = [];
  // Minutes of it pass in a moment.
  let now = 1_000_000;
  const clock = {
    now: () => now,
    after(delayMs: number, run: () => void) {
      const timer = setTimeout(
        () => {
          now += delayMs;
          run();
        },
        delayMs >= 1000 ? 300 : 1,
      );
      return () => clearTimeout(timer);
    },
  };
  const tokens: (string | null)[] = [];
  let target = 'mini';
  const create = (system: System = realSystem) =>
    createTunnelService({
      place: {
        homeDir: home,
        dataDir,
        env: { PATH: process.env.PATH },
        platform: 'darwin',
        uid: 501,
        exec,
        clock,
        system,
      },
      wanted: (sshTarget) =>
        ok({
          target: { host: sshTarget ?? target },
          localPort: port,
          gatewayPort: 18789,
          identityFile: null,
        }),
      connect: async () => host as Pick<SshConnection, 'exec' | 'close'> as SshConnection,
      token: {
        state: () => ({ state, origin: 'settings', file: '' }),
        keep: async () => ok({}),
        save: async (token) => ok(tokens.push(token)),
        forget: async () => ok(tokens.push(null)),
      },
      handOver: {
        release: async () => void log.push('released'),
        takeBack: async () => void log.push('taken back'),
      },
    });
  return {
    ...{ home, dataDir, config, agents, launchctl, port, log, tokens, create },
    service: create(),
    point: (to: string) => {
      target = to;
    },
    onBootstrap: (run: () => void) => {
      onBootstrap = run;
    },
  };
}

/** It has a token, and nothing else is asked of it here. */
const host = {
  exec: async () => ({
    code: 0,
    stdout: 'chela-config\n{ gateway: { auth: { token: "hunter2" } } }',
    stderr: '',
  }),
  close: async () => undefined,
};

function gatewayOn(port: number) {
  let http: ReturnType<typeof createServer> | null = null;
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) =>
    socket.send(
      JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 } }),
    ),
  );
  return {
    async start() {
      if (http) return;
      http = createServer().on('upgrade', (request, socket, head) =>
        sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened)),
      );
      await new Promise<void>((resolve) => http?.listen(port, '127.0.0.1', resolve));
    },
    async stop() {
      const old = http;
      http = null;
      for (const client of sockets.clients) client.terminate();
      if (old) await new Promise((resolve) => old.close(resolve));
    },
  };
}

function must<T>(result: Result<T>): T {
  if (!result.ok)
    throw new Error(`${result.error.code}: ${result.error.message} ${JSON.stringify(result.error.details)}`);
  return result.value;
}

const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.error.code);

function filesIn(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file, readFileSync(file, 'latin1')]),
  );
}

async function install(service: Awaited<ReturnType<typeof mac>>['service'], of = choices as object) {
  const plan = must(await service.plan('install', of));
  return { plan, outcome: must(await service.apply('install', of, plan.id)) };
}

const step = (plan: TunnelPlan, id: string) => plan.steps.find((one) => one.id === id);

// Each looks at what a dozen runs of `ssh -G` say.
describe('R30-R36 on a Mac', { timeout: 60_000 }, () => {
  it('shows every file and command first, then does just that', async () => {
    const { service, home, agents, launchctl, log, port } = await mac();
    const before = filesIn(home);
    const plan = must(await service.plan('install', choices));
    expect(plan).toMatchObject({
      manager: 'launchd',
      target: 'mini',
      destination: { host: '10.0.0.7', port: 22, user: 'ann' },
    });
    expect(step(plan, 'sshConfig')?.files[0]?.diff).toContain(
      `+Host remote-gateway\n+  HostName 10.0.0.7\n+  User ann\n+  Port 22\n+  LocalForward ${port} 127.0.0.1:18789\n+  IdentityFile ${home}/.ssh/id_ed25519\n`,
    );
    expect(step(plan, 'service')?.files).toMatchObject([
      { file: join(agents, `${label}.plist`), change: 'create' },
    ]);
    expect(step(plan, 'service')?.commands.map(({ argv }) => argv.join(' '))).toContain(
      `/bin/launchctl bootstrap gui/501 ${agents}/${label}.plist`,
    );
    expect(filesIn(home)).toEqual(before);

    expect(must(await service.apply('install', choices, plan.id))).toEqual({ tag: 'done' });
    expect(log).toEqual(['released', 'taken back']);
    expect(launchctl.loaded.has(label)).toBe(true);
    expect(must(await service.status())).toMatchObject({
      state: 'running',
      pid: 500,
      drift: [],
      lastExit: { code: 255 },
    });
    expect(service.run()).toMatchObject({ what: 'install', outcome: { tag: 'done' } });
  });

  it('puts everything back where no Gateway answers, and says what', async () => {
    const { service, home, dataDir, config, launchctl, log } = await mac({ answers: false });
    const before = filesIn(home);
    const { outcome } = await install(service);
    expect(outcome).toMatchObject({
      tag: 'failed',
      step: 'proof',
      error: { code: 'TUNNEL_SERVICE_NO_PROOF' },
      left: [],
    });
    expect(outcome.tag === 'failed' && outcome.restored).toEqual(expect.arrayContaining([config, label]));
    expect(filesIn(home)).toEqual(before);
    expect(launchctl.loaded.size).toBe(0);
    expect(log.at(-1)).toBe('taken back');
    expect(JSON.parse(readFileSync(join(dataDir, 'tunnel-service.json'), 'utf8'))).toMatchObject({
      installed: null,
      pending: null,
    });
  });

  it('puts everything back where launchctl refuses, the legacy agent too (R35)', async () => {
    const { service, home, agents, launchctl } = await mac();
    writeFileSync(join(agents, `${legacy}.plist`), '<plist/>');
    launchctl.loaded.set(legacy, { file: join(agents, `${legacy}.plist`), pid: 7 });
    const before = filesIn(home);
    for (let times = 0; times < 4; times += 1)
      launchctl.fail('bootstrap', 125, 'Bootstrap failed: 125: Domain does not support specified action\n');
    const { plan, outcome } = await install(service);
    expect(step(plan, 'legacy')?.files).toMatchObject([{ change: 'trash' }]);
    expect(outcome).toMatchObject({
      tag: 'failed',
      step: 'service',
      error: { code: 'TUNNEL_SERVICE_FAILED' },
    });
    // The next three failures met the way back: the old agent is in its place, and could not be loaded.
    expect(filesIn(home)).toEqual(before);
  });

  it('takes the legacy agent to the Trash, and leaves it there (R35)', async () => {
    const { service, home, agents, launchctl } = await mac();
    writeFileSync(join(agents, `${legacy}.plist`), '<plist/>');
    writeFileSync(join(home, '.Trash', `${legacy}.plist`), 'an older one');
    launchctl.loaded.set(legacy, { file: join(agents, `${legacy}.plist`), pid: 7 });
    expect(must(await service.status()).hasLegacy).toBe(true);
    expect((await install(service)).outcome).toEqual({ tag: 'done' });
    expect([...launchctl.loaded.keys()]).toEqual([label]);
    expect(readdirSync(join(home, '.Trash'))).toHaveLength(2);
    expect(step(must(await service.plan('uninstall', {})), 'legacy')).toBeUndefined();
    expect(must(await service.status()).hasLegacy).toBe(false);
  });

  it('keeps away from what has changed, from two at a time, and from somebody else’s Host', async () => {
    const { service, config, home } = await mac();
    const plan = must(await service.plan('install', choices));
    writeFileSync(config, `${readFileSync(config, 'utf8')}# more\n`);
    const before = filesIn(home);
    expect(codeOf(await service.apply('install', choices, plan.id))).toBe('TUNNEL_PLAN_STALE');
    expect(filesIn(home)).toEqual(before);
    // A screen that saw one would wait for its end.
    expect(service.run()).toBeNull();

    const fresh = must(await service.plan('install', choices));
    const both = await Promise.all([1, 2].map(() => service.apply('install', choices, fresh.id)));
    expect(both.map(codeOf).sort()).toEqual(['TUNNEL_SERVICE_BUSY', 'ok']);
    const removal = must(await service.plan('uninstall', {}));
    expect(must(await service.apply('uninstall', {}, removal.id))).toEqual({ tag: 'done' });
    expect(filesIn(home)).toEqual(before);

    writeFileSync(config, 'Host remote-gateway\n  User eve\n');
    const blocked = must(await service.plan('install', choices));
    expect(blocked.isReady).toBe(false);
    expect(step(blocked, 'sshConfig')?.error).toMatchObject({
      code: 'SSH_ALIAS_TAKEN',
      details: { file: config, line: 1, suggestion: 'remote-gateway-2' },
    });
    expect(codeOf(await service.apply('install', choices, blocked.id))).toBe('SSH_ALIAS_TAKEN');
    expect(must(await service.plan('install', { ...choices, alias: 'remote-gateway-2' })).isReady).toBe(true);
  });

  it('gives back the file that was there, and of one that was changed only its own part', async () => {
    const { service, config, agents } = await mac();
    const own = '<plist>by hand, as the document says</plist>';
    writeFileSync(join(agents, `${label}.plist`), own, { mode: 0o600 });
    expect(must(await service.status()).state).toBe('foreign');
    const { plan, outcome } = await install(service);
    expect(step(plan, 'service')?.files).toMatchObject([
      { change: 'edit', diff: expect.stringContaining('by hand') },
    ]);
    expect(outcome).toEqual({ tag: 'done' });
    writeFileSync(config, `Host first\n${readFileSync(config, 'utf8')}Host last\n`);
    const removal = must(await service.plan('uninstall', {}));
    expect(step(removal, 'sshConfig')?.notes).toEqual([{ key: 'changedSince', values: { file: config } }]);
    expect(must(await service.apply('uninstall', {}, removal.id))).toEqual({ tag: 'done' });
    expect(readFileSync(config, 'utf8')).toBe(
      'Host first\n# mine\nHost mini\n  HostName 10.0.0.7\n  User ann\nHost last\n',
    );
    expect(readFileSync(join(agents, `${label}.plist`), 'utf8')).toBe(own);
  });

  it('R31 never takes somebody’s file for the key that it was to make', async () => {
    const { service, home } = await mac();
    const own = join(home, '.ssh', 'chela_ed25519');
    const making = { ...choices, key: { kind: 'create' as const } };
    const plan = must(await service.plan('install', making));
    expect(step(plan, 'key')?.files.map(({ file }) => file)).toEqual([own, `${own}.pub`]);
    expect(must(await service.apply('install', making, plan.id))).toEqual({ tag: 'done' });
    expect(readFileSync(own, 'latin1')).toContain('OPENSSH PRIVATE KEY');
    const removal = must(await service.plan('uninstall', {}));
    expect(must(await service.apply('uninstall', {}, removal.id))).toEqual({ tag: 'done' });

    writeFileSync(`${own}.pub`, 'mine');
    const before = filesIn(home);
    const blocked = must(await service.plan('install', making));
    expect(step(blocked, 'key')?.error).toMatchObject({
      code: 'SSH_KEY_UNUSABLE',
      details: { cause: 'exists' },
    });
    expect(codeOf(await service.apply('install', making, blocked.id))).toBe('SSH_KEY_UNUSABLE');
    expect(filesIn(home)).toEqual(before);
  });

  it('R31 takes a key wherever it lies, and stays with it', async () => {
    const { service, home } = await mac();
    const { file } = await makeKey({ type: 'ed25519', dir: join(bench.home, 'stick') });
    await install(service, { ...choices, key: { kind: 'use', file } });
    expect(must(await service.plan('repair', {})).chosen.key).toBe(file);
    const rsa = await makeKey({ type: 'rsa', dir: join(bench.home, 'other') });
    for (const [other, cause] of [
      [join(home, 'nothing'), 'absent'],
      [rsa.file, 'notEd25519'],
    ] as const) {
      const plan = must(await service.plan('install', { key: { kind: 'use', file: other } }));
      expect(step(plan, 'key')?.error?.details).toEqual({ file: other, cause });
    }
  });

  it('R32 keeps the token of the host, and forgets it with consent alone', async () => {
    const { service, tokens } = await mac({ state: 'missing' });
    await install(service, { ...choices, token: 'fetch' });
    expect(tokens).toEqual(['hunter2']);
    expect(step(must(await service.plan('uninstall', {})), 'token')?.state).toBe('skipped');
    const all = { skip: [] };
    const removal = must(await service.plan('uninstall', all));
    expect(step(removal, 'token')?.state).toBe('needed');
    expect(must(await service.apply('uninstall', all, removal.id))).toEqual({ tag: 'done' });
    expect(tokens).toEqual(['hunter2', null]);
  });

  it('sees drift and another target, and repairs and follows them', async () => {
    const { service, config, agents, point } = await mac();
    const before = readFileSync(config, 'utf8');
    await install(service);
    writeFileSync(join(agents, `${label}.plist`), '<plist/>');
    writeFileSync(config, before);
    const drifted = must(await service.status());
    expect(drifted.drift.map(({ step: id, kind }) => [id, kind])).toEqual([
      ['sshConfig', 'changed'],
      ['service', 'changed'],
    ]);
    const repair = must(await service.plan('repair', {}));
    expect(must(await service.apply('repair', {}, repair.id))).toEqual({ tag: 'done' });
    expect(must(await service.status()).drift).toEqual([]);

    point('10.0.0.8');
    expect(must(await service.status())).toMatchObject({ targetNow: '10.0.0.8', drift: [] });
    const follow = must(await service.plan('install', {}));
    expect(must(await service.apply('install', {}, follow.id))).toEqual({ tag: 'done' });
    expect(must(await service.status())).toMatchObject({
      targetNow: null,
      installed: { destination: { host: '10.0.0.8' } },
    });
    const removal = must(await service.plan('uninstall', {}));
    expect(must(await service.apply('uninstall', {}, removal.id))).toEqual({ tag: 'done' });
    expect(readFileSync(config, 'utf8')).toBe(before);
    expect(readdirSync(agents)).toEqual([]);
  });

  it.each(['rollback', 'resume'] as const)('goes on after a power cut: %s', async (how) => {
    const setup = await mac();
    const { home, dataDir, service, launchctl, create, onBootstrap, config } = setup;
    const before = filesIn(home);
    const cut = join(bench.home, 'cut');
    onBootstrap(() => {
      cpSync(home, join(cut, 'home'), { recursive: true });
      cpSync(join(dataDir, 'tunnel-service.json'), join(cut, 'journal'));
      onBootstrap(() => {});
    });
    await install(service);
    // As the disk was in the middle, with the agent loaded, and a Chela that knows nothing else.
    rmSync(home, { recursive: true });
    cpSync(join(cut, 'home'), home, { recursive: true });
    cpSync(join(cut, 'journal'), join(dataDir, 'tunnel-service.json'));
    expect(filesIn(home)).not.toEqual(before);
    const next = create();
    expect(must(await next.status()).interrupted).toMatchObject({ what: 'install', done: ['sshConfig'] });
    const plan = must(await next.plan('install', choices));
    expect(codeOf(await next.apply('install', choices, plan.id))).toBe('TUNNEL_SERVICE_INTERRUPTED');

    expect(must(await next.settle(how))).toEqual({ tag: 'done' });
    expect(must(await next.status()).interrupted).toBeNull();
    if (how === 'resume') {
      expect(must(await next.status())).toMatchObject({ state: 'running', drift: [] });
      const removal = must(await next.plan('uninstall', {}));
      expect(must(await next.apply('uninstall', {}, removal.id))).toEqual({ tag: 'done' });
    }
    expect(launchctl.loaded.size).toBe(0);
    expect(filesIn(home)).toEqual(before);
    expect(readFileSync(config, 'utf8')).not.toContain('remote-gateway');
  });

  it('makes way for nobody but the tunnel that it set up', async () => {
    const { service, create, port } = await mac();
    await install(service);
    must(await service.control('stop'));
    const heldBy = (command: string) =>
      create({
        ...realSystem,
        platform: 'darwin',
        uid: 501,
        exec: async (file) => {
          if (file.endsWith('lsof')) return `p77\ncssh\nu501\nf3\nn127.0.0.1:${port}\n`;
          return file.endsWith('ps') ? command : null;
        },
      });
    const ours = must(await heldBy('/usr/bin/ssh -N remote-gateway').plan('repair', {}));
    expect(ours.isReady).toBe(true);
    const another = must(await heldBy(`ssh -N -L ${port}:127.0.0.1:80 den`).plan('repair', {}));
    expect(step(another, 'service')?.error).toMatchObject({ code: 'PORT_IN_USE_BY', details: { pid: 77 } });
  });

  it('R36 restarts, stops and starts it, and refuses where there is none', async () => {
    const { service, launchctl, log } = await mac();
    expect(codeOf(await service.control('restart'))).toBe('TUNNEL_SERVICE_ABSENT');
    expect(codeOf(await service.log(5))).toBe('TUNNEL_SERVICE_ABSENT');
    expect(codeOf(await service.plan('uninstall', {}))).toBe('TUNNEL_SERVICE_ABSENT');
    await install(service);
    expect(must(await service.control('restart'))).toMatchObject({ state: 'running', pid: 501 });
    expect(must(await service.control('stop'))).toMatchObject({ state: 'stopped', pid: null });
    expect(must(await service.control('start'))).toMatchObject({ state: 'running' });
    expect(launchctl.ran).toContain(`launchctl kickstart -k gui/501/${label}`);
    expect(log.at(-1)).toBe('taken back');
    const { source } = must(await service.log(5));
    expect(source).toMatch(/ssh-tunnel\.log$/);
    writeFileSync(source, 'exec nc --proxy-auth ann:hunter2 mini 22\nTimeout, server mini not responding.\n');
    const { lines } = must(await service.log(5));
    expect(lines).toEqual(['exec nc --proxy-auth •••• mini 22', 'Timeout, server mini not responding.']);
  });

  it('leaves a record alone that it does not understand', async () => {
    const { service, dataDir } = await mac();
    writeFileSync(join(dataDir, 'tunnel-service.json'), '{"version":2}');
    const refused = await service.plan('install', choices);
    expect(refused).toMatchObject({ error: { code: 'TUNNEL_SERVICE_JOURNAL', details: { cause: 'newer' } } });
  });
});
