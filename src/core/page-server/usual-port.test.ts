import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { startOnUsualPort, type UsualPage } from './usual-port.ts';

let dir: string;
let running: UsualPage[];
let strangers: Server[];

beforeEach(() => {
  running = [];
  strangers = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-port-'));
  writeFileSync(join(dir, 'index.html'), 'page');
});

afterEach(async () => {
  for (const stranger of strangers) await leave(stranger);
  await Promise.all(running.map((server) => server.stop()));
  rmSync(dir, { recursive: true });
});

const file = () => join(dir, 'page-port.json');
const written = () => JSON.parse(readFileSync(file(), 'utf8'));

async function start(): Promise<UsualPage> {
  const server = await startOnUsualPort(dir, { rootDir: dir, bridge: null });
  running.push(server);
  return server;
}

/** Another program has it. */
async function take(port: number): Promise<Server> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  strangers.push(server);
  return server;
}

async function leave(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}

/** Which origins the page may frame, and which may frame it. */
async function framing({ origin }: Pick<UsualPage, 'origin'>): Promise<string[]> {
  const policy = (await fetch(origin)).headers.get('content-security-policy') ?? '';
  return policy.split('; ').filter((rule) => rule.startsWith('frame-'));
}

it('keeps its port from start to start', async () => {
  const first = await start();
  await first.stop();
  const second = await start();
  expect(second.origin).toBe(first.origin);
  expect(second.place).toEqual({ notice: null, earlierOrigins: [] });
  expect(await framing(second)).toEqual(["frame-src 'self'", "frame-ancestors 'none'"]);
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
});

it('R8: takes another port where the usual one is taken, the same one each time, and says by whom it is', async () => {
  const usual = await start();
  await usual.stop();
  await take(usual.port);
  const other = await start();
  expect(other.port).not.toBe(usual.port);
  expect(other.place).toMatchObject({
    notice: {
      code: 'PAGE_PORT_TAKEN_BY',
      details: { port: usual.port, pid: process.pid, command: 'node' },
    },
    earlierOrigins: [],
  });
  await other.stop();
  expect((await start()).port).toBe(other.port);
  expect(written()).toEqual({ port: usual.port, others: [other.port] });

  await running.at(-1)?.stop();
  await take(other.port);
  const third = await start();
  expect(written()).toEqual({ port: usual.port, others: [other.port, third.port] });
});

it('R8: goes back to the usual port, beside which it serves the other ones, to that page alone', async () => {
  const [usual, other, taken] = [await freePort(), await freePort(), await freePort()];
  await take(taken);
  writeFileSync(file(), JSON.stringify({ port: usual, others: [other, taken] }));
  const page = await start();
  const earlier = `http://127.0.0.1:${other}`;
  expect(page.port).toBe(usual);
  expect(page.place).toEqual({ notice: null, earlierOrigins: [earlier] });
  expect(await (await fetch(earlier)).text()).toBe('page');
  expect((await fetch(`${earlier}/session`, { method: 'POST', headers: { Origin: earlier } })).status).toBe(
    404,
  );
  expect(await framing({ origin: earlier })).toEqual(["frame-src 'self'", `frame-ancestors ${page.origin}`]);
  expect(await framing(page)).toEqual([
    `frame-src 'self' ${earlier} http://127.0.0.1:${taken}`,
    "frame-ancestors 'none'",
  ]);
  expect(written()).toEqual({ port: usual, others: [other, taken] });
  await page.stop();
  await expect(fetch(earlier)).rejects.toThrow();
});

it.each(['', '{', '{"port":0}', '{"port":"80"}'])('starts with the damaged file %j', async (text) => {
  writeFileSync(file(), text);
  expect((await start()).port).toBeGreaterThan(0);
});

it('does not write through a link', async () => {
  writeFileSync(join(dir, 'other.txt'), 'mine');
  symlinkSync(join(dir, 'other.txt'), file());
  await start();
  expect(readFileSync(join(dir, 'other.txt'), 'utf8')).toBe('mine');
});
