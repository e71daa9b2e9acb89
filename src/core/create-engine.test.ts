import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import type { ContractEvent } from '../shared/contract/events.ts';

const running: TestEngine[] = [];
afterEach(async () => {
  for (const test of running.splice(0)) await test.stop();
});

async function make(options: Parameters<typeof makeTestEngine>[0] = {}): Promise<TestEngine> {
  const test = await makeTestEngine(options);
  running.push(test);
  return test;
}

const isConnected = ({ connection }: { connection: { tag: string } }) => connection.tag === 'connected';

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

describe('engine in Local mode', () => {
  it('connects to the embedded Gateway with nothing configured (R1, R2)', async () => {
    const { engine, until, port, dataDir } = await make();
    expect(engine.snapshot().snapshot.connection).toEqual({ tag: 'idle' });
    await engine.start();
    const snapshot = await until((now) => isConnected(now) && now.health !== null);
    expect(snapshot).toMatchObject({
      mode: 'local',
      endpoint: { url: `ws://127.0.0.1:${port}`, generation: 1 },
      gatewayKey: 'local',
      gateway: { kind: 'embedded', version: '0.0.0-test', local: { startedBy: 'chela', pid: null } },
      health: { ok: true },
    });
    await engine.stop();
    for (const file of ['gateway-token', 'device-identity.json', 'device-tokens.json']) {
      expect([file, statSync(join(dataDir, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
  });

  it('tells a subscriber the present snapshot first, then newer revisions', async () => {
    const { engine, until } = await make();
    const screen = engine.openScreen();
    const revisions: number[] = [];
    screen.subscribe((event) => event.event === 'snapshot' && revisions.push(event.payload.revision));
    expect(revisions).toEqual([0]);
    await engine.start();
    await until(isConnected);
    expect(revisions.length).toBeGreaterThan(2);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  it('signs connect parameters without handing out a key or the shared token', async () => {
    const { engine, until, dataDir } = await make();
    await engine.start();
    const { endpoint } = await until(isConnected);
    const screen = engine.openScreen();
    const params = { generation: endpoint?.generation ?? 0, transport: 'direct', nonce: 'n', ts: 1 };
    const answer = await screen.request('webchat.connectParams', params);
    expect(answer).toMatchObject({
      ok: true,
      value: { connectParams: { client: { id: 'webchat-ui' }, auth: { deviceToken: expect.any(String) } } },
    });
    expect(JSON.stringify(answer)).not.toContain(readFileSync(join(dataDir, 'gateway-token'), 'utf8').trim());
    expect(JSON.stringify(answer)).not.toContain('PRIVATE KEY');
    expect(await screen.request('webchat.connectParams', { ...params, generation: 99 })).toMatchObject({
      ok: false,
      error: { code: 'NOT_AVAILABLE' },
    });
  });

  it('relays frames for the screen that asked, and ends them with it', async () => {
    const { engine, until } = await make();
    await engine.start();
    const { endpoint } = await until(isConnected);
    const generation = endpoint?.generation ?? 0;
    const screen = engine.openScreen();
    const stranger = engine.openScreen();
    const heard: ContractEvent[] = [];
    const elsewhere: ContractEvent[] = [];
    const challenge = new Promise<void>((resolve) => {
      screen.subscribe((event) => {
        heard.push(event);
        if (event.event === 'relay.message') resolve();
      });
    });
    stranger.subscribe((event) => elsewhere.push(event));

    const opened = await screen.request('relay.open', { generation });
    expect(opened).toMatchObject({ ok: true });
    await challenge;
    const { relayId } = (opened as { value: { relayId: string } }).value;
    expect(heard.find((event) => event.event === 'relay.message')?.payload).toMatchObject({
      relayId,
      data: expect.stringContaining('connect.challenge'),
    });
    expect(elsewhere.some((event) => event.event.startsWith('relay.'))).toBe(false);
    expect(await stranger.request('relay.send', { relayId, data: '{}' })).toMatchObject({
      ok: false,
      error: { code: 'NOT_AVAILABLE' },
    });
    screen.dispose();
    expect(await screen.request('relay.send', { relayId, data: '{}' })).toMatchObject({ ok: false });
  });

  it('names a port that somebody else holds, and connects when it is free again', async () => {
    const { engine, until, port } = await make();
    const squatter = await new Promise<Server>((resolve) => {
      // It reads, so that a connection ends when the other side ends it.
      const server = createServer((socket) => socket.resume()).listen(port, '127.0.0.1', () =>
        resolve(server),
      );
    });
    await engine.start();
    const failed = await until(({ connection }) => connection.tag === 'failed');
    expect(failed.connection).toMatchObject({
      error: { code: 'PORT_IN_USE_BY', details: { port, pid: process.pid } },
    });
    await new Promise((resolve) => squatter.close(resolve));
    await engine.openScreen().request('connection.retry', {});
    await until(isConnected);
  });

  it('leaves nothing behind when it stops, for whoever asks it to', async () => {
    const { engine, until, port } = await make();
    await engine.start();
    await until(isConnected);
    void engine.stop();
    await setImmediate();
    await engine.stop();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await expect(
      new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject)),
    ).rejects.toThrow('ECONNREFUSED');
  });
});

describe('engine on demand (R6)', () => {
  it('disconnects wholly, stays so through changes of the network and settings, and connects again', async () => {
    const { engine, until, port } = await make();
    await engine.start();
    await until(isConnected);
    const screen = engine.openScreen();
    expect(await screen.request('connection.disconnect', {})).toMatchObject({ ok: true });
    const idle = await until(({ connection }) => connection.tag === 'idle');
    expect(idle).toMatchObject({
      endpoint: null,
      gateway: null,
      health: null,
      lamps: { gateway: { state: 'off' } },
    });
    await expect.poll(() => isListening(port)).toBe(false);

    engine.probe();
    await screen.request('settings.save', { patch: { appearance: { theme: 'dark' } } });
    expect(engine.snapshot().snapshot.connection.tag).toBe('idle');
    expect(await isListening(port)).toBe(false);

    await screen.request('connection.retry', {});
    expect((await until(isConnected)).endpoint?.generation).toBe(2);
  });

  it('connects when a mode is chosen while disconnected', async () => {
    const { engine, until } = await make();
    await engine.start();
    const screen = engine.openScreen();
    await screen.request('connection.disconnect', {});
    await screen.request('connection.setMode', { mode: 'local' });
    await until(isConnected);
  });

  it('reconnects from the bottom up', async () => {
    const { engine, until } = await make();
    await engine.start();
    const before = await until(isConnected);
    await engine.openScreen().request('connection.reconnect', {});
    const after = await until((now) => isConnected(now) && now.endpoint?.generation === 2);
    expect(after.connection).not.toEqual(before.connection);
  });
});

describe('engine settings', () => {
  it('refuses Remote without a target by name, and comes back to Local (R6)', async () => {
    const { engine, until } = await make();
    await engine.start();
    await until(isConnected);
    const screen = engine.openScreen();
    await screen.request('connection.setMode', { mode: 'remote' });
    const failed = await until(({ connection }) => connection.tag === 'failed');
    expect(failed).toMatchObject({
      mode: 'remote',
      endpoint: null,
      connection: { error: { code: 'SSH_TARGET_MISSING' } },
    });
    await screen.request('connection.setMode', { mode: 'local' });
    const back = await until(isConnected);
    expect(back.endpoint?.generation).toBe(2);
  });

  it('never sends a saved token to another target', async () => {
    const { engine, dataDir } = await make();
    await engine.start();
    const screen = engine.openScreen();
    const stored = () => JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8')).remote;
    await screen.request('settings.save', {
      patch: { remote: { sshTarget: 'ada@studio', token: 'secret', tokenPlace: 'file' } },
    });
    expect(stored()).toEqual({ sshTarget: 'ada@studio', tokenIn: 'file' });
    await screen.request('settings.save', { patch: { remote: { gatewayPort: 20000 } } });
    expect(stored().tokenIn).toBe('file');
    await screen.request('settings.save', { patch: { remote: { sshTarget: 'ada@elsewhere' } } });
    expect(stored()).toEqual({ sshTarget: 'ada@elsewhere', gatewayPort: 20000 });
  });

  it('shows no secret in any snapshot', async () => {
    const { engine } = await make({ env: { OPENCLAW_GATEWAY_TOKEN: 'canary-env' } });
    await engine.start();
    await engine.openScreen().request('settings.save', {
      patch: { remote: { sshTarget: 'ada@studio', token: 'canary-settings', tokenPlace: 'session' } },
    });
    const { snapshot } = engine.snapshot();
    expect(snapshot.settings.remote.token).toEqual({
      isSet: true,
      origin: 'settings',
      keptIn: 'session',
    });
    expect(JSON.stringify(snapshot)).not.toContain('canary');
  });

  it('goes on with a broken openclaw.json and says where it is broken (R12)', async () => {
    const { engine, until, home } = await make();
    mkdirSync(join(home, '.openclaw'));
    writeFileSync(join(home, '.openclaw', 'openclaw.json'), '{ gateway: ');
    await engine.start();
    const { notices } = await until(isConnected);
    expect(notices).toMatchObject([{ code: 'OPENCLAW_CONFIG_BROKEN', details: { line: 1 } }]);
  });
});
