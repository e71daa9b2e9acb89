import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import { ensureUpstreamInstalled, findNode24, upstreamEntry } from '../../e2e/fixtures/upstream-install.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { findPortHolder } from './port-holder/find-port-holder.ts';

const TOKEN = 'canary-openclaw-token';
const engines: TestEngine[] = [];
afterAll(async () => {
  for (const { stop } of engines.splice(0)) await stop();
});

async function engineOf(env: Record<string, string>): Promise<TestEngine> {
  const test = await makeTestEngine({ env: { OPENCLAW_GATEWAY_TOKEN: TOKEN, ...env } });
  engines.push(test);
  return test;
}

const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';

// One start of the real Gateway serves all of it.
it('starts the installed OpenClaw, which another Chela attaches to, and leaves no process (R5, R6, R16)', async () => {
  await ensureUpstreamInstalled();
  const first = await engineOf({ PATH: '' });
  const bin = join(first.home, '.local', 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(upstreamEntry, join(bin, 'openclaw'));
  symlinkSync(findNode24(), join(bin, 'node'));
  mkdirSync(first.dataDir, { recursive: true });
  writeFileSync(join(first.dataDir, 'settings.json'), JSON.stringify({ local: { gateway: 'openclaw' } }));

  await first.engine.start();
  const running = await first.until(isConnected, 180_000);
  expect(running.gateway).toMatchObject({
    kind: 'openclaw',
    version: '2026.9.6',
    local: { startedBy: 'chela' },
  });
  expect(JSON.stringify(running)).not.toContain(TOKEN);
  const { pid = 0 } = (await findPortHolder(first.port)) ?? {};

  const second = await engineOf({ OPENCLAW_GATEWAY_PORT: String(first.port) });
  await second.engine.start();
  const attached = await second.until((now) => isConnected(now) && now.health?.ok === true, 60_000);
  expect(attached.gateway).toMatchObject({
    kind: 'openclaw',
    version: '2026.9.6',
    local: { startedBy: 'another', pid },
  });
  await second.engine.stop();
  expect((await fetch(`http://127.0.0.1:${first.port}/readyz`)).status).toBe(200);

  await first.engine.stop();
  expect(await findPortHolder(first.port)).toBeNull();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
}, 300_000);
