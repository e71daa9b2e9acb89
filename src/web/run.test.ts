import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doorWith } from '../../e2e/fixtures/control-door.ts';
import { createFakeEngine, type FakeEngine, sampleSnapshot } from '../../e2e/fixtures/fake-engine.ts';
import { systemClock } from '../core/clock.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { claimInstance } from '../core/instance/instance.ts';
import { createTranslator } from '../shared/i18n/index.ts';
import { runWeb, type WebParts } from './run.ts';

let dir: string;
let stops: (() => Promise<void>)[];

beforeEach(() => {
  stops = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-web-'));
  writeFileSync(join(dir, 'index.html'), 'page');
});

afterEach(async () => {
  for (const stop of stops) await stop();
  rmSync(dir, { recursive: true });
});

function run(args: string[], change: Partial<WebParts> = {}) {
  const stopping = new AbortController();
  const engine = createFakeEngine(sampleSnapshot);
  const printed: string[] = [];
  const errors: string[] = [];
  const opened: string[] = [];
  let pressEnter = () => {};
  const exited = runWeb({
    args: ['--data-dir', join(dir, 'data'), ...args],
    t: createTranslator('en'),
    version: '1.2.3',
    rootDir: dir,
    clock: systemClock,
    print: (line) => printed.push(line),
    printError: (line) => errors.push(line),
    signal: stopping.signal,
    ensureDataDir,
    createEngine: () => engine,
    openBrowser: async (url) => {
      opened.push(url);
      return true;
    },
    onLine: (listener) => {
      pressEnter = listener;
      return () => {};
    },
    ...change,
  });
  const stop = async () => {
    stopping.abort();
    await exited;
  };
  stops.push(stop);
  const links = () => printed.map((line) => /http:\S+/.exec(line)?.[0]).filter((link) => link !== undefined);
  return { engine, printed, errors, opened, exited, stop, links, pressEnter: () => pressEnter() };
}

const linkPattern = /^http:\/\/127\.0\.0\.1:\d+\/#ticket=[\w-]{43}$/;
const isUp = (started: ReturnType<typeof run>) =>
  vi.waitFor(() => expect(started.printed.some((line) => line.includes('Press Enter'))).toBe(true));

function redeem(link: string | undefined): Promise<Response> {
  const { origin, hash } = new URL(link ?? '');
  return fetch(`${origin}/session`, {
    method: 'POST',
    headers: { Origin: origin },
    body: JSON.stringify({ ticket: hash.slice('#ticket='.length) }),
  });
}

