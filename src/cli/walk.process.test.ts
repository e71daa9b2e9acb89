import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { DEFAULT_ANSWER, startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startSshd } from '../../e2e/fixtures/sshd.ts';
import { startGateway } from '../gateway/index.ts';
import { type ChelaHome, makeHome } from './calls-bench.ts';

const TOKEN = 'walk-canary-token';
const soon = { timeout: 30_000 };
vi.setConfig({ testTimeout: 90_000 });

let cli: string;
let home: ChelaHome;
let closers: (() => unknown)[];

beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 180_000);

beforeEach(() => {
  home = makeHome(cli);
  closers = [() => home.remove()];
});

afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

/** A command that goes on; what it said so far, and how to end it. */
function start(args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [cli, '--data-dir', join(home.dir, 'data'), ...args], {
    env: { PATH: process.env.PATH, HOME: home.dir, USERPROFILE: home.dir, LANG: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += String(chunk);
    });
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await closed;
    return code as number | null;
  };
  closers.push(() => end('SIGTERM'));
  return { said: () => said, end };
}

/** `model`: the port of its model server; nothing is asked of it where that does not matter. */
async function embedded(port = 0, model = 9) {
  const stateDir = mkdtempSync(join(tmpdir(), 'chela-walk-'));
  const gateway = await startGateway({
    port,
    stateDir,
    auth: { mode: 'token', token: TOKEN },
    model: { providerId: 'fake', modelId: 'fake-1', baseUrl: `http://127.0.0.1:${model}/v1` },
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  });
  const stop = async () => {
    await gateway.stop();
    rmSync(stateDir, { recursive: true, force: true });
  };
  return { port: Number(new URL(gateway.url).port), stop };
}

describe('a new user’s first mistakes (R11)', () => {
  it.each([
    ['nonsense', 'has to start with wss://'],
    ['ws://', 'not written like a URL'],
    ['', 'is empty'],
    ['wss://studio.example/?token=canary-in-url', 'carries a user name, a token or a password'],
  ])('a malformed --url is a wrong command line: %s', async (url, sentence) => {
    const { code, stdout, stderr } = await home.chela(['health', '--url', url]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('canary-in-url');
  });

  it('a refused port: nothing listens there, in both languages and for every source of the port', async () => {
    const port = await freePort();
    const url = `ws://127.0.0.1:${port}`;
    const refused = await home.chela(['health', '--url', url]);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(`Nothing listens at ${url}`)]);
    const chinese = await home.chela(['health', '--port', String(port)], { env: { LANG: 'zh_TW.UTF-8' } });
    expect([chinese.code, chinese.stderr]).toEqual([3, expect.stringContaining('沒有任何程式在等候連線')]);
  });

  it('remote mode without a target: said once, with the command that sets it', async () => {
    home.configure({ gateway: { mode: 'remote' } });
    for (const args of [['health'], ['connect', '--timeout', '20s']]) {
      const { code, stderr } = await home.chela(args);
      expect([args, code]).toEqual([args, 78]);
      expect(stderr.split('chela mode remote --ssh-target user@host')).toHaveLength(2);
    }
  });
});

it('logs --follow goes on with a Gateway that was restarted, and Ctrl+C ends it with 130 (R11)', async () => {
  const first = await embedded();
  closers.push(first.stop);
  home.configure({ gateway: { port: first.port, auth: { token: TOKEN } } });
  const follow = start(['logs', '--follow', '--interval', '100']);
  await expect.poll(follow.said, soon).toContain('Ctrl+C');
  await first.stop();
  await expect.poll(follow.said, soon).toContain('The connection is gone');
  const second = await embedded(first.port);
  closers.push(second.stop);
  await expect.poll(follow.said, soon).toContain('Connected again');
  expect(await follow.end('SIGINT')).toBe(130);
});

it('health, status, chat and a call over a real SSH tunnel; without it, TUNNEL_DOWN says how to get it (R11, R12)', async () => {
  const model = await startModelServer();
  closers.push(() => model.stop());
  const gateway = await embedded(0, model.port);
  closers.push(gateway.stop);
  const sshd = await startSshd();
  closers.push(() => sshd.stop());
  mkdirSync(join(home.dir, '.ssh'), { mode: 0o700 });
  home.file('.ssh/known_hosts', `${sshd.hostKeyLine}\n`);
  home.file('.ssh/config', `Host 127.0.0.1\n  IdentityFile ${sshd.clientKey}\n  IdentitiesOnly yes\n`);
  const local = await freePort();
  const sshTarget = `${sshd.user}@127.0.0.1:${sshd.port}`;
  mkdirSync(join(home.dir, 'data'), { mode: 0o700 });
  home.file(
    'data/settings.json',
    JSON.stringify({
      version: 1,
      mode: 'remote',
      remote: { sshTarget, localPort: local, gatewayPort: gateway.port },
    }),
  );
  home.configure({ gateway: { mode: 'remote', remote: { token: TOKEN } } });

  const tunnel = start(['connect']);
  await expect.poll(tunnel.said, soon).toContain('● Connected');
  const health = await home.chela(['health', '--json']);
  expect([health.code, JSON.parse(health.stdout)]).toMatchObject([0, { ok: true }]);
  const status = await home.chela(['status', '--deep']);
  expect([status.code, status.stderr]).toEqual([0, '']);
  expect(status.stdout).toContain(sshTarget);
  const chat = await home.chela(['chat', 'hello']);
  expect([chat.code, chat.stdout.trim()]).toEqual([0, DEFAULT_ANSWER]);
  const run = { message: 'hello', sessionKey: 'agent:main:walk', idempotencyKey: 'walk-1' };
  const agent = ['gateway', 'call', 'agent', '--expect-final', '--params', JSON.stringify(run)];
  const final = await home.chela([...agent, '--timeout', '30s']);
  expect([final.stderr, JSON.parse(final.stdout)]).toMatchObject(['', { status: 'ok' }]);

  expect(await tunnel.end('SIGINT')).toBe(0);
  const down = await home.chela(['health', '--json']);
  expect([down.code, JSON.parse(down.stdout)]).toMatchObject([
    3,
    { error: { code: 'TUNNEL_DOWN', fix: expect.stringContaining('chela connect') } },
  ]);
  expect(tunnel.said() + status.stdout + down.stdout).not.toContain(TOKEN);
});
