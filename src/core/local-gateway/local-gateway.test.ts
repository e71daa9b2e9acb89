import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GatewayConfig } from '../../gateway/index.ts';
import type { Clock } from '../clock.ts';
import type { ChildHandle } from './child.ts';
import { createLocalGateway, type LocalGateway, type LocalGatewayState } from './local-gateway.ts';
import { createNodeLauncher } from './node-launcher.ts';

/** Does as its options say; writes what a process list would show of it to `proof`. */
const fakeChild = `
import { appendFileSync } from 'node:fs';
process.on('disconnect', () => process.exit(9));
process.on('message', ({ type, options }) => {
  if (type === 'stop') {
    if (!globalThis.stubborn) process.exit(0);
    return;
  }
  globalThis.stubborn = options.version === 'stubborn';
  appendFileSync(options.stateDir, JSON.stringify({ pid: process.pid, argv: process.argv, env: process.env }) + '\\n');
  if (options.version === 'portInUse') {
    const error = { code: 'PORT_IN_USE', message: 'taken', retryable: false, details: { port: 1 } };
    process.send({ type: 'failed', error });
    return;
  }
  if (options.version === 'crash') {
    process.stderr.write('TypeError: bad luck\\n', () => process.exit(3));
    return;
  }
  process.send({ type: 'started', url: 'ws://127.0.0.1:4711', port: 4711 });
});
`;

let dir: string;
let proof: string;
let gateway: LocalGateway | undefined;
let seen: LocalGatewayState[];

/** The fake child takes its part from `version` and its proof file from `stateDir`. */
const optionsFor = (behaviour: string): GatewayConfig => ({
  port: 0,
  stateDir: proof,
  auth: { mode: 'token', token: 'the-secret-token' },
  model: null,
  locale: 'en',
  version: behaviour,
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-local-'));
  proof = join(dir, 'proof');
  writeFileSync(join(dir, 'child.mjs'), fakeChild);
  writeFileSync(proof, '');
  seen = [];
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  rmSync(dir, { recursive: true, force: true });
});

function create(behaviour: string, clock?: Clock): LocalGateway {
  gateway = createLocalGateway({
    options: optionsFor(behaviour),
    launch: createNodeLauncher(join(dir, 'child.mjs')),
    random: () => 0,
    ...(clock ? { clock } : {}),
  });
  gateway.onDidChange((state) => seen.push(state));
  return gateway;
}

/** Time stands still; the timers are run by hand. */
function manualClock(): Clock & { due: { delayMs: number; run: () => void }[]; fire(delayMs: number): void } {
  const due: { delayMs: number; run: () => void }[] = [];
  return {
    due,
    now: () => 1_000,
    after(delayMs, run) {
      const timer = { delayMs, run };
      due.push(timer);
      return () => {
        if (due.includes(timer)) due.splice(due.indexOf(timer), 1);
      };
    },
    fire(delayMs) {
      const timer = due.find((candidate) => candidate.delayMs === delayMs);
      if (!timer) throw new Error(`no timer of ${delayMs} ms`);
      due.splice(due.indexOf(timer), 1);
      timer.run();
    },
  };
}

const tag = (wanted: LocalGatewayState['tag']) =>
  expect.poll(() => gateway?.state().tag, { timeout: 10_000 }).toBe(wanted);
const children = () =>
  readFileSync(proof, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { pid: number; argv: string[]; env: Record<string, string> });
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('R6: runs, says where, and stops without leaving a process', async () => {
  create('ok').start();
  await tag('running');
  expect(gateway?.state()).toEqual({ tag: 'running', url: 'ws://127.0.0.1:4711', port: 4711 });
  const [child] = children();
  await gateway?.stop();
  expect(gateway?.state()).toEqual({ tag: 'stopped' });
  expect(isAlive(child?.pid ?? 0)).toBe(false);
  expect(seen.map((state) => state.tag)).toEqual(['starting', 'running', 'stopped']);
});

