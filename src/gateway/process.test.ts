import { type ChildProcess, type ForkOptions, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ChildMessage, childMessageSchema, type GatewayConfig } from './index.ts';
import { createFixture, TOKEN } from './test-support/fixture.ts';
import { startModelServer } from './test-support/model-server.ts';
import { connect, type EventFrame, isEvent } from './test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const entry = fileURLToPath(new URL('../core/local-gateway/gateway-process.ts', import.meta.url));

type Child = {
  process: ChildProcess;
  send(message: unknown): void;
  /** The next message, checked. */
  hear(): Promise<ChildMessage>;
  exit: Promise<{ code: number | null; signal: string | null }>;
  output(): string;
};

/** A real child of plain Node, which strips the types by itself. */
function forkChild(options: ForkOptions = {}): Child {
  const child = fork(entry, [], { execArgv: [], silent: true, ...options });
  fixture.defer(() => child.kill('SIGKILL'));
  const heard: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  child.on('message', (message) => {
    const next = waiting.shift();
    if (next === undefined) heard.push(message);
    else next(message);
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return {
    process: child,
    send: (message) => child.send(message as object),
    hear: async () =>
      childMessageSchema.parse(
        heard.length > 0 ? heard.shift() : await new Promise((resolve) => waiting.push(resolve)),
      ),
    exit: once(child, 'exit').then(([code, signal]) => ({ code, signal })),
    output: () => output,
  };
}

async function config(changes: Partial<GatewayConfig> = {}): Promise<GatewayConfig> {
  return {
    port: 0,
    stateDir: changes.stateDir ?? (await fixture.stateDir()),
    auth: { mode: 'token', token: TOKEN },
    model: null,
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
    ...changes,
  };
}

async function startChild(options: GatewayConfig): Promise<Child & { url: string }> {
  const child = forkChild();
  child.send({ type: 'start', options });
  const started = await child.hear();
  if (started.type !== 'started') throw new Error(JSON.stringify(started));
  return { ...child, url: started.url };
}

async function open(url: string) {
  const client = await connect({ url, auth: { token: TOKEN } });
  fixture.defer(() => client.socket.terminate());
  return client;
}

describe('the Gateway process', () => {
  it('starts on a message and stops on one', async () => {
    const child = await startChild(await config());
    const client = await open(child.url);
    child.send({ type: 'stop', reason: 'mode changed' });
    expect((await client.next<EventFrame>(isEvent('shutdown'))).payload).toEqual({
      reason: 'mode changed',
    });
    expect((await client.closed).code).toBe(1012);
    expect(await child.hear()).toEqual({ type: 'stopped' });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.output()).not.toContain(TOKEN);
  });

  it.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGINT'] as const)(
    'stops gracefully on %s',
    async (signal) => {
      const child = await startChild(await config());
      const client = await open(child.url);
      child.process.kill(signal);
      await client.next(isEvent('shutdown'));
      expect(await child.exit).toEqual({ code: 0, signal: null });
    },
  );

  it('stops when its parent is gone', async () => {
    const child = await startChild(await config());
    const client = await open(child.url);
    child.process.disconnect();
    await client.next(isEvent('shutdown'));
    expect(await child.exit).toEqual({ code: 0, signal: null });
  });

  it('says why it could not start', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    fixture.defer(() => squatter.close());
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const child = forkChild();
    child.send({ type: 'start', options: await config({ port }) });
    expect(await child.hear()).toMatchObject({
      type: 'failed',
      error: { code: 'PORT_IN_USE', details: { port } },
    });
    expect(await child.exit).toEqual({ code: 1, signal: null });
  });

  it('names what is wrong in a message, without its values', async () => {
    const child = forkChild();
    child.send({ type: 'start', options: { ...(await config()), port: 'x', extra: TOKEN } });
    const failed = await child.hear();
    expect(failed).toMatchObject({ type: 'failed', error: { code: 'BAD_REQUEST' } });
    expect(JSON.stringify(failed)).not.toContain(TOKEN);
    child.send({ type: 'stop' });
    expect(await child.hear()).toEqual({ type: 'stopped' });
  });

  it('has nothing to do without a parent', async () => {
    const alone = spawn(process.execPath, [entry], { stdio: 'ignore' });
    expect(await once(alone, 'exit')).toEqual([64, null]);
  });
});

