import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import { ensureUpstreamInstalled, findNode24, upstreamEntry } from '../../e2e/fixtures/upstream-install.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { gatewayStateDir } from './data-dir.ts';
import { readOwner } from './local-gateway/owner-lock.ts';
import { isRunning } from './local-gateway/processes.ts';
import { findPortHolder } from './port-holder/find-port-holder.ts';
import { realSystem } from './port-holder/system.ts';

const TOKEN = 'canary-openclaw-token';
const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function engineOf(port: number, home?: string): Promise<TestEngine> {
  const env = { OPENCLAW_GATEWAY_TOKEN: TOKEN, OPENCLAW_GATEWAY_PORT: String(port), PATH: '' };
  const test = await makeTestEngine({ env, ...(home !== undefined && { home }) });
  ends.push(() => test.stop());
  return test;
}

const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';
const isReady = async (port: number) => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;

/** A home where the installed OpenClaw is the one to run. */
function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'chela-engine-'));
  const [bin, dataDir] = [join(home, '.local', 'bin'), join(home, 'chela')];
  for (const folder of [bin, dataDir]) mkdirSync(folder, { recursive: true });
  symlinkSync(upstreamEntry, join(bin, 'openclaw'));
  symlinkSync(findNode24(), join(bin, 'node'));
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ local: { gateway: 'openclaw' } }));
  return home;
}

/** All of Chela but its screens, in a process that can be killed. Resolves when it is connected. */
async function connectIn(home: string, port: number): Promise<{ pid: number; said: () => string }> {
  const args = [join(await builtApp(), 'main', 'cli.js'), '--data-dir', join(home, 'chela'), 'connect'];
  const env = { HOME: home, PATH: '', OPENCLAW_GATEWAY_TOKEN: TOKEN, OPENCLAW_GATEWAY_PORT: String(port) };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  ends.push(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  await expect.poll(() => text, { timeout: 180_000, interval: 200 }).toMatch(/Connected to/);
  return { pid: child.pid ?? 0, said: () => text };
}

// One start of the real Gateway serves all of it.
it('runs the installed OpenClaw, which another Chela attaches to, which outlives a killed one and goes with the next switch of the mode (R5, R6, R16)', async () => {
  await ensureUpstreamInstalled();
  const [home, port] = [makeHome(), await freePort()];
  const killed = await connectIn(home, port);
  expect(killed.said()).not.toContain(TOKEN);
  const { pid = 0 } = (await findPortHolder(port)) ?? {};
  const stateDir = gatewayStateDir(join(home, 'chela'));
  expect(await readOwner(stateDir)).toMatchObject({ pid: killed.pid, kind: 'openclaw', port });

  const other = await engineOf(port);
  await other.engine.start();
  const attached = await other.until((now) => isConnected(now) && now.health?.ok === true, 60_000);
  const openclaw = { kind: 'openclaw', version: '2026.9.6' };
  expect(attached.gateway).toMatchObject({ ...openclaw, local: { startedBy: 'another', pid } });
  expect(JSON.stringify(attached)).not.toContain(TOKEN);
  await other.engine.stop();
  expect(await isReady(port)).toBe(true);

  process.kill(killed.pid, 'SIGKILL');
  await expect.poll(() => readOwner(stateDir)).toMatchObject({ kind: 'openclaw', isLeft: true });
  expect(await isReady(port)).toBe(true);

  const next = await engineOf(port, home);
  await next.engine.start();
  const adopted = await next.until(isConnected, 60_000);
  expect(adopted.gateway).toMatchObject({ ...openclaw, local: { startedBy: 'chela' } });
  expect((await findPortHolder(port))?.pid).toBe(pid);
  expect(await readOwner(stateDir)).toMatchObject({ pid: process.pid, isLeft: false });

  const patch = { local: { gateway: 'embedded' } } as const;
  await next.engine.openScreen().request('settings.save', { patch });
  const ours = await next.until((now) => isConnected(now) && now.gateway?.kind === 'embedded', 60_000);
  expect(ours.gateway).toMatchObject({ version: '0.0.0-test', local: { startedBy: 'chela' } });
  expect(await isRunning({ pid, startedAs: null }, realSystem)).toBe(false);
  await next.engine.stop();
  expect(await findPortHolder(port)).toBeNull();
}, 300_000);