test('a child inherits what a person’s commands need, and neither our variables nor a secret that it gets by message', async () => {
  const env = {
    OPENCLAW_GATEWAY_TOKEN: 'another-secret-token',
    OPENCLAW_STATE_DIR: '/nowhere',
    CHELA_SOMETHING: 'ours',
    NODE_OPTIONS: '--no-warnings',
    // A SecretRef may name any variable.
    MY_GATEWAY: 'the-secret-token',
    GITHUB_TOKEN: 'for-the-commands-of-a-person',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  create('ok').start();
  await tag('running');
  vi.unstubAllEnvs();
  const [child] = children();
  expect(JSON.stringify(child?.argv)).not.toContain('the-secret-token');
  const inherited = Object.keys(env).filter((name) => child?.env[name] !== undefined);
  expect(inherited).toEqual(['GITHUB_TOKEN']);
  expect(Object.values(child?.env ?? {})).not.toContain('the-secret-token');
  expect(child?.env.PATH).toBe(process.env.PATH);
});

test('a crash is told and the child started again', async () => {
  create('ok').start();
  await tag('running');
  const first = children()[0]?.pid ?? 0;
  process.kill(first, 'SIGKILL');
  await expect.poll(() => children().length, { timeout: 10_000 }).toBe(2);
  await tag('running');
  expect(seen.map((state) => state.tag)).toEqual([
    'starting',
    'running',
    'backingOff',
    'starting',
    'running',
  ]);
  expect(seen[2]).toMatchObject({
    attempt: 1,
    error: { code: 'LOCAL_GATEWAY_CRASHED', details: { reason: 'SIGKILL' } },
  });
});

test('a child that keeps crashing is waited for ever longer, and retryNow does not wait', async () => {
  const clock = manualClock();
  create('crash', clock).start();
  await tag('backingOff');
  expect(gateway?.state()).toMatchObject({
    attempt: 1,
    retryAt: 1_100,
    error: {
      code: 'LOCAL_GATEWAY_CRASHED',
      message: 'exit 3: TypeError: bad luck',
      details: { reason: 'exit 3' },
    },
  });
  clock.fire(100);
  await tag('backingOff');
  expect(gateway?.state()).toMatchObject({ attempt: 2, retryAt: 1_200 });
  gateway?.retryNow();
  expect(gateway?.state().tag).toBe('starting');
  expect(clock.due.filter(({ delayMs }) => delayMs === 200)).toEqual([]);
  await tag('backingOff');
  expect(children()).toHaveLength(3);
});

test('a taken port is permanent until somebody tries again', async () => {
  create('portInUse').start();
  await tag('failed');
  expect(gateway?.state()).toMatchObject({ error: { code: 'PORT_IN_USE' } });
  await expect.poll(() => isAlive(children()[0]?.pid ?? 0)).toBe(false);
  gateway?.retryNow();
  await expect.poll(() => children().length).toBe(2);
});

test('a child that does not stop when asked is killed after 3 s', async () => {
  const clock = manualClock();
  create('stubborn', clock).start();
  await tag('running');
  const pid = children()[0]?.pid ?? 0;
  const stopped = gateway?.stop();
  await expect.poll(() => clock.due.some(({ delayMs }) => delayMs === 3_000)).toBe(true);
  expect(isAlive(pid)).toBe(true);
  clock.fire(3_000);
  await stopped;
  expect(isAlive(pid)).toBe(false);
});

test('a start right after a stop waits until the port is free', async () => {
  create('ok').start();
  await tag('running');
  const stopped = gateway?.stop();
  gateway?.start();
  await stopped;
  await tag('running');
  const [first, second] = children();
  expect(isAlive(first?.pid ?? 0)).toBe(false);
  expect(isAlive(second?.pid ?? 0)).toBe(true);
});

test('a launcher that throws, or a child that never answers, is an error and not a hang', async () => {
  const broken = createLocalGateway({
    options: optionsFor('none'),
    launch: () => {
      throw new Error('no such file');
    },
  });
  broken.start();
  await expect
    .poll(() => broken.state())
    .toMatchObject({ tag: 'failed', error: { code: 'LOCAL_GATEWAY_FAILED' } });

  const clock = manualClock();
  let exit = (_code: number | null, _signal: string | null) => {};
  const mute: ChildHandle = {
    send: () => {},
    onMessage: () => {},
    onExit: (listener) => {
      exit = listener;
    },
    kill: () => exit(null, 'SIGKILL'),
  };
  const silent = createLocalGateway({ options: optionsFor('none'), launch: () => mute, clock });
  silent.start();
  await expect.poll(() => clock.due.length).toBe(1);
  clock.fire(30_000);
  expect(silent.state()).toMatchObject({
    tag: 'backingOff',
    error: { code: 'LOCAL_GATEWAY_CRASHED', details: { reason: 'timeout' } },
  });
  await silent.stop();
});