describe('killed right after an acknowledgement', () => {
  it('keeps the message and answers it after the next start', async () => {
    const model = await startModelServer();
    fixture.defer(model.stop);
    model.script = (_request, answer) => answer.closed;
    const options = await config({
      model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
    });
    const child = await startChild(options);
    const client = await open(child.url);
    for (const runId of ['k1', 'k2']) {
      const message = `do not lose ${runId}`;
      await client.call('chat.send', { sessionKey: 'main', message, idempotencyKey: runId });
    }
    child.process.kill('SIGKILL');
    await child.exit;

    model.script = (request, answer) => answer.write(`Echo: ${request.messages.at(-1)?.content}`);
    const again = await open((await startChild(options)).url);
    const settled = await vi.waitFor(
      async () => {
        const history = await again.call('chat.history', { sessionKey: 'main' });
        expect(history.totalMessages).toBe(4);
        return history;
      },
      { timeout: 10_000 },
    );
    const rows = settled.messages as { role: string; content: unknown }[];
    expect(rows.map(({ content }) => content)).toEqual([
      'do not lose k1',
      [{ type: 'text', text: 'Echo: do not lose k1' }],
      'do not lose k2',
      [{ type: 'text', text: 'Echo: do not lose k2' }],
    ]);
    const repeated = { sessionKey: 'main', message: 'do not lose k1', idempotencyKey: 'k1' };
    expect(await again.call('chat.send', repeated)).toEqual({ runId: 'k1', status: 'ok' });
  });

  it('gives a message up that brings the process down twice', async () => {
    const model = await startModelServer();
    fixture.defer(model.stop);
    model.script = (_request, answer) => answer.closed;
    const options = await config({
      model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
    });
    const first = await startChild(options);
    const client = await open(first.url);
    await client.call('chat.send', { sessionKey: 'main', message: 'poison', idempotencyKey: 'k1' });
    first.process.kill('SIGKILL');
    await first.exit;
    const second = await startChild(options);
    second.process.kill('SIGKILL');
    await second.exit;
    const third = await open((await startChild(options)).url);
    const { messages, inFlightRun } = await third.call('chat.history', { sessionKey: 'main' });
    expect(inFlightRun).toBeUndefined();
    expect(messages).toMatchObject([
      { role: 'user', content: 'poison' },
      { role: 'custom', customType: 'run-failed-before-reply' },
    ]);
  });
});

describe('stopped in the middle of an answer', () => {
  it('keeps what was said, and begins what was not', async () => {
    const model = await startModelServer();
    fixture.defer(model.stop);
    model.script = async ({ messages }, answer) => {
      if (messages.at(-1)?.content === 'a') answer.write('partial');
      await answer.closed;
    };
    const stateDir = await fixture.stateDir();
    const options = {
      stateDir,
      model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
    };
    const gateway = await fixture.start(options);
    const client = await fixture.connect(gateway);
    await client.call('chat.send', { sessionKey: 'one', message: 'a', idempotencyKey: 'k1' });
    await client.next(isEvent('chat', ({ state }) => state === 'delta'));
    await client.call('chat.send', { sessionKey: 'two', message: 'b', idempotencyKey: 'k2' });
    await gateway.stop();
    const aborted = await client.next<EventFrame>(isEvent('chat', ({ state }) => state === 'aborted'));
    expect(aborted.payload).toMatchObject({ runId: 'k1', stopReason: 'shutdown' });

    const gate = Promise.withResolvers<void>();
    model.script = async (_request, answer) => {
      await gate.promise;
      answer.write('now');
    };
    const again = await fixture.connect(await fixture.start(options));
    const one = await again.call('chat.history', { sessionKey: 'one' });
    expect(one.messages).toMatchObject([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [{ text: 'partial' }], openclawAbort: { origin: 'shutdown' } },
    ]);
    gate.resolve();
    await again.next(isEvent('chat', ({ runId, state }) => runId === 'k2' && state === 'final'));
    const two = await again.call('chat.history', { sessionKey: 'two' });
    expect(two.messages).toMatchObject([
      { role: 'user', content: 'b' },
      { role: 'assistant', content: [{ text: 'now' }] },
    ]);
  });
});
