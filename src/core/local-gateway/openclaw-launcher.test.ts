import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { environmentForOpenclaw } from '../../shared/child-environment.ts';
import { ok } from '../../shared/result.ts';
import { realSystem } from '../port-holder/system.ts';
import { createLocalGateway, type LocalGateway } from './local-gateway.ts';
import { findOpenclaw, satisfies } from './openclaw-install.ts';
import { createOpenclawLauncher } from './openclaw-launcher.ts';
import { type KnownProcess, processStart } from './processes.ts';

/** Ends with the next code of `plan`, or serves where that is `serve`; `log` gets a line for each start. */
const fake = `
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
const dir = process.env.FAKE_DIR;
const [first, ...rest] = readFileSync(join(dir, 'plan'), 'utf8').trim().split(' ');
writeFileSync(join(dir, 'plan'), rest.join(' ') || first);
const helper = first === 'serve' ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 9e8)'], { stdio: 'ignore' }) : null;
const env = Object.keys(process.env);
appendFileSync(join(dir, 'log'), JSON.stringify({ pid: process.pid, helper: helper?.pid, args: process.argv.slice(2), env }) + '\\n');
if (!helper) process.exit(Number(first));
process.on('SIGTERM', () => process.exit(0));
process.on('SIGUSR2', () => process.exit(3));
const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
createServer((request, response) => response.writeHead(request.url === '/readyz' ? 200 : 404).end()).listen(port, '127.0.0.1');
`;

type Start = { pid: number; helper?: number; args: string[]; env: string[] };

