import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayOptions, RunningGateway } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { startModelServer } from '../test-support/model-server.ts';
import { handshake, isEvent } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const bearer = { authorization: `Bearer ${TOKEN}` };
const chat = { http: { chatCompletions: true } };

const call = (gateway: RunningGateway, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${gateway.port}${path}`, init);
const post = (
  gateway: RunningGateway,
  path: string,
  body: unknown,
  headers: Record<string, string> = bearer,
) => call(gateway, path, { method: 'POST', headers, body: JSON.stringify(body) });

describe('POST /tools/invoke', () => {
  it('looks at sessions and agents', async () => {
    const gateway = await fixture.start();
    const client = await fixture.connect(gateway);
    const details = async (tool: string, args: object = {}) => {
      const answer = await post(gateway, '/tools/invoke', { tool, args });
      const { result } = (await answer.json()) as { result: { content: unknown; details: unknown } };
      expect([answer.status, result.content]).toEqual([200, [{ type: 'text', text: expect.any(String) }]]);
      return result.details;
    };
    expect(await details('sessions_list')).toMatchObject({ count: 0, sessions: [], hasMore: false });
    await client.call('chat.send', { sessionKey: 'one', message: 'find the needle', idempotencyKey: 'k1' });
    await client.next(isEvent('chat', ({ state }) => state === 'final'));
    expect(await details('sessions_list', { messageLimit: 1 })).toMatchObject({
      count: 1,
      sessions: [{ key: 'agent:main:one', messages: [{ role: 'assistant' }] }],
    });
    expect(await details('sessions_list', { search: 'hay' })).toMatchObject({ count: 0 });
    expect(await details('sessions_history', { sessionKey: 'one' })).toMatchObject({
      sessionKey: 'one',
      messages: [{ role: 'user', content: 'find the needle' }, { role: 'assistant' }],
    });
    expect(await details('sessions_history', { sessionKey: 'nope' })).toEqual({
      status: 'error',
      error: 'No session found: nope',
    });
    expect(await details('sessions_search', { query: 'NEEDLE' })).toMatchObject({
      results: [{ sessionKey: 'agent:main:one', role: 'user', snippet: 'find the needle' }],
    });
    expect(await details('session_status', { sessionKey: 'one' })).toMatchObject({
      ok: true,
      sessionKey: 'one',
      statusText: expect.stringContaining('Session: one'),
    });
    expect(await details('agents_list')).toMatchObject({ requester: 'main', agents: [{ id: 'main' }] });
  });

  it('does not have what the configuration denies', async () => {
    const gateway = await fixture.start({ tools: { deny: ['sessions_history'] } });
    const answer = await post(gateway, '/tools/invoke', {
      tool: 'sessions_history',
      args: { sessionKey: 'x' },
    });
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { type: 'not_found' } }]);
    expect((await post(gateway, '/tools/invoke', { tool: 'sessions_list' })).status).toBe(200);
  });

  it('has what the configuration allows, within what it denies', async () => {
    const allow = ['sessions_send', 'nodes'];
    const gateway = await fixture.start({ tools: { allow } });
    const sent = await post(gateway, '/tools/invoke', {
      tool: 'sessions_send',
      args: { sessionKey: 'main', message: '/status' },
    });
    const { result } = (await sent.json()) as { result: { details: object } };
    expect(result.details).toMatchObject({ status: 'ok', sessionKey: 'main', reply: expect.any(String) });
    const nodes = await post(gateway, '/tools/invoke', { tool: 'nodes', action: 'status' });
    expect(await nodes.json()).toMatchObject({ ok: true, result: { details: { nodes: [] } } });
    const args = { action: 'describe', node: 'attic' };
    const unknown = await post(gateway, '/tools/invoke', { tool: 'nodes', args });
    expect(await unknown.json()).toMatchObject({ result: { details: { error: 'unknown node: attic' } } });

    const strict = await fixture.start({ tools: { allow, deny: ['nodes'] } });
    expect((await post(strict, '/tools/invoke', { tool: 'nodes', action: 'status' })).status).toBe(404);
    const exec = await fixture.start({ tools: { allow: ['exec', 'gateway'] } });
    for (const tool of allow) expect((await post(exec, '/tools/invoke', { tool })).status).toBe(404);
  });

  it('nodes are for who may do everything, allowed or not (R28)', async () => {
    const gateway = await fixture.start({
      auth: { mode: 'none' },
      tools: { allow: ['nodes', 'sessions_send'] },
    });
    const writer = { 'x-openclaw-scopes': 'operator.write' };
    const status = async (tool: string, headers: Record<string, string>) =>
      (await post(gateway, '/tools/invoke', { tool, args: { action: 'status' } }, headers)).status;
    expect(await status('nodes', writer)).toBe(404);
    expect(await status('nodes', {})).toBe(200);
    expect(await status('sessions_send', writer)).toBe(400);
  });

  it.each([
    [
      'an unknown tool',
      { tool: 'nope' },
      404,
      { ok: false, error: { type: 'not_found', message: 'Tool not available: nope' } },
    ],
    [
      'a tool that is not for HTTP',
      { tool: 'exec' },
      404,
      { error: { message: 'Tool not available: exec' } },
    ],
    ['a name of Object', { tool: 'constructor' }, 404, { error: { type: 'not_found' } }],
    [
      'no name',
      {},
      400,
      { ok: false, error: { type: 'invalid_request', message: 'tools.invoke requires name' } },
    ],
    ['no object', [], 400, { ok: false }],
    [
      'what a real one denies over HTTP by default',
      { tool: 'nodes', args: { action: 'status' } },
      404,
      { error: { message: 'Tool not available: nodes' } },
    ],
    [
      'an argument of the wrong kind',
      { tool: 'sessions_list', args: { limit: 'x' } },
      400,
      { error: { type: 'tool_error', message: 'limit must be a positive integer' } },
    ],
    [
      'a missing argument',
      { tool: 'sessions_history' },
      400,
      { error: { type: 'tool_error', message: 'sessionKey required' } },
    ],
    [
      'an unknown agent',
      { tool: 'session_status', agentId: 'nope' },
      400,
      { error: { type: 'invalid_request', message: 'Unknown agent id "nope"' } },
    ],
  ])('%s', async (_name, body, status, expected) => {
    const answer = await post(await fixture.start(), '/tools/invoke', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(expected);
  });

  it('refuses a body that is too large, no JSON, and GET', async () => {
    const gateway = await fixture.start();
    const large = await post(gateway, '/tools/invoke', { tool: 'x'.repeat(2 * 1024 * 1024) });
    expect(large.status).toBe(413);
    const garbage = await call(gateway, '/tools/invoke', { method: 'POST', headers: bearer, body: '{' });
    expect(garbage.status).toBe(400);
    expect((await call(gateway, '/tools/invoke', { headers: bearer })).status).toBe(405);
  });
});

describe('who may call', () => {
  const unauthorized = { error: { message: 'Unauthorized', type: 'unauthorized' } };

  it.each([
    ['nothing', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['the token in the query or a cookie', { cookie: `token=${TOKEN}` }],
  ])('%s: 401', async (_name, headers) => {
    const gateway = await fixture.start(chat);
    for (const path of ['/tools/invoke', '/v1/chat/completions']) {
      const answer = await post(gateway, `${path}?token=${TOKEN}`, {}, headers);
      expect([answer.status, await answer.json()]).toEqual([401, unauthorized]);
    }
  });

  it('auth none: programs of this computer; pages of other origins: 403', async () => {
    const gateway = await fixture.start({ ...chat, auth: { mode: 'none' } });
    expect((await call(gateway, '/v1/models')).status).toBe(200);
    expect((await call(gateway, '/v1/models', { headers: { origin: 'https://evil.example' } })).status).toBe(
      403,
    );
    expect((await call(gateway, '/v1/models', { headers: { origin: 'http://localhost:5173' } })).status).toBe(
      200,
    );
  });

  it('auth none: whom a proxy brings gets no more than on the WebSocket, which is nothing', async () => {
    const gateway = await fixture.start({ ...chat, auth: { mode: 'none' }, trustedProxies: ['127.0.0.1'] });
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    for (const scopes of [{}, { 'x-openclaw-scopes': 'operator.admin' }]) {
      const answer = await call(gateway, '/v1/models', { headers: { ...headers, ...scopes } });
      expect([answer.status, await answer.json()]).toEqual([401, unauthorized]);
    }
    const ready = await call(gateway, '/readyz', { headers });
    expect(await ready.json()).toEqual({ ready: true });
    const socket = handshake({ url: gateway.url, headers, auth: null });
    expect((await socket).response.error).toMatchObject({ details: { code: 'DEVICE_IDENTITY_REQUIRED' } });
    const narrow = { 'x-openclaw-scopes': 'operator.read' };
    expect((await call(gateway, '/v1/models', { headers: narrow })).status).toBe(200);
    expect((await post(gateway, '/tools/invoke', { tool: 'agents_list' }, narrow)).status).toBe(403);
  });

  it('password mode takes the password as Bearer', async () => {
    const gateway = await fixture.start({ ...chat, auth: { mode: 'password', password: 'a-password' } });
    const headers = { authorization: 'Bearer a-password' };
    expect((await call(gateway, '/v1/models', { headers })).status).toBe(200);
    expect((await call(gateway, '/v1/models', { headers: bearer })).status).toBe(401);
  });

  it('trusted-proxy mode: the user of the proxy, within the scopes that the proxy allows (R28)', async () => {
    const options: Partial<GatewayOptions> = {
      ...chat,
      trustedProxies: ['127.0.0.1'],
      auth: {
        mode: 'trusted-proxy',
        trustedProxy: { userHeader: 'x-user', requiredHeaders: [], allowUsers: [], allowLoopback: true },
      },
    };
    const gateway = await fixture.start(options);
    const user = { 'x-user': 'ann', 'x-forwarded-for': '203.0.113.7' };
    const status = async (headers: Record<string, string>) =>
      (await call(gateway, '/v1/models', { headers })).status;
    expect(await status(user)).toBe(200);
    expect(await status({ ...user, 'x-openclaw-scopes': 'operator.read' })).toBe(200);
    expect(await status({ ...user, 'x-openclaw-scopes': 'operator.write' })).toBe(200);
    expect(await status({ ...user, 'x-openclaw-scopes': 'operator.approvals' })).toBe(403);
    expect(await status({ ...user, 'x-openclaw-scopes': '' })).toBe(403);
    expect(await status({ 'x-forwarded-for': '203.0.113.7' })).toBe(401);
    expect(await status({ 'x-user': 'ann' })).toBe(403);
  });
});

describe('/v1', () => {
  it('is not there unless it is switched on', async () => {
    const gateway = await fixture.start();
    expect((await call(gateway, '/v1/models', { headers: bearer })).status).toBe(404);
    expect((await post(gateway, '/v1/chat/completions', {})).status).toBe(404);
  });

  it('lists the agent as models', async () => {
    const answer = await call(await fixture.start(chat), '/v1/models', { headers: bearer });
    expect(await answer.json()).toEqual({
      object: 'list',
      data: ['openclaw', 'openclaw/default', 'openclaw/main'].map((id) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: 'openclaw',
        permission: [],
      })),
    });
  });

  async function withModel() {
    const model = await startModelServer();
    fixture.defer(model.stop);
    const gateway = await fixture.start({
      ...chat,
      model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
    });
    return { gateway, model };
  }
  const ask = (content: unknown, more: object = {}) => ({
    model: 'openclaw',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content },
    ],
    ...more,
  });

  it('talks in no session of an agent that is not there', async () => {
    const { gateway } = await withModel();
    const headers = { ...bearer, 'x-openclaw-session-key': 'agent:other:main' };
    const answer = await post(gateway, '/v1/chat/completions', ask('hi'), headers);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: 'Unknown agent id "other".' } });
    const listed = await post(gateway, '/tools/invoke', { tool: 'sessions_list' });
    expect(await listed.json()).toMatchObject({ result: { details: { count: 0 } } });
  });

  it('answers in one piece', async () => {
    const { gateway } = await withModel();
    const answer = await post(gateway, '/v1/chat/completions', ask('hi'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      id: expect.stringMatching(/^chatcmpl_/),
      object: 'chat.completion',
      model: 'openclaw',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: expect.stringContaining('Echo: hi') },
          finish_reason: 'stop',
        },
      ],
    });
  });

  it('streams in pieces that add up', async () => {
    const { gateway } = await withModel();
    const answer = await post(
      gateway,
      '/v1/chat/completions',
      ask([{ type: 'text', text: 'hi' }], { stream: true, user: 'ann' }),
    );
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = (await answer.text())
      .trim()
      .split('\n\n')
      .map((line) => line.replace(/^data: /, ''));
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event));
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')).toContain('Echo: hi');
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  });

  it('ends the run when the caller goes away', async () => {
    const { gateway, model } = await withModel();
    const stopped = Promise.withResolvers<void>();
    model.script = async (_request, reply) => {
      reply.write('one');
      await reply.closed;
      stopped.resolve();
    };
    const caller = new AbortController();
    const answer = await call(gateway, '/v1/chat/completions', {
      method: 'POST',
      headers: bearer,
      body: JSON.stringify(ask('hi', { stream: true })),
      signal: caller.signal,
    });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let heard = ''; !heard.includes('"one"'); heard += (await reader?.read())?.value ?? '') {
      // Gone before the model speaks would end a run that never asked it.
    }
    caller.abort();
    await stopped.promise;
  });

  it.each([
    [
      'another model',
      ask('hi', { model: 'gpt-4' }),
      'Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.',
    ],
    ['no messages', { model: 'openclaw', messages: [] }, '`model` and `messages` are required.'],
    ['no question', ask(''), '`messages` has no text of a user.'],
  ])('%s: 400', async (_name, body, message) => {
    const answer = await post(await fixture.start(chat), '/v1/chat/completions', body);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: { message, type: 'invalid_request_error' } },
    ]);
  });
});
