import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';

const standIn = join(import.meta.dirname, '../../e2e/fixtures/electron-stub');

let out: string;
let dir: string;
let started: ChildProcess[];

beforeAll(async () => {
  out = await builtApp();
}, 120_000);

beforeEach(() => {
  started = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-app-'));
});

afterEach(async () => {
  for (const child of started) {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      // Not SIGKILL: the embedded Gateway would outlive it for a moment and write into what is removed below.
      child.kill('SIGTERM');
      await exited;
    }
  }
  rmSync(dir, { recursive: true, maxRetries: 5 });
});

async function run() {
  const gatewayPort = await freePort();
  const child = spawn(
    process.execPath,
    [
      '--import',
      join(standIn, 'register.ts'),
      join(standIn, 'run-built-app.ts'),
      out,
      '--data-dir',
      join(dir, 'data'),
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        USERPROFILE: dir,
        OPENCLAW_GATEWAY_PORT: String(gatewayPort),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const lines = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exited, gatewayPort, lines, errors: () => errors };
}

describe('the built desktop app on the stand-in', () => {
  it('R6: starts in Local mode with nothing configured, and its page hears the engine through the preload', async () => {
    const app = await run();
    await vi.waitFor(() => {
      const tags = app.lines().map((line) => line.event?.payload.snapshot.connection.tag);
      expect(tags, app.errors()).toContain('connected');
    }, 15_000);
    const lines = app.lines();
    expect(lines[0].url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#\/chat$/);
    expect(lines.find(({ answer }) => answer)?.answer).toMatchObject({
      ok: true,
      value: { snapshot: { app: { runtime: 'electron' }, mode: 'local' } },
    });
    expect(lines.at(-1)?.tray).toContain('Connected to the Gateway on this computer');

    app.child.stdin.end();
    expect(await app.exited).toBe(0);
    await vi.waitFor(() => expect(fetch(`http://127.0.0.1:${app.gatewayPort}/`)).rejects.toThrow());
    expect(app.errors()).toBe('');
  });

  it('stores settings where the browser edge reads them, for the owner alone', async () => {
    const app = await run();
    await vi.waitFor(
      () =>
        expect(
          app.lines().some(({ answer }) => answer),
          app.errors(),
        ).toBe(true),
      15_000,
    );
    const request = { method: 'settings.save', params: { patch: { appearance: { theme: 'dark' } } } };
    app.child.stdin.write(`${JSON.stringify(request)}\n`);
    await vi.waitFor(() => expect(app.lines().filter(({ answer }) => answer)).toHaveLength(2));
    expect(app.lines().at(-1)?.answer ?? app.lines().at(-2)?.answer).toMatchObject({ ok: true });
    const file = join(dir, 'data/settings.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ appearance: { theme: 'dark' } });
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')('quits on a signal as it does from the menu', async () => {
    const app = await run();
    await vi.waitFor(
      () =>
        expect(
          app.lines().some(({ answer }) => answer),
          app.errors(),
        ).toBe(true),
      15_000,
    );
    app.child.kill('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(existsSync(join(dir, 'data/control.sock'))).toBe(false);
  });

  it('hands over to a Chela that runs in the browser on the same data directory', async () => {
    const web = spawn(
      process.execPath,
      [join(out, 'main/web.js'), '--no-open', '--data-dir', join(dir, 'data')],
      {
        env: {
          PATH: process.env.PATH,
          HOME: dir,
          USERPROFILE: dir,
          OPENCLAW_GATEWAY_PORT: String(await freePort()),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    started.push(web);
    await once(web.stdout, 'data');
    const app = await run();
    expect(await app.exited).toBe(0);
    expect(app.lines()).toEqual([
      { errors: [], opened: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#ticket=/)] },
    ]);
  });
});

describe('the built preload', () => {
  it('is one small CommonJS file that asks for electron alone', () => {
    const file = join(out, 'preload/index.cjs');
    const wanted = [...readFileSync(file, 'utf8').matchAll(/require\((["'])(.*?)\1\)/g)].map(
      (match) => match[2],
    );
    expect(wanted).toEqual(['electron']);
    expect(statSync(file).size).toBeLessThan(8 * 1024);
  });
});
