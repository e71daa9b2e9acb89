import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { type ModelServer, startModelServer } from '../../e2e/fixtures/model-server.ts';
import { type Sshd, startSshd } from '../../e2e/fixtures/sshd.ts';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { describeEngineOverSsh } from './create-engine-ssh-spec.ts';
import type { Screen } from './engine.ts';

let model: ModelServer;
let gateway: UpstreamGateway;
let sshd: Sshd;
beforeAll(async () => {
  model = await startModelServer();
  gateway = await startUpstreamGateway({ modelPort: model.port, token: `token-${crypto.randomUUID()}` });
  sshd = await startSshd();
}, 240_000);
afterAll(async () => {
  await sshd?.stop();
  await gateway?.stop();
  await model?.stop();
});

let test: TestEngine;

const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';

async function saveRemote(screen: Screen, change: Record<string, unknown> = {}) {
  const remote = {
    sshTarget: `${sshd.user}@${sshd.host}:${sshd.port}`,
    gatewayPort: gateway.port,
    localPort: test.port,
    identityFile: sshd.clientKey,
    token: gateway.token,
    tokenPlace: 'session' as const,
    ...change,
  };
  return screen.request('settings.save', { patch: { mode: 'remote', remote } });
}

async function answerHostKey(screen: Screen, trust: boolean) {
  const { questions } = await test.until((now) => now.questions.length > 0);
  expect(questions).toMatchObject([
    { kind: 'hostKey', host: sshd.host, port: sshd.port, fingerprint: sshd.hostFingerprint },
  ]);
  const answer = await screen.request('questions.answer', {
    id: questions[0]?.id,
    answer: { kind: 'hostKey', trust },
  });
  expect(answer).toMatchObject({ ok: true });
}

describe('engine over a real sshd and the real OpenClaw Gateway', () => {
  afterEach(() => test.stop());

  it('asks for the host key, connects, survives a killed sshd on the same port, and goes back to Local (R6, R10)', async () => {
    test = await makeTestEngine();
    const screen = test.engine.openScreen();
    await test.engine.start();
    await test.until(isConnected);

    await saveRemote(screen);
    await answerHostKey(screen, true);
    const connected = await test.until((now) => isConnected(now) && now.mode === 'remote');
    expect(connected).toMatchObject({
      gateway: { kind: 'openclaw', version: '2026.9.6' },
      tunnel: { tag: 'up', localPort: test.port },
    });
    expect(readFileSync(join(test.home, '.ssh', 'known_hosts'), 'utf8')).toContain(sshd.hostKeyLine);
    const before = connected.endpoint;

    await sshd.kill();
    const lost = await test.until(({ connection }) => connection.tag === 'reconnecting');
    expect(lost.endpoint).toEqual(before);
    await sshd.restart();
    const back = await test.until(isConnected, 40_000);
    expect(back.endpoint?.url).toBe(before?.url);
    expect(back.endpoint?.generation).toBeGreaterThan(before?.generation ?? 0);
    expect(back.questions).toEqual([]);

    await screen.request('connection.setMode', { mode: 'local' });
    const local = await test.until((now) => isConnected(now) && now.mode === 'local');
    expect(local).toMatchObject({ gateway: { kind: 'embedded' }, tunnel: { tag: 'stopped' } });
  });

  it('stops with a name when the host key is declined, and asks again on retry', async () => {
    test = await makeTestEngine();
    const screen = test.engine.openScreen();
    await test.engine.start();
    await saveRemote(screen);
    await answerHostKey(screen, false);
    const failed = await test.until(({ connection }) => connection.tag === 'failed');
    expect(failed.connection).toMatchObject({ error: { code: 'SSH_HOST_KEY_DECLINED' } });
    await screen.request('connection.retry', {});
    await answerHostKey(screen, true);
    await test.until(isConnected);
  });

  it('tests a draft in plain words without touching the running connection (R7)', async () => {
    test = await makeTestEngine();
    const screen = test.engine.openScreen();
    await test.engine.start();
    await test.until(isConnected);
    const draft = {
      sshTarget: `${sshd.user}@${sshd.host}:${sshd.port}`,
      gatewayPort: gateway.port,
      identityFile: sshd.clientKey,
    };

    const first = screen.request('connection.test', { ...draft, token: gateway.token });
    await answerHostKey(screen, true);
    expect(await first).toMatchObject({
      ok: true,
      value: { gatewayVersion: '2026.9.6', authMethod: 'token' },
    });
    expect(await screen.request('connection.test', { ...draft, token: 'wrong' })).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_TOKEN_MISMATCH' },
    });
    expect(await screen.request('connection.test', draft)).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_TOKEN_MISSING' },
    });
    expect(
      await screen.request('connection.test', { ...draft, gatewayPort: await freePort() }),
    ).toMatchObject({
      ok: false,
      error: { code: 'FORWARD_NOTHING_LISTENING' },
    });
    expect(
      await screen.request('connection.test', { ...draft, sshTarget: 'ada@no-such-host.invalid' }),
    ).toMatchObject({
      ok: false,
      error: { code: 'SSH_HOST_NOT_FOUND' },
    });
    expect(test.engine.snapshot().snapshot).toMatchObject({
      mode: 'local',
      connection: { tag: 'connected' },
    });
  });

  it('says that the token is wrong even when an earlier one was right (R13)', async () => {
    test = await makeTestEngine();
    const screen = test.engine.openScreen();
    await test.engine.start();
    await saveRemote(screen);
    await answerHostKey(screen, true);
    await test.until(isConnected);
    await saveRemote(screen, { token: 'not-the-token' });
    const failed = await test.until(({ connection }) => connection.tag === 'failed');
    expect(failed).toMatchObject({
      connection: { error: { code: 'GATEWAY_TOKEN_MISMATCH' } },
      tunnel: { tag: 'up' },
    });
    await saveRemote(screen);
    await test.until(isConnected);
  });
});

// The same start of the real Gateway.
describeEngineOverSsh(() => gateway);
