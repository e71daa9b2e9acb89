import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestEngine, type TestEngine } from '../../../e2e/fixtures/test-engine.ts';
import { type ControlClient, reachRunning } from './control-client.ts';
import { controlEndpoint } from './control-endpoint.ts';
import { CONTROL_VERSION, type ControlStatus } from './control-protocol.ts';
import { claimInstance } from './instance.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A real engine behind a real socket, as both edges have it. */
async function start(options: { env?: Record<string, string>; isStarted?: boolean } = {}) {
  const test = await makeTestEngine(options);
  closers.push(test.stop);
  const running = Promise.withResolvers<TestEngine['engine']>();
  const claim = await claimInstance({
    dataDir: test.dataDir,
    door: { open: () => ({ tag: 'window' }), engine: () => running.promise },
  });
  if (claim.tag !== 'claimed') throw new Error('not ours');
  closers.push(claim.release);
  const begin = async () => {
    await test.engine.start();
    running.resolve(test.engine);
  };
  if (options.isStarted !== false) await begin();
  return { ...test, begin, claim, path: controlEndpoint(test.dataDir).path };
}

async function reach(dataDir: string): Promise<ControlClient> {
  const client = await reachRunning(dataDir);
  if (!client) throw new Error('nothing runs');
  closers.push(() => client.close());
  return client;
}

/** Resolves with the first status, present or future, in which the connection is so. */
async function until(client: ControlClient, tag: ControlStatus['connection']['tag']): Promise<ControlStatus> {
  const found = Promise.withResolvers<ControlStatus>();
  const look = (status: ControlStatus) => status.connection.tag === tag && found.resolve(status);
  const first = await client.watch(look);
  if (first.ok) look(first.value);
  return found.promise;
}

describe('the control socket (R6)', () => {
  it('tells the status, and each change until it is connected', async () => {
    const { dataDir, port } = await start();
    const client = await reach(dataDir);
    expect(await until(client, 'connected')).toMatchObject({
      app: { version: '0.0.0-test', runtime: 'web' },
      pid: process.pid,
      mode: 'local',
      endpoint: { url: `ws://127.0.0.1:${port}` },
      questions: [],
    });
    expect(await client.request('status', {})).toMatchObject({
      ok: true,
      value: { connection: { tag: 'connected' } },
    });
  });

  it('disconnects, connects, reconnects', async () => {
    const { dataDir, engine } = await start();
    const client = await reach(dataDir);
    await until(client, 'connected');
    expect(await client.request('disconnect', {})).toEqual({ ok: true, value: {} });
    expect(engine.snapshot().snapshot.connection.tag).toBe('idle');
    expect(await client.request('connect', {})).toEqual({ ok: true, value: {} });
    await until(client, 'connected');
    const generation = engine.snapshot().snapshot.endpoint?.generation ?? 0;
    expect(await client.request('reconnect', {})).toEqual({ ok: true, value: {} });
    await expect
      .poll(() => engine.snapshot().snapshot.endpoint?.generation, { timeout: 15_000 })
      .toBe(generation + 1);
  });

  it('sets the mode, with a target where one is named, and passes on what is refused', async () => {
    const { dataDir, engine } = await start();
    const client = await reach(dataDir);
    await client.request('setMode', { mode: 'remote' });
    expect(await until(client, 'failed')).toMatchObject({
      mode: 'remote',
      connection: { error: { code: 'SSH_TARGET_MISSING' } },
    });
    await client.request('setMode', { mode: 'remote', sshTarget: 'ada@studio.invalid' });
    expect(engine.snapshot().snapshot).toMatchObject({ mode: 'remote', target: 'ada@studio.invalid' });
    const tooLong = await client.request('setMode', { mode: 'remote', sshTarget: 'x'.repeat(513) });
    expect(tooLong).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
  });

  it('lets nothing secret out', async () => {
    const { dataDir, engine } = await start({ env: { OPENCLAW_GATEWAY_TOKEN: 'canary-env' } });
    await engine.openScreen().request('settings.save', {
      patch: { remote: { sshTarget: 'ada@studio', token: 'canary-settings', tokenPlace: 'session' } },
    });
    const client = await reach(dataDir);
    const status = await until(client, 'connected');
    expect(JSON.stringify(status)).not.toContain('canary');
  });

  it('keeps what is asked before the engine runs until it does', async () => {
    const { dataDir, begin } = await start({ isStarted: false });
    const client = await reach(dataDir);
    const asked = client.request('status', {});
    expect(await client.request('status', {}, 50)).toMatchObject({ ok: false, error: { code: 'APP_MUTE' } });
    await begin();
    expect(await asked).toMatchObject({ ok: true, value: { mode: 'local' } });
  });

  it('ends those who wait when it goes', async () => {
    const { dataDir, claim } = await start({ isStarted: false });
    const client = await reach(dataDir);
    const asked = client.request('status', {});
    await claim.release();
    expect(await asked).toMatchObject({ ok: false, error: { code: 'APP_MUTE' } });
    await client.closed;
    expect(await reachRunning(dataDir)).toBeNull();
  });
});

