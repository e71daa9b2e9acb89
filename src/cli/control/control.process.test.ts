import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../../e2e/fixtures/built-app.ts';
import { freePort, settleFreePorts } from '../../../e2e/fixtures/free-port.ts';
import { startSshd } from '../../../e2e/fixtures/sshd.ts';

let out: string;
let home: string;
let port: number;
let closers: (() => unknown)[];

// Every step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  out = await builtApp();
}, 120_000);

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'chela-control-'));
  port = await freePort();
  closers = [() => rmSync(home, { recursive: true, force: true, maxRetries: 5 })];
});

afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

function start(script: 'cli' | 'web', args: string[], lang = 'C'): Started {
  const child = spawn(
    process.execPath,
    [join(out, 'main', `${script}.js`), '--data-dir', join(home, 'data'), ...args],
    {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        USERPROFILE: home,
        LANG: lang,
        OPENCLAW_GATEWAY_PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const started: Started = {
    child,
    stdout: '',
    stderr: '',
    exited: once(child, 'close').then(([code]) => code),
  };
  child.stdout?.on('data', (chunk) => {
    started.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    started.stderr += chunk;
  });
  closers.push(async () => {
    // Not SIGKILL: the embedded Gateway would outlive it for a moment.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await started.exited;
  });
  return started;
}

type Started = { child: ChildProcess; stdout: string; stderr: string; exited: Promise<number | null> };

async function chela(args: string[], lang?: string) {
  const run = start('cli', args, lang);
  const code = await run.exited;
  return { code, stdout: run.stdout, stderr: run.stderr };
}

/** What a command says with `--json`. */
async function json(args: string[]) {
  const { code, stdout } = await chela(['--json', ...args]);
  return { code, said: JSON.parse(stdout) };
}

const soon = { timeout: 20_000 };

describe('a running Chela, driven from the command line (R6, R36)', () => {
  it('disconnects, connects and waits, reconnects, and tells each state', async () => {
    const web = start('web', ['--no-open']);
    await expect.poll(() => web.stdout, soon).toContain('#ticket=');

    const connected = await chela(['connect']);
    expect([connected.code, connected.stderr]).toEqual([0, '']);
    expect(connected.stdout).toContain('● Connected to the Gateway on this computer');

    expect(await chela(['disconnect'])).toEqual({ code: 0, stdout: 'Disconnected.\n', stderr: '' });
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect((await chela(['status'])).stderr).toContain('Run: chela connect');
    // A port that was typed is not Chela's to explain.
    expect((await chela(['status', '--port', String(port)])).stderr).toContain('chela gateway run');
    const again = await json(['connect']);
    expect(again).toMatchObject({
      code: 0,
      said: { ok: true, status: { connection: { tag: 'connected' } } },
    });
    expect(await json(['reconnect'])).toMatchObject({ code: 0, said: { ok: true } });
    expect(await json(['reconnect', '--no-wait'])).toEqual({ code: 0, said: { ok: true } });
  });

  it('switches the mode, and ends with the code of what went wrong', async () => {
    await settleFreePorts(join(home, 'data'));
    const web = start('web', ['--no-open']);
    await expect.poll(() => web.stdout, soon).toContain('#ticket=');
    const { code, stdout } = await chela([
      'mode',
      'remote',
      '--ssh-target',
      `ada@127.0.0.1:${await freePort()}`,
    ]);
    expect([code, stdout]).toEqual([0, 'OpenClaw runs: Remote over SSH. The running Chela switches now.\n']);
    // Refused, which is tried again and again: the wait ends with the reason.
    const waited = await chela(['connect', '--timeout', '2s']);
    expect(waited.code).toBe(3);
    expect(waited.stderr).toContain('does not accept SSH on port');
    expect((await json(['tunnel', 'status'])).said).toMatchObject({
      ok: false,
      running: true,
      pid: web.child.pid,
      mode: 'remote',
      target: expect.stringMatching(/^ada@127/),
      owner: null,
    });
    expect(JSON.parse(readFileSync(join(home, 'data', 'settings.json'), 'utf8')).mode).toBe('remote');
  });
});

describe('what the running Chela knows of its Gateway, status says (R6, R11)', () => {
  const fileOfGateway = (name: string) => join(home, 'data', 'gateway', name);

  it('that it crashed, and when it is tried again', async () => {
    const app = start('web', ['--no-open']);
    await expect.poll(async () => (await chela(['status'])).code, { timeout: 30_000 }).toBe(0);
    const named = JSON.parse(readFileSync(fileOfGateway('owner.json'), 'utf8')) as { pid: number };
    expect(named.pid).toBe(app.child.pid);
    // It crashes faster than it can start, so the waits grow.
    const killing = setInterval(() => {
      for (const pid of childrenOf(named.pid)) killHard(pid);
    }, 20);
    closers.push(() => clearInterval(killing));
    await expect
      .poll(async () => (await chela(['status'])).stderr, { timeout: 30_000 })
      .toMatch(/The Gateway on this computer stopped[\s\S]*SIGKILL[\s\S]*tries again by itself in \d+ s/);
    clearInterval(killing);
    await chela(['reconnect']);
    await expect.poll(async () => (await chela(['status'])).code, { timeout: 30_000 }).toBe(0);
  });

  it('that its database is damaged, and where the copy lies', async () => {
    mkdirSync(fileOfGateway(''), { recursive: true });
    writeFileSync(fileOfGateway('gateway.sqlite'), 'no database at all'.repeat(500));
    start('web', ['--no-open']);
    const { code, said } = await untilSaid('DATABASE_DAMAGED');
    expect(code).toBe(1);
    const { file, backup } = said.error.details;
    expect(file).toBe(fileOfGateway('gateway.sqlite'));
    expect(readFileSync(backup, 'utf8')).toBe(readFileSync(file, 'utf8'));
    rmSync(file);
    await chela(['reconnect']);
    expect((await chela(['status'])).code).toBe(0);
  });

  async function untilSaid(code: string) {
    let last = await json(['status']);
    await expect
      .poll(
        async () => {
          last = await json(['status']);
          return last.said.error?.code;
        },
        { timeout: 30_000 },
      )
      .toBe(code);
    return last;
  }
});

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}

describe('without a running Chela', () => {
  it('has nothing to disconnect or reconnect: 1, in both languages', async () => {
    for (const order of ['disconnect', 'reconnect']) {
      const { code, stderr } = await chela([order]);
      expect(code).toBe(1);
      expect(stderr).toContain('Chela is not running');
    }
    expect((await chela(['disconnect'], 'zh_TW.UTF-8')).stderr).toContain('Chela 沒有在執行');
    expect((await json(['connect', '--no-wait'])).said).toMatchObject({ error: { code: 'APP_NOT_RUNNING' } });
  });

  it('a profile is another Chela to every command: its openclaw.json, its directory, and nothing else is touched (R5)', async () => {
    const file = join(home, '.openclaw-work', 'openclaw.json');
    const dataDir = join(home, 'data', 'profiles', 'work');
    const sshPort = await freePort();
    const target = `ada@127.0.0.1:${sshPort}`;
    const remote = { sshTarget: target, url: `ws://127.0.0.1:${await freePort()}` };
    mkdirSync(dirname(file));
    writeFileSync(file, JSON.stringify({ gateway: { mode: 'remote', remote } }));
    // Whoever reads the default one instead says that it is broken.
    mkdirSync(join(home, '.openclaw'));
    writeFileSync(join(home, '.openclaw', 'openclaw.json'), '{');
    const work = ['--profile', 'work'];
    const notRunning = { error: { code: 'APP_NOT_RUNNING', details: { dataDir } } };
    const tunnelDown = { error: { code: 'TUNNEL_DOWN', details: { target } } };
    const table: [command: string, said: object][] = [
      ['mode', { mode: { value: 'remote' }, sshTarget: { value: target } }],
      ['tunnel status', { mode: 'remote', target }],
      ['config path', { file }],
      ['config get gateway.remote.sshTarget', { value: target }],
      ['config validate', { file }],
      ['config set gateway.port 20000 --dry-run', { file, written: false }],
      ['config explain', { mode: 'remote' }],
      [
        'doctor',
        { steps: expect.arrayContaining([expect.objectContaining({ id: 'tcp', status: 'failed' })]) },
      ],
      ['connect --no-wait', notRunning],
      ['disconnect', notRunning],
      ['reconnect', notRunning],
      ['health', tunnelDown],
      ['sessions list', tunnelDown],
      ['mode remote --ssh-target ada@den --dry-run', { file: join(dataDir, 'settings.json') }],
    ];
    const all = table.map(async ([command, said]) => {
      const run = await chela(['--json', ...work, ...command.split(' ')]);
      expect.soft(JSON.parse(run.stdout), command).toMatchObject(said);
    });
    await Promise.all(all);
    const mode = async (...of: string[]) => (await json([...of, 'mode'])).said;
    expect(await chela([...work, 'mode', 'local'])).toMatchObject({ code: 0, stderr: '' });
    expect(await mode(...work)).toMatchObject({ mode: { value: 'local', origin: 'settings' } });
    expect(await mode()).toMatchObject({ error: { code: 'OPENCLAW_CONFIG_BROKEN' } });
    expect(existsSync(join(home, 'data', 'settings.json'))).toBe(false);
    // Not a name: it must not fall back to the Chela without one.
    expect((await chela(['--profile', '../x', 'disconnect'])).code).toBe(2);
  });

  it('keeps a mode for the next start, and refuses what is none', async () => {
    expect(await json(['mode', 'remote', '--ssh-target', 'ada@studio'])).toEqual({
      code: 0,
      said: { ok: true, running: false, mode: 'remote', sshTarget: 'ada@studio' },
    });
    expect((await chela(['mode'])).stdout).toBe(
      'OpenClaw runs: Remote over SSH (settings)\nSSH target: ada@studio (settings)\n',
    );
    expect(statSync(join(home, 'data', 'settings.json')).mode & 0o077).toBe(0);
    const direct = {
      version: 1,
      mode: 'remote',
      remote: { transport: 'direct', url: 'wss://studio.example' },
    };
    writeFileSync(join(home, 'data', 'settings.json'), JSON.stringify(direct));
    expect((await chela(['mode'])).stdout).toBe(
      'OpenClaw runs: Remote (direct) (settings)\nGateway URL: wss://studio.example (settings)\n',
    );
    expect((await chela(['mode', 'remote'])).stdout).toBe(
      'OpenClaw runs: Remote (direct), from the next start on.\n',
    );
    expect((await chela(['mode', 'remote', '--ssh-target', 'ada@den'])).stdout).toBe(
      'OpenClaw runs: Remote over SSH, from the next start on.\n',
    );
    expect(JSON.parse(readFileSync(join(home, 'data', 'settings.json'), 'utf8')).remote.transport).toBe(
      'ssh',
    );
    expect((await chela(['mode'])).stdout).toContain('SSH target: ada@den (settings)');
    const settings = () => readFileSync(join(home, 'data', 'settings.json'), 'utf8');
    const kept = settings();
    const dry = await chela(['mode', 'remote', '--ssh-target', 'ada@attic', '--dry-run', '--yes']);
    expect([dry.code, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toMatch(/^-.*ada@den[\s\S]*^\+.*ada@attic[\s\S]*^Nothing was written\.$/m);
    expect(settings()).toBe(kept);
    expect((await chela(['mode', 'remote', '--yes'])).code).toBe(0);
    expect(await json(['mode', 'local', '--gateway', 'openclaw'])).toMatchObject({
      said: { ok: true, gateway: 'openclaw' },
    });
    expect((await chela(['mode'])).stdout).toContain('Gateway here: OpenClaw (settings)');
    expect((await chela(['mode', 'local', '--gateway', 'other'])).code).toBe(2);
    expect((await chela(['mode', 'remote', '--gateway', 'openclaw'])).code).toBe(2);
    expect((await chela(['mode', 'sideways'])).code).toBe(2);
    expect((await chela(['mode', 'local', '--ssh-target', 'ada@studio'])).code).toBe(2);
    expect((await chela(['mode', 'remote', '--ssh-target', '-oProxyCommand=x'])).code).not.toBe(0);
  });

  it('a target goes over SSH for other tools too, in one shown change (R10, R12)', async () => {
    const file = join(home, '.openclaw', 'openclaw.json');
    mkdirSync(join(home, '.openclaw'));
    const remote = { transport: 'direct', url: 'wss://studio.example' };
    writeFileSync(file, JSON.stringify({ gateway: { mode: 'local', remote } }), { mode: 0o600 });
    const switched = await chela(['mode', 'remote', '--ssh-target', 'ada@den', '--shared', '--yes']);
    expect([switched.code, switched.stderr]).toEqual([0, '']);
    expect(switched.stdout.split('+++ ')).toHaveLength(2);
    expect(switched.stdout).toContain('OpenClaw runs: Remote over SSH');
    expect(JSON.parse(readFileSync(file, 'utf8')).gateway).toMatchObject({
      mode: 'remote',
      remote: { transport: 'ssh', sshTarget: 'ada@den', url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:/) },
    });
  });

  it('names who holds the port of the tunnel (R36)', async () => {
    await settleFreePorts(join(home, 'data'));
    const free = await json(['tunnel', 'status']);
    expect(free).toMatchObject({ code: 1, said: { running: false, state: 'stopped', holder: null } });
    const taken = free.said.port;
    const squatter = createServer();
    await new Promise<void>((resolve, reject) => {
      squatter.on('error', reject).listen(taken, '127.0.0.1', resolve);
    });
    closers.push(() => squatter.close());
    expect((await json(['tunnel', 'status'])).said).toMatchObject({ holder: { pid: process.pid } });
    expect((await chela(['tunnel', 'status'])).stdout).toContain(`(process ${process.pid})`);
  });

  it('connects in the foreground, owns the directory, and ends when told to from elsewhere', async () => {
    const here = start('cli', ['connect']);
    await expect.poll(() => here.stdout, soon).toContain('● Connected to the Gateway on this computer');
    expect(here.stdout).toContain('Ctrl+C ends the connection.');

    // A second one drives the first; the app does not start beside it.
    expect((await json(['connect'])).said).toMatchObject({
      status: { pid: here.child.pid, app: { runtime: 'terminal' } },
    });
    const web = start('web', ['--no-open']);
    expect(await web.exited).toBe(1);
    expect(web.stderr).toContain('in a terminal (chela connect)');

    expect((await chela(['disconnect'])).code).toBe(0);
    expect(await here.exited).toBe(0);
    expect((await chela(['disconnect'])).code).toBe(1);
  });

  it('ends the foreground on a signal, and with it the Gateway', async () => {
    const here = start('cli', ['connect']);
    await expect.poll(() => here.stdout, soon).toContain('● Connected');
    here.child.kill('SIGINT');
    expect(await here.exited).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it('opens a real SSH tunnel in the foreground and says why it cannot', async () => {
    await settleFreePorts(join(home, 'data'));
    const sshd = await startSshd();
    closers.push(() => sshd.stop());
    mkdirSync(join(home, '.ssh'), { mode: 0o700 });
    const target = `${sshd.user}@127.0.0.1:${sshd.port}`;
    writeFileSync(
      join(home, '.ssh', 'config'),
      `Host 127.0.0.1\n  IdentityFile ${sshd.clientKey}\n  IdentitiesOnly yes\n`,
    );
    expect((await chela(['mode', 'remote', '--ssh-target', target])).code).toBe(0);

    // Nobody is at a terminal to trust the key.
    const unknown = await chela(['connect']);
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toContain('host key');

    writeFileSync(join(home, '.ssh', 'known_hosts'), `${sshd.hostKeyLine}\n`);
    const here = start('cli', ['--json', 'connect']);
    const states = () =>
      here.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).status);
    await expect.poll(() => states().some(({ tunnel }) => tunnel.tag === 'up'), soon).toBe(true);
    const { said } = await json(['tunnel', 'status']);
    expect(said).toMatchObject({ ok: true, state: 'up', owner: 'app', target, pid: here.child.pid });
    here.child.kill('SIGTERM');
    expect(await here.exited).toBe(0);
  });
});
