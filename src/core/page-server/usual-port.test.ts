import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PageServer } from './page-server.ts';
import { startOnUsualPort } from './usual-port.ts';

let dir: string;
let running: PageServer[];

beforeEach(() => {
  running = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-port-'));
  writeFileSync(join(dir, 'index.html'), '');
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(dir, { recursive: true });
});

async function start(): Promise<PageServer> {
  const server = await startOnUsualPort(dir, { rootDir: dir, bridge: null });
  running.push(server);
  return server;
}

it('keeps its port from start to start', async () => {
  const first = await start();
  await first.stop();
  expect((await start()).origin).toBe(first.origin);
  if (process.platform !== 'win32') {
    expect(statSync(join(dir, 'page-port.json')).mode & 0o777).toBe(0o600);
  }
});

it('takes another port, and keeps that one, where the usual one is taken', async () => {
  const first = await start();
  const second = await start();
  expect(second.port).not.toBe(first.port);
  expect(JSON.parse(readFileSync(join(dir, 'page-port.json'), 'utf8'))).toEqual({ port: second.port });
});

it.each(['', '{', '{"port":0}', '{"port":"80"}'])('starts with the damaged file %j', async (text) => {
  writeFileSync(join(dir, 'page-port.json'), text);
  expect((await start()).port).toBeGreaterThan(0);
});

it('does not write through a link', async () => {
  writeFileSync(join(dir, 'other.txt'), 'mine');
  symlinkSync(join(dir, 'other.txt'), join(dir, 'page-port.json'));
  await start();
  expect(readFileSync(join(dir, 'other.txt'), 'utf8')).toBe('mine');
});
