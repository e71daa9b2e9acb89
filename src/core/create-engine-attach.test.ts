import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { noOtherUser, startForeignGateway } from '../../e2e/fixtures/foreign-gateway.ts';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../gateway/index.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { gatewayStateDir } from './data-dir.ts';
import { readOwner } from './local-gateway/owner-lock.ts';
import { findPortHolder } from './port-holder/find-port-holder.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';

/** A home with this `openclaw.json`, where somebody has started a Gateway before Chela. */
async function withGateway(
  openclaw: object,
  auth: GatewayOptions['auth'],
): Promise<TestEngine & { theirs: RunningGateway }> {
  const test = await makeTestEngine();
  ends.push(() => test.stop());
  mkdirSync(join(test.home, '.openclaw'));
  writeFileSync(join(test.home, '.openclaw', 'openclaw.json'), JSON.stringify(openclaw));
  const theirs = await startGateway({
    port: test.port,
    stateDir: join(test.home, 'theirs'),
    auth,
    model: null,
    locale: 'en',
    version: '2026.9.6',
    discoverModelServers: false,
  });
  ends.push(() => theirs.stop());
  return { ...test, theirs };
}

describe('Local mode where a Gateway runs already', () => {
  it('uses it with the credentials of R16, names it, and takes over when it ends', async () => {
    const { engine, until, theirs, port } = await withGateway(
      { gateway: { remote: { token: 'canary-client' } } },
      { mode: 'token', token: 'canary-client' },
    );
    expect(engine.snapshot().snapshot.gatewayKey).toBeNull();
    await engine.start();
    const attached = await until((now) => isConnected(now) && now.health?.ok === true);
    expect(attached).toMatchObject({
      mode: 'local',
      gatewayKey: 'local:attached',
      endpoint: { url: `ws://127.0.0.1:${port}`, generation: 1 },
      gateway: { kind: 'openclaw', version: '2026.9.6', local: { startedBy: 'another', pid: process.pid } },
    });
    // A page signs in to the same one.
    const screen = engine.openScreen();
    const params = { generation: 1, transport: 'direct', nonce: 'n', ts: 1 };
    expect(await screen.request('webchat.connectParams', params)).toMatchObject({
      ok: true,
      value: { connectParams: { auth: { deviceToken: expect.any(String) } } },
    });

    await theirs.stop();
    const ended = await until(
      ({ connection }) =>
        connection.tag === 'reconnecting' && connection.error.code === 'ATTACHED_GATEWAY_ENDED',
    );
    expect(ended).toMatchObject({ gateway: null, gatewayKey: 'local:attached' });
    const own = await until((now) => isConnected(now) && now.gateway?.kind === 'embedded');
    expect(own.gateway).toMatchObject({ version: '0.0.0-test', local: { startedBy: 'chela' } });
    expect(own.gatewayKey).toBe('local');
    expect(JSON.stringify(engine.snapshot())).not.toContain('canary');
  });

  it('leaves it running when the mode changes or Chela ends', async () => {
    const { engine, until, port, home } = await withGateway(
      { gateway: { auth: { password: 'canary-p' } } },
      { mode: 'password', password: 'canary-p' },
    );
    await engine.start();
    await until(isConnected);
    await engine.openScreen().request('connection.disconnect', {});
    const idle = await until(({ connection }) => connection.tag === 'idle');
    expect(idle.gatewayKey).toBe('local:attached');
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    await engine.stop();
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);

    // The next Chela has its conversations on the screen before it has found it again (R8).
    const next = await makeTestEngine({ home, env: { OPENCLAW_GATEWAY_PASSWORD: 'canary-p' } });
    ends.push(() => next.engine.stop());
    await next.engine.start();
    expect(next.engine.snapshot().snapshot.gatewayKey).toBe('local:attached');
  });

  it('says so when it does not let this computer in, and starts no second one', async () => {
    const { engine, until, theirs } = await withGateway(
      { gateway: { auth: { token: 'canary-wrong' } } },
      { mode: 'token', token: 'canary-theirs' },
    );
    await engine.start();
    const failed = await until(({ connection }) => connection.tag === 'failed');
    expect(failed.connection).toMatchObject({ error: { code: 'GATEWAY_TOKEN_MISMATCH' } });
    await theirs.stop();
    // Nobody can ask again but a person, or time: it is looked at now and then.
    engine.probe();
    await until((now) => isConnected(now) && now.gateway?.kind === 'embedded');
  });

  it('another user’s Gateway on the port gets no credential, and says why', async ({ skip }) => {
    if (noOtherUser) skip(noOtherUser);
    const test = await makeTestEngine({ env: { OPENCLAW_GATEWAY_TOKEN: 'canary-mine' } });
    ends.push(() => test.stop());
    const foreign = await startForeignGateway(test.port);
    ends.push(() => foreign.stop());
    await test.engine.start();
    const failed = await test.until(({ connection }) => connection.tag === 'failed');
    expect(failed.connection).toMatchObject({
      error: {
        code: 'LOCAL_GATEWAY_NOT_OURS',
        details: { port: test.port, suggestedPort: expect.any(Number) },
      },
    });
    expect(foreign.heard()).toBe('');
  });

  it('is in the way where Chela’s own alone is wanted, and is left alone', async () => {
    const { engine, until, dataDir, port } = await withGateway({}, { mode: 'token', token: 'canary-theirs' });
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ local: { gateway: 'embedded' } }));
    await engine.start();
    const failed = await until(({ connection }) => connection.tag === 'failed');
    expect(failed.connection).toMatchObject({
      error: { code: 'GATEWAY_RUNS_ALREADY', details: { port, pid: process.pid } },
    });
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });

  it('R5: a fast change of the mode and back leaves one Gateway, and the end none', async () => {
    const test = await makeTestEngine({ profile: 'work' });
    ends.push(() => test.stop());
    const { engine, until, dataDir, port } = test;
    await engine.start();
    await until(isConnected);
    const first = await findPortHolder(port);
    const screen = engine.openScreen();
    const remote = { sshTarget: 'ada@127.0.0.1:1' };
    await screen.request('settings.save', { patch: { remote } });
    await Promise.all(
      (['remote', 'local', 'remote', 'local'] as const).map((mode) =>
        screen.request('connection.setMode', { mode }),
      ),
    );
    await until((now) => isConnected(now) && now.mode === 'local');
    const last = await findPortHolder(port);
    expect(childrenOf(process.pid).filter((pid) => pid === last?.pid || pid === first?.pid)).toEqual([
      last?.pid,
    ]);
    expect(await readOwner(gatewayStateDir(dataDir))).toMatchObject({
      kind: 'app',
      port,
      profile: 'work',
    });
    await engine.stop();
    expect(await findPortHolder(port)).toBeNull();
    expect(childrenOf(process.pid)).not.toContain(last?.pid);
    expect(await readOwner(gatewayStateDir(dataDir))).toBeNull();
  });
});

function childrenOf(pid: number): number[] {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return list
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}