describe('the control socket against strangers', () => {
  /** What comes back for these bytes until the other end closes, or a line is there. */
  async function say(path: string, text: string): Promise<string> {
    const socket = connect(path);
    closers.push(() => socket.destroy());
    let heard = '';
    const done = Promise.withResolvers<void>();
    socket.on('error', () => {});
    socket.on('close', () => done.resolve());
    socket.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes('\n')) done.resolve();
    });
    socket.write(text);
    await done.promise;
    return heard;
  }

  it.each([
    ['other protocols', 'GET / HTTP/1.1\r\n\r\n'],
    ['JSON that is no request', '[1]\n'],
    ['a line without an end', 'x'.repeat(17 * 1024)],
    ['a line that is too long', `{"v":1,"id":1,"method":"${'x'.repeat(17 * 1024)}"}\n`],
  ])('says nothing to %s and closes', async (_what, text) => {
    const { path } = await start();
    expect(await say(path, text)).toBe('');
  });

  it.each([
    ['another version', { v: CONTROL_VERSION + 1, id: 7, verb: 'new' }, 'CONTROL_OTHER_VERSION'],
    ['an unknown method', { v: CONTROL_VERSION, id: 7, method: 'settings.save', params: {} }, 'BAD_REQUEST'],
    [
      'unknown parameters',
      { v: CONTROL_VERSION, id: 7, method: 'status', params: { token: 1 } },
      'BAD_REQUEST',
    ],
    [
      'a mode that is none',
      { v: CONTROL_VERSION, id: 7, method: 'setMode', params: { mode: 'sideways' } },
      'BAD_REQUEST',
    ],
  ])('refuses %s by name', async (_what, request, code) => {
    const { path } = await start();
    expect(JSON.parse(await say(path, `${JSON.stringify(request)}\n`))).toMatchObject({
      v: CONTROL_VERSION,
      id: 7,
      error: { code },
    });
  });

  it('answers several requests of one write in their order', async () => {
    const { path } = await start();
    const socket = connect(path);
    closers.push(() => socket.destroy());
    const line = (id: number, method: string) =>
      `${JSON.stringify({ v: CONTROL_VERSION, id, method, params: {} })}\n`;
    socket.write(line(1, 'reconnect') + line(2, 'status') + line(3, 'open'));
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    await expect.poll(() => heard.split('\n').length, { timeout: 15_000 }).toBe(4);
    expect(
      heard
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text).id),
    ).toEqual([1, 2, 3]);
  });
});

describe('a running Chela that is not as expected', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'chela-control-'));
    closers.push(() => rmSync(dir, { recursive: true, force: true }));
  });

  async function stranger(onSocket: (socket: Socket) => void): Promise<void> {
    const server: Server = createServer(onSocket).listen(controlEndpoint(dir).path);
    await once(server, 'listening');
    closers.push(() => server.close());
  }

  it('is nobody where there is no directory', async () => {
    expect(await reachRunning(join(dir, 'missing'))).toBeNull();
  });

  it.each([
    ['text', 'hello\n'],
    ['an answer of another kind', `{"v":${CONTROL_VERSION},"id":1,"result":{"mode":"sideways"}}\n`],
    ['a line without an end', 'x'.repeat(1024 * 1024 + 1)],
  ])('answers %s: it does not answer', async (_what, text) => {
    await stranger((socket) => socket.on('error', () => {}).write(text));
    const client = await reach(dir);
    expect(await client.request('status', {})).toMatchObject({ ok: false, error: { code: 'APP_MUTE' } });
  });

  it('of another version says so', async () => {
    await stranger((socket) => {
      const error = { code: 'CONTROL_OTHER_VERSION', message: '', retryable: false };
      socket.once('data', () =>
        socket.write(`${JSON.stringify({ v: CONTROL_VERSION + 1, id: 1, error })}\n`),
      );
    });
    const client = await reach(dir);
    expect(await client.request('status', {})).toMatchObject({ error: { code: 'CONTROL_OTHER_VERSION' } });
  });
});