describe('runWeb', () => {
  it('prints one working link, opens another, and serves the page', async () => {
    const started = run([]);
    await isUp(started);
    expect(started.links()).toEqual([expect.stringMatching(linkPattern)]);
    expect(started.opened).toEqual([expect.stringMatching(linkPattern)]);
    expect(started.engine.isRunning).toBe(true);
    expect((await redeem(started.links()[0])).status).toBe(200);
    expect((await redeem(started.opened[0])).status).toBe(200);
    expect((await redeem(started.links()[0])).status).toBe(401);
    const page = await fetch(started.links()[0] ?? '');
    expect(await page.text()).toBe('page');
  });

  it('opens nothing with --no-open', async () => {
    const started = run(['--no-open']);
    await isUp(started);
    expect(started.opened).toEqual([]);
  });

  it('goes on where there is no browser, and says so', async () => {
    const started = run([], { openBrowser: async () => false });
    await isUp(started);
    expect(started.printed).toContain('No browser could be opened here. Open the link yourself.');
    expect((await redeem(started.links()[0])).status).toBe(200);
  });

  it('gives a fresh link on Enter', async () => {
    const started = run([]);
    await isUp(started);
    started.pressEnter();
    const [first, second] = started.links();
    expect(second).toMatch(linkPattern);
    expect(second).not.toBe(first);
    expect((await redeem(second)).status).toBe(200);
  });

  it('says nothing about Enter where nobody sits', async () => {
    const started = run(['--no-open'], { onLine: null });
    await vi.waitFor(() => expect(started.links()).toHaveLength(1));
    await started.stop();
    expect(started.printed.join()).not.toContain('Press Enter');
  });

  it('stops cleanly: engine, page and claim', async () => {
    const started = run([]);
    await isUp(started);
    await started.stop();
    expect(await started.exited).toBe(0);
    expect(started.engine.isRunning).toBe(false);
    expect(started.printed.at(-1)).toBe('Chela has stopped.');
    await expect(fetch(started.links()[0] ?? '')).rejects.toThrow();
    expect(existsSync(join(dir, 'data', 'control.sock'))).toBe(false);
  });

  it('keeps its port from start to start, and takes --port as it is', async () => {
    const first = run([]);
    await isUp(first);
    await first.stop();
    const second = run([]);
    await isUp(second);
    const port = (started: typeof first) => new URL(started.links()[0] ?? '').port;
    expect(port(second)).toBe(port(first));

    const asked = run(['--port', port(first), '--data-dir', join(dir, 'other')]);
    expect(await asked.exited).toBe(1);
    expect(asked.errors).toEqual([expect.stringContaining(`Port ${port(first)} on 127.0.0.1 is taken`)]);
    expect(asked.engine.isRunning).toBe(false);
  });

  it('R8: says where the usual address went when its port is taken, and starts at another one', async () => {
    const first = run([]);
    await isUp(first);
    await first.stop();
    const { port } = new URL(first.links()[0] ?? '');
    const stranger = createServer().listen(Number(port), '127.0.0.1');
    const second = run([]);
    await isUp(second);
    const details = { port, pid: process.pid, command: 'node' };
    for (const part of ['title', 'body', 'fix'] as const) {
      expect(second.printed[0]).toContain(
        createTranslator('en')(`errors.PAGE_PORT_TAKEN_BY.${part}`, details),
      );
    }
    expect(new URL(second.links()[0] ?? '').port).not.toBe(port);
    expect(second.engine.page).toMatchObject({ notice: { code: 'PAGE_PORT_TAKEN_BY' } });
    stranger.close();
  });

  it('does not fight a running one on the same directory: it hands out its link', async () => {
    const first = run(['--no-open']);
    await isUp(first);
    const second = run([]);
    expect(await second.exited).toBe(0);
    expect(second.printed[0]).toBe('Chela already runs on this data directory. Here is a new link to it.');
    expect(second.opened).toEqual(second.links());
    expect((await redeem(second.links()[0])).status).toBe(200);
    expect(second.engine.isRunning).toBe(false);
    expect(first.engine.isRunning).toBe(true);
  });

  it('says that a window is in front where the running one is the desktop app', async () => {
    const claim = await claimInstance({
      dataDir: ensureDataDir(join(dir, 'data')),
      door: doorWith({ tag: 'window' }),
    });
    const second = run([]);
    expect(await second.exited).toBe(0);
    expect(second.printed).toEqual(['Chela already runs on this data directory. Its window is in front.']);
    if (claim.tag === 'claimed') await claim.release();
  });

  it('says in words why it could not start', async () => {
    rmSync(join(dir, 'index.html'));
    const unbuilt = run([]);
    expect(await unbuilt.exited).toBe(1);
    expect(unbuilt.errors).toEqual(['The page has not been built. Run npm run build, then start again.']);

    writeFileSync(join(dir, 'file'), '');
    const noDir = run(['--data-dir', join(dir, 'file', 'sub')]);
    expect(await noDir.exited).toBe(1);
    expect(noDir.errors[0]).toContain('cannot be used');
  });

  it('can start again after a failed start', async () => {
    const engine: FakeEngine = createFakeEngine(sampleSnapshot);
    const broken = run([], {
      createEngine: () => ({
        ...engine,
        start: async () => {
          throw new Error('the device key cannot be read');
        },
      }),
    });
    expect(await broken.exited).toBe(1);
    expect(broken.errors).toEqual(['Something went wrong: the device key cannot be read.']);
    await isUp(run([]));
  });

  it('explains itself', async () => {
    const help = run(['--help']);
    expect(await help.exited).toBe(0);
    expect(help.printed[0]).toContain('--no-open');
    const version = run(['--version']);
    expect(await version.exited).toBe(0);
    expect(version.printed).toEqual(['1.2.3']);
    const wrong = run(['--fast']);
    expect(await wrong.exited).toBe(2);
    expect(wrong.errors[0]).toContain('--fast');
    expect(await run(['--port', 'x']).exited).toBe(2);
  });
});
