import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';

const running: TestEngine[] = [];
afterEach(async () => {
  for (const test of running.splice(0)) await test.stop();
});

const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';

async function startWith(text: string) {
  const test = await makeTestEngine();
  running.push(test);
  const file = join(test.home, '.openclaw', 'openclaw.json');
  mkdirSync(join(test.home, '.openclaw'));
  writeFileSync(file, text);
  await test.engine.start();
  await test.until(isConnected);
  return { ...test, file };
}

describe('openclaw.json while the engine runs (R12)', () => {
  it('is followed; a running connection stays as long as its plan does', async () => {
    const { until, file } = await startWith('{ gateway: { remote: { sshTarget: "ada@studio" } } }');
    writeFileSync(file, '{ gateway: { remote: { sshTarget: "ada@attic" } } }');
    const now = await until(({ settings }) => settings.remote.sshTarget.value === 'ada@attic');
    expect(now.settings.remote.sshTarget.origin).toBe('openclaw.json');
    expect(now.connection.tag).toBe('connected');
    expect(now.endpoint?.generation).toBe(1);
  });

  it('keeps its last good values while it is broken, and says where it broke', async () => {
    const { until, file } = await startWith('{ gateway: { remote: { sshTarget: "ada@studio" } } }');
    writeFileSync(file, '{ gateway: { remote: { sshTarget: ');
    const broken = await until(({ notices }) => notices.length > 0);
    expect(broken.notices).toMatchObject([{ code: 'OPENCLAW_CONFIG_BROKEN', details: { file, line: 1 } }]);
    expect(broken.settings.remote.sshTarget.value).toBe('ada@studio');
    expect(broken.connection.tag).toBe('connected');
    writeFileSync(file, '{ gateway: { remote: { sshTarget: "ada@den" } } }');
    const mended = await until(({ settings }) => settings.remote.sshTarget.value === 'ada@den');
    expect(mended.notices).toEqual([]);
    expect(mended.endpoint?.generation).toBe(1);
  });

  it('says who gets into the Gateway of Local mode (R16, R21, R25)', async () => {
    const { engine, until, file, port } = await startWith('{ gateway: { auth: { password: "canary-p" } } }');
    const refusedWith = async (text: string, code: string) => {
      writeFileSync(file, text);
      const now = await until(
        ({ connection }) => connection.tag === 'failed' && connection.error.code === code,
      );
      expect(now.endpoint).toBeNull();
      await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    };
    await refusedWith('{ gateway: { bind: "lan" } }', 'SERVER_BIND_NEEDS_AUTH');
    await refusedWith('{ gateway: { auth: { token: "$NONE" } } }', 'SECRET_ENV_MISSING');
    writeFileSync(file, '{ gateway: { bind: "lan", auth: { token: "canary-t" } } }');
    await until(isConnected);
    expect(JSON.stringify(engine.snapshot())).not.toContain('canary');
  });

  it('takes the connection that was chosen here, once it was shown (R10)', async () => {
    const { engine, file, port } = await startWith('// mine\n{ gateway: { auth: { token: "canary" } } }\n');
    const screen = engine.openScreen();
    await screen.request('settings.save', {
      patch: { remote: { sshTarget: 'ada@studio', localPort: port, gatewayPort: port } },
    });
    const plan = await screen.request('sharedConfig.plan', { what: 'share' });
    expect(plan).toMatchObject({ ok: true, value: { file } });
    expect(JSON.stringify(plan)).not.toContain('canary');
    if (!plan.ok) throw new Error(plan.error.code);
    const { id } = plan.value as { id: string };
    expect(await screen.request('sharedConfig.apply', { what: 'share', id: 'another' })).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_CONFLICT' },
    });
    expect(await screen.request('sharedConfig.apply', { what: 'share', id })).toMatchObject({
      ok: true,
      value: { written: true, backup: `${file}.bak` },
    });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('// mine\n');
    expect(text).toContain('mode: "local"');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
