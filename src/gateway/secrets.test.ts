import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { GatewayLogger } from './options.ts';
import { createFixture } from './test-support/fixture.ts';
import { type ModelServer, startModelServer } from './test-support/model-server.ts';
import { appClient, startTalk } from './test-support/talk.ts';
import { handshake } from './test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** Each secret is another, so that a leak names the way that it took. */
const canary = {
  token: 'canary-of-the-gateway',
  wrongToken: 'canary-of-a-stranger',
  apiKey: 'canary-of-the-key',
  header: 'canary-of-a-header',
  url: 'canary-of-the-address',
  otherKey: 'canary-of-another-key',
  mcpEnv: 'canary-of-a-tools-environment',
  mcpArgument: 'canary-of-a-tools-argument',
  mcpHeader: 'canary-of-a-tools-header',
  mcpUrl: 'canary-of-a-tools-address',
};

const DIALECTS = [
  'openai-completions',
  'openai-responses',
  'anthropic-messages',
  'google-generative-ai',
  'ollama',
];

/** Whatever it is asked, it says all that it was sent. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    const message = `${request.url} ${JSON.stringify(request.headers)}`;
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message }, message }));
  });
  server.listen(0, '127.0.0.1');
  fixture.defer(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startWithSecrets(server: ModelServer, echo: string) {
  const stateDir = await fixture.stateDir();
  const headers = { Authorization: `Bearer ${canary.header}`, 'X-Tenant': canary.header };
  const failing = DIALECTS.map((api) => ({
    providerId: 'echo',
    modelId: api,
    api: api as 'ollama',
    baseUrl: `http://${echo}/v1`,
    apiKey: canary.otherKey,
    headers: { 'X-Tenant': canary.header },
  }));
  const unreachable = {
    providerId: 'nowhere',
    modelId: 'm',
    baseUrl: `http://me:${canary.url}@127.0.0.1:1/v1?key=${canary.url}`,
    apiKey: canary.otherKey,
    headers: { 'X-Broken': `${canary.header}\n` },
  };
  const mcpServers = {
    stdio: {
      command: process.execPath,
      args: [join(import.meta.dirname, 'test-support/mcp-server.mjs'), '--api-key', canary.mcpArgument],
      env: { MCP_SECRET: canary.mcpEnv },
      requestTimeoutMs: 50,
    },
    broken: {
      command: '/nowhere',
      args: ['--api-key', canary.mcpArgument],
      env: { MCP_SECRET: canary.mcpEnv },
    },
    web: {
      url: `http://${echo}/mcp?access_token=${canary.mcpUrl}`,
      headers: { Authorization: canary.mcpHeader },
    },
  };
  const configPath = join(stateDir, 'openclaw.json');
  const model = { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl, apiKey: canary.apiKey, headers };
  const written = {
    gateway: { auth: { token: canary.token } },
    models: { providers: { lab: model, nowhere: unreachable } },
    mcp: { servers: mcpServers },
  };
  await writeFile(configPath, `// token: ${canary.token}\n${JSON.stringify(written, null, 2)}`);
  const logged: unknown[] = [];
  const note = (...line: unknown[]) => void logged.push(line);
  const logger: GatewayLogger = { debug: note, info: note, warn: note, error: note };
  const client = { ...appClient(), auth: { token: canary.token } };
  const agent = { models: [...failing, unreachable], mcpServers };
  const talk = await startTalk(
    fixture,
    { auth: { mode: 'token', token: canary.token }, stateDir, configPath, model, agent, logger },
    client,
  );
  return { talk, stateDir, logged };
}

it('no secret is in an answer, an event, an error, a log or a file of transcripts (R16, R25)', async () => {
  const server = await startModelServer();
  fixture.defer(server.stop);
  const { talk, stateDir, logged } = await startWithSecrets(server, await startEcho());
  const { client, gateway } = talk;
  const heard: unknown[] = [];

  for (const auth of [{ token: canary.wrongToken }, { password: canary.wrongToken }]) {
    const { client: stranger, response } = await handshake({ url: gateway.url, auth });
    heard.push(response, await stranger.closed);
  }

  // What people say, with everything that can go wrong behind it.
  await client.call('sessions.subscribe', {});
  for (const command of ['/help', '/status', '/model', '/model nowhere/m', '/status', '/model']) {
    await talk.say(command, crypto.randomUUID());
  }
  const failures: string[] = [];
  for (const ref of ['nowhere/m', ...DIALECTS.map((api) => `echo/${api}`)]) {
    await client.call('sessions.patch', { key: 'main', model: ref });
    await talk.send('hello', ref);
    const { state, errorMessage } = await talk.ended(ref);
    failures.push(`${String(state)} ${String(errorMessage)}`);
  }
  expect(failures.filter((failure) => failure.startsWith('error '))).toHaveLength(DIALECTS.length + 1);
  server.script = ({ messages }, answer) => {
    if (messages.at(-1)?.role === 'tool') answer.write('well');
    else for (const name of ['fail', 'hang']) answer.call(`stdio__${name}`, {});
  };
  await client.call('sessions.patch', { key: 'main', model: 'lab/m' });
  await talk.say('use the tools', 'tools');

  // Every method, with nothing and with what most of them want.
  const { methods } = client.hello.features as { methods: string[] };
  const key = 'agent:main:main';
  const params = { key, sessionKey: key, keys: [key], query: 'canary', deep: true, probe: true };
  for (const method of methods) {
    if (method === 'agent' || method.startsWith('sessions.delete') || method === 'sessions.reset') continue;
    heard.push(await client.request(method, {}));
    const fits = Object.entries(params).filter(([name]) => wants(method).includes(name));
    heard.push(await client.request(method, Object.fromEntries(fits)));
  }
  const { hash } = await client.call('config.get', {});
  heard.push(await client.request('config.patch', { raw: '{ gateway: { port: 1 } }', baseHash: hash }));
  heard.push(
    await client.request('config.set', {
      raw: `{ gateway: { auth: { token: ${canary.token} } }`,
      baseHash: hash,
    }),
  );

  const http = gateway.url.replace('ws:', 'http:');
  for (const path of [
    '/healthz',
    '/readyz',
    '/startupz',
    '/',
    '/v1/models',
    '/tools/invoke',
    `/?token=${canary.token}`,
  ]) {
    for (const token of [canary.token, canary.wrongToken]) {
      const response = await fetch(`${http}${path}`, { headers: { authorization: `Bearer ${token}` } });
      heard.push([...response.headers], await response.text());
    }
  }
  await client.call('sessions.reset', { key: 'main' });
  await gateway.stop();

  const files = [
    'logs/gateway.log',
    ...(await readdir(join(stateDir, 'archive'))).map((name) => `archive/${name}`),
  ];
  const read = await Promise.all(files.map((file) => readFile(join(stateDir, file), 'utf8')));
  expect(read.join('').length).toBeGreaterThan(1_000);
  const all = { heard, frames: client.frames, logged, read };
  for (const [where, what] of Object.entries(all)) {
    const text = JSON.stringify(what);
    const leaks = Object.values(canary).filter((secret) => text.includes(secret));
    expect([where, leaks]).toEqual([where, []]);
  }
  // They did reach those whom they are for.
  expect(server.requests.some(({ authorization }) => authorization?.includes('canary'))).toBe(true);
});

/** Names of parameters that a method takes, of those that are tried here. */
function wants(method: string): string[] {
  if (method === 'sessions.search') return ['query'];
  if (method.startsWith('chat.')) return ['sessionKey'];
  if (method === 'sessions.preview') return ['keys'];
  if (method.startsWith('sessions.')) return ['key'];
  if (method === 'health') return ['probe'];
  return [];
}
