import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { gatewayV8Flags } from '../core/local-gateway/gateway-flags.ts';
import { outcomeOf } from '../gateway/test-support/admission/attempt.ts';
import { connect, isEvent } from '../gateway/test-support/wire-client.ts';

// Up to six real processes in one test.
vi.setConfig({ testTimeout: 60_000 });

let cli: string;
let home: string;
let port: number;
let ends: (() => unknown)[];

beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 180_000);
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'chela-run-'));
  port = await freePort();
  ends = [() => rmSync(home, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

/** Any command of the built program, in this home. */
function chela(args: readonly string[], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [cli, '--data-dir', join(home, 'data'), ...args], {
    env: { PATH: process.env.PATH, HOME: home, USERPROFILE: home, LANG: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  const closed = once(child, 'close').then(([code, signal]) => ({ code, signal, said }));
  ends.push(() => {
    child.kill('SIGKILL');
    return closed;
  });
  return { child, closed, said: () => said };
}

/** A Gateway that listens. */
async function runGateway(env: Record<string, string> = {}, args: readonly string[] = ['gateway', 'run']) {
  const running = chela(args, { OPENCLAW_GATEWAY_PORT: String(port), ...env });
  await expect.poll(running.said, { timeout: 30_000 }).toContain('ws://127.0.0.1:');
  return running;
}

function openclaw(gateway: object, folder = '.openclaw') {
  mkdirSync(join(home, folder));
  writeFileSync(join(home, folder, 'openclaw.json'), JSON.stringify({ gateway: { port, ...gateway } }));
}

const backend = { id: 'gateway-client', mode: 'backend' };
const knock = (auth: Record<string, string> | null, more: object = {}) =>
  outcomeOf({ url: `ws://127.0.0.1:${port}`, ...backend, auth, ...more });
const asOperator = (method: string) => `in ${method} operator operator.read,operator.write`;

/** R5: a client hears of the end, is sent away with 1012, and the command ends with 0. */
async function endsInOrder(
  running: Awaited<ReturnType<typeof runGateway>>,
  signal: 'SIGTERM' | 'SIGINT',
  auth: Record<string, string>,
) {
  const client = await connect({ url: `ws://127.0.0.1:${port}`, auth });
  running.child.kill(signal);
  expect(await client.next(isEvent('shutdown'))).toMatchObject({ payload: { reason: expect.any(String) } });
  expect((await client.closed).code).toBe(1012);
  expect(await running.closed).toMatchObject({ code: 0 });
}

describe('chela gateway run: who gets in', () => {
  it('R25: a bind to the network and no authentication: one sentence, and 78', async () => {
    const auth = { mode: 'none' };
    openclaw({ bind: 'lan', auth }, '.openclaw-lan');
    openclaw({ bind: 'custom', customBindHost: '0.0.0.0', auth }, '.openclaw-custom');
    const refused = async (bind: string) => {
      const { code, said } = await chela(['--profile', bind, 'gateway', 'run']).closed;
      expect(code).toBe(78);
      expect(said).toContain('Refused to open the Gateway to the network without authentication');
      expect(said).toContain(`gateway.bind is “${bind}”`);
      expect(said).not.toMatch(/\n\s+at /);
    };
    await Promise.all(['lan', 'custom'].map(refused));
  });

  it('R25, R5: an open bind starts with a password, lets nobody in without, and ends on SIGINT', async () => {
    openclaw({
      bind: 'custom',
      customBindHost: '0.0.0.0',
      auth: { mode: 'password', password: 'canary-pass' },
    });
    const running = await runGateway();
    expect(await knock({ password: 'canary-pass' })).toBe(asOperator('password'));
    expect(await knock({ password: 'wrong' })).toContain('AUTH_PASSWORD_MISMATCH');
    expect(await knock(null)).not.toContain('in ');
    await endsInOrder(running, 'SIGINT', { password: 'canary-pass' });
    expect(running.said()).not.toContain('canary');
  });

  it('R28: a trusted proxy of this computer, where it is allowed', async () => {
    const trustedProxy = { userHeader: 'x-user', allowLoopback: true };
    openclaw({ trustedProxies: ['127.0.0.1'], auth: { mode: 'trusted-proxy', trustedProxy } });
    const running = await runGateway();
    const headers = { 'x-user': 'ann', 'x-forwarded-for': '203.0.113.7' };
    expect(await knock(null, { headers })).toContain('in trusted-proxy operator');
    expect(await knock(null)).not.toContain('in trusted-proxy');
    // R5: with nobody connected it is over before a signal that is sent twice has come twice.
    running.child.kill('SIGTERM');
    expect(await running.closed).toMatchObject({ code: 0 });
  });

  it('R23, R16, R12: “auto” is loopback, under a generated token; openclaw.json is changed with care', async () => {
    openclaw({ bind: 'auto' });
    const config = join(home, '.openclaw', 'openclaw.json');
    const before = `// mine\n${readFileSync(config, 'utf8')}\n`;
    writeFileSync(config, before);
    const running = await runGateway();
    const file = join(home, 'data', 'gateway-token');
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await knock({ token })).toBe(asOperator('token'));
    expect(await knock({ token: 'wrong' })).toContain('AUTH_TOKEN_MISMATCH');

    const admin = await connect({
      url: `ws://127.0.0.1:${port}`,
      auth: { token },
      scopes: ['operator.admin'],
    });
    ends.push(() => admin.socket.terminate());
    const patch = async (raw: string) =>
      admin.request('config.patch', { raw, baseHash: (await admin.call('config.get', {})).hash });
    expect(await patch('{ gateway: { bind: "loopback" } }')).toMatchObject({
      payload: { ok: true, path: config, changedPaths: ['gateway.bind'] },
    });
    const after = before.replace('auto', 'loopback');
    expect(readFileSync(config, 'utf8')).toBe(after);
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${config}.bak`, 'utf8')).toBe(before);
    const moved = join(home, 'dotfiles.json');
    renameSync(config, moved);
    symlinkSync(moved, config);
    expect((await patch('{ gateway: { bind: "auto" } }')).error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('FILE_NOT_OURS'),
    });
    expect(readFileSync(moved, 'utf8')).toBe(after);

    // R16: under the same flags for V8 as the Gateway of the app; no secret stands among its arguments.
    if (process.platform === 'linux') {
      const words = readFileSync(`/proc/${running.child.pid}/cmdline`, 'utf8').split('\0');
      expect(words).toEqual(expect.arrayContaining(gatewayV8Flags));
      expect(words).not.toContain(token);
    }
    await endsInOrder(running, 'SIGTERM', { token });
    expect(running.said()).not.toContain(token);
  });
});

describe('chela gateway run: one per host (R5)', () => {
  it('names the stranger on its port', async () => {
    const stranger = createServer().listen(port, '127.0.0.1');
    ends.push(() => stranger.close());
    await once(stranger, 'listening');
    const { code, said } = await chela(['gateway', 'run', '--port', String(port)]).closed;
    expect(code).toBe(78);
    expect(said).toContain(`${port}`);
    expect(said).toContain(String(process.pid));
  });

  it('a second one names the first, whatever port it wants, and a profile runs beside it', async () => {
    const first = await runGateway();
    const elsewhere = await freePort();
    const [second] = await Promise.all([
      chela(['gateway', 'run', '--port', String(await freePort())]).closed,
      runGateway({ OPENCLAW_GATEWAY_PORT: String(elsewhere) }, ['--profile', 'rescue', 'gateway', 'run']),
    ]);
    expect(second.code).toBe(78);
    expect(second.said).toContain(`chela gateway run (process ${first.child.pid})`);
    expect(second.said).toContain('chela --profile NAME gateway run --port');

    const status = async (args: readonly string[], at: number) =>
      (await chela([...args], { OPENCLAW_GATEWAY_PORT: String(at) }).closed).said;
    const [here, beside] = await Promise.all([
      status(['gateway', 'status'], port),
      status(['--profile', 'rescue', 'status'], elsewhere),
    ]);
    expect(here).toContain(`Run by chela gateway run (process ${first.child.pid}), since`);
    expect(beside).toContain('for the profile “rescue”');

    // What is left of one that was killed is in nobody's way.
    first.child.kill('SIGKILL');
    await first.closed;
    await runGateway();
  });
});
