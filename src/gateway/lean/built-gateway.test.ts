import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtApp } from '../../../e2e/fixtures/built-app.ts';
import { childMessageSchema } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { connect, type TestClient } from '../test-support/wire-client.ts';

const fixture = createFixture();
let client: TestClient;
let stateDir: string;
/** What was loaded until somebody was greeted. */
let loaded: string[];

/** Beside the Gateway, in its process. */
const tellLoaded = `process.on('message', ({ type }) => {
  if (type === 'loaded') process.send({ type, files: Object.keys(require.cache) });
});`;
const payloadOf = async (method: string, params: object) => (await client.request(method, params)).payload;

beforeAll(async () => {
  stateDir = await fixture.stateDir();
  const hook = join(stateDir, 'tell-loaded.cjs');
  writeFileSync(hook, tellLoaded);
  const execArgv = ['--require', hook];
  const child = fork(join(await builtApp(), 'main/cli/gateway.cjs'), [], { execArgv, silent: true });
  fixture.defer(() => child.kill('SIGKILL'));
  const next = async () => childMessageSchema.parse((await once(child, 'message'))[0]);
  const options = {
    port: 0,
    stateDir,
    auth: { mode: 'token', token: TOKEN },
    model: null,
    locale: 'zh-Hant',
    version: '0.1.0',
    discoverModelServers: false,
  };
  child.send({ type: 'start', options: { ...options, port: 'x' } });
  expect(await next()).toMatchObject({ type: 'failed', error: { code: 'BAD_REQUEST' } });
  child.send({ type: 'start', options });
  const started = await next();
  if (started.type !== 'started') throw new Error(JSON.stringify(started));
  client = await connect({ url: started.url, auth: { token: TOKEN }, scopes: ['operator.admin'] });
  child.send({ type: 'loaded' });
  loaded = ((await once(child, 'message')) as [{ files: string[] }])[0].files;
}, 180_000);
afterAll(() => fixture.cleanUp());

it('R16: the built Gateway has no package of schemas in memory when it greets a client', () => {
  const files = loaded.map((file) => basename(file));
  expect(files).toContain('gateway.cjs');
  expect(files.filter((name) => /typebox|i18n|json5|acorn/.test(name))).toEqual([]);
});

it('R16: the built Gateway says what is wrong in a request', async () => {
  const { error } = await client.request('chat.history', { sessionKey: 'main', limit: 'x' });
  expect(error).toMatchObject({ message: 'invalid chat.history params: at /limit: must be integer' });
  expect(await payloadOf('chat.history', { sessionKey: 'main', cursor: 'bm9uZQ' })).toEqual({
    kind: 'reset',
  });
  const { error: tooLong } = await client.request('chat.inject', {
    sessionKey: 'main',
    message: 'x',
    label: 'é'.repeat(200),
  });
  expect(tooLong?.message).toMatch(/^invalid chat.inject params: at \/label/);
});

it('R16: the built Gateway reads and writes its configuration, and speaks its language', async () => {
  const hash = async () => (Object(await payloadOf('config.get', {})) as { hash: string }).hash;
  const raw = '// kept\n{gateway: {port: 1}}\n';
  expect((await client.request('config.set', { raw, baseHash: await hash() })).ok).toBe(true);
  const change = { raw: '{gateway: {port: 2}}', baseHash: await hash() };
  expect((await client.request('config.patch', change)).ok).toBe(true);
  expect(readFileSync(join(stateDir, 'openclaw.json'), 'utf8')).toBe('// kept\n{gateway: {port: 2}}\n');
  const bad = await client.request('config.patch', { raw: '{gateway: {port: "y"}}', baseHash: await hash() });
  expect(bad.error?.message).toContain('gateway.port: Invalid input: expected port');
  const { commands } = Object(await payloadOf('commands.list', {})) as {
    commands: { description: string }[];
  };
  expect(commands[0]?.description).toBe('可以傳送哪些指令');
});