let dir: string;
let port: number;
let gateway: LocalGateway | null;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chela-openclaw-'));
  port = await freePort();
  gateway = null;
  named = null;
  install();
});
afterEach(async () => {
  await gateway?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** As npm does it: a link in `bin` to the script of a package. */
function install(engine = '>=22') {
  const home = join(dir, 'lib', 'node_modules', 'openclaw');
  for (const folder of [home, join(dir, 'bin')]) mkdirSync(folder, { recursive: true });
  const manifest = { name: 'openclaw', version: '2026.9.6', engines: { node: engine } };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(home, 'openclaw.mjs'), fake);
  rmSync(join(dir, 'bin', 'openclaw'), { force: true });
  symlinkSync(join(home, 'openclaw.mjs'), join(dir, 'bin', 'openclaw'));
}

const env = () => ({
  PATH: [join(dir, 'bin'), dirname(process.execPath)].join(':'),
  FAKE_DIR: dir,
  OPENCLAW_CONFIG_PATH: '/nowhere/openclaw.json',
  CHELA_SOMETHING: 'ours',
  NODE_OPTIONS: '--no-warnings',
});
const find = () => findOpenclaw({ env: env(), homeDir: dir, platform: process.platform });
async function findToStart() {
  const found = await find();
  return found.ok ? ok({ ...found.value, env: environmentForOpenclaw(env()) }) : found;
}

/** `named`: what the owner lock knows of it. */
let named: number | null;

function start(plan: string): LocalGateway {
  writeFileSync(join(dir, 'plan'), plan);
  gateway = create();
  gateway.start();
  return gateway;
}

function create(last: KnownProcess | null = null): LocalGateway {
  return createLocalGateway({
    options: {
      port,
      stateDir: join(dir, 'state'),
      auth: { mode: 'none' },
      model: null,
      locale: 'en',
      version: '0.0.0',
    },
    launch: createOpenclawLauncher({
      find: findToStart,
      port,
      last: () => last,
      onDidStart: (pid) => {
        named = pid;
      },
    }),
    random: () => 0,
  });
}

const starts = (): Start[] =>
  readFileSync(join(dir, 'log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Start);
const reaches = (tag: string) =>
  expect.poll(() => gateway?.state(), { timeout: 15_000 }).toMatchObject({ tag });
/** What nobody has reaped yet is dead all the same. */
const isAlive = (pid = 0) => {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
};

describe.runIf(process.platform !== 'win32')(
  'an installed OpenClaw that Chela keeps running (R5, R6)',
  () => {
    it('is ready when it says so, and goes with all that it started', async () => {
      start('serve');
      await reaches('running');
      const [first] = starts();
      expect(first?.args).toEqual(['gateway', 'run', '--port', String(port), '--allow-unconfigured']);
      expect(first?.env).toContain('OPENCLAW_CONFIG_PATH');
      expect(first?.env.filter((name) => /^(CHELA_|NODE_OPTIONS$)/.test(name))).toEqual([]);
      expect([isAlive(first?.pid), isAlive(first?.helper)]).toEqual([true, true]);
      expect(named).toBe(first?.pid);
      await gateway?.stop();
      await expect.poll(() => [isAlive(first?.pid), isAlive(first?.helper)]).toEqual([false, false]);
    });

    it('78 calls its doctor once, and then it starts', async () => {
      start('78 0 serve');
      await reaches('running');
      expect(starts().map(({ args }) => args.slice(0, 2).join(' '))).toEqual([
        'gateway run',
        'doctor --fix',
        'gateway run',
      ]);
      expect(starts()[1]?.args).toEqual(['doctor', '--fix', '--yes', '--non-interactive']);
    });

    it.each([
      ['after the doctor', '78 0 78', 3],
      ['where the doctor fails', '78 1', 2],
    ])('78 %s: stops, and says so', async (_when, plan, count) => {
      start(plan);
      await reaches('failed');
      expect(gateway?.state()).toMatchObject({ error: { code: 'OPENCLAW_CONFIG_REFUSED' } });
      expect(starts()).toHaveLength(count);
    });

    it('a crash is told, and it is started again after a while', async () => {
      const seen: unknown[] = [];
      start('serve').onDidChange((state) => seen.push(state));
      await reaches('running');
      process.kill(starts()[0]?.pid ?? 0, 'SIGUSR2');
      await expect.poll(() => starts().length, { timeout: 10_000 }).toBe(2);
      await reaches('running');
      expect(seen).toContainEqual(
        expect.objectContaining({
          tag: 'backingOff',
          error: expect.objectContaining({ code: 'LOCAL_GATEWAY_CRASHED', details: { reason: 'exit 3' } }),
        }),
      );
    });

    it('stopped by somebody else, it is not started against their will', async () => {
      start('serve');
      await reaches('running');
      process.kill(starts()[0]?.pid ?? 0, 'SIGTERM');
      await reaches('failed');
      expect(gateway?.state()).toMatchObject({ error: { code: 'OPENCLAW_STOPPED' } });
      gateway?.retryNow();
      await reaches('running');
    });

    it('one that left its restart to Chela, as it announced, is started again and not counted as stopped', async () => {
      const seen: unknown[] = [];
      start('serve').onDidChange((state) => seen.push(state));
      await reaches('running');
      gateway?.expectRestart({ expectedMs: 50, withinMs: 30_000 });
      process.kill(starts()[0]?.pid ?? 0, 'SIGTERM');
      await expect.poll(() => starts().length, { timeout: 10_000 }).toBe(2);
      await reaches('running');
      expect(seen).toContainEqual(
        expect.objectContaining({
          tag: 'backingOff',
          error: expect.objectContaining({ code: 'GATEWAY_RESTARTING' }),
        }),
      );
      // What the first announced says nothing about the second.
      process.kill(starts()[1]?.pid ?? 0, 'SIGTERM');
      await reaches('failed');
    });

    it('the one that a killed Chela left is gone on with, and stopped like any other', async () => {
      const left = start('serve');
      await reaches('running');
      const [first] = starts();
      const known = { pid: named ?? 0, startedAs: await processStart(named ?? 0, realSystem) };
      gateway = create(known);
      gateway.start();
      await reaches('running');
      expect(starts()).toHaveLength(1);
      await gateway.stop();
      await expect.poll(() => [isAlive(first?.pid), isAlive(first?.helper)]).toEqual([false, false]);
      await left.stop();
    });

    it('a number that another program got is nothing to go on with, and is left alone', async () => {
      writeFileSync(join(dir, 'plan'), 'serve');
      const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 9e8)'], { detached: true });
      try {
        gateway = create({ pid: bystander.pid ?? 0, startedAs: 'another time' });
        gateway.start();
        await reaches('running');
        expect(starts()).toHaveLength(1);
        await gateway.stop();
        expect(isAlive(bystander.pid)).toBe(true);
      } finally {
        bystander.kill('SIGKILL');
      }
    });

    it('a stop in the middle of a start leaves nothing', async () => {
      start('serve');
      await expect.poll(() => gateway?.state().tag).toBe('starting');
      await gateway?.stop();
      gateway?.start();
      await reaches('running');
      const alive = starts().filter(({ pid }) => isAlive(pid));
      expect(alive).toHaveLength(1);
    });

    it('says what is missing', async () => {
      expect(await find()).toMatchObject({
        ok: true,
        value: { version: '2026.9.6', node: process.execPath },
      });
      install('>=99.0.0');
      expect(await find()).toMatchObject({
        ok: false,
        error: { code: 'OPENCLAW_NEEDS_NODE', details: { needs: '>=99.0.0' } },
      });
      const nowhere = { env: { PATH: join(dir, 'nowhere') }, homeDir: dir, platform: process.platform };
      expect(await findOpenclaw(nowhere)).toMatchObject({
        ok: false,
        error: { code: 'OPENCLAW_NOT_INSTALLED' },
      });
    });
  },
);

it.each([
  ['24.16.0', true],
  ['24.21.0', true],
  ['24.15.9', false],
  ['25.0.0', false],
  ['26.0.9', false],
  ['26.1.0', true],
])('Node %s fits “>=24.16.0 <25 || >=26.1.0”: %s', (version, fits) => {
  expect(satisfies(version, '>=24.16.0 <25 || >=26.1.0')).toBe(fits);
});
