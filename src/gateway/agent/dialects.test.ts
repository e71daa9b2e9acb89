import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onePixel } from '../../../e2e/fixtures/one-pixel.ts';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { dialects } from '../test-support/dialects.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { startTalk } from '../test-support/talk.ts';
import { type EventFrame, isEvent } from '../test-support/wire-client.ts';
import { dialectUrl } from './language-model.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
});

const cost = { input: 1_000_000, output: 2_000_000, cacheRead: 0, cacheWrite: 0 };

describe.each(dialects.map(({ api, basePath }) => ({ api, basePath })))('$api (R1)', ({ api, basePath }) => {
  const model = (): ModelConfig => ({
    providerId: 'lab',
    modelId: 'fake-1',
    baseUrl: `${server.origin}${basePath}`,
    apiKey: 'sk-of-the-lab',
    api: api as ModelConfig['api'],
    input: ['text', 'image'],
    cost,
  });

  it('answers, with usage and cost', async () => {
    const talk = await startTalk(fixture, { model: model() });
    expect(await talk.say('hello there', 'k1')).toBe('Echo: hello there');
    const [request] = server.requests;
    expect(request?.api).toBe(api);
    expect(request?.authorization).toMatch(/^(Bearer )?sk-of-the-lab$/);
    const row = (await talk.rows()).at(-1);
    expect(row).toMatchObject({
      role: 'assistant',
      api,
      provider: 'lab',
      model: 'fake-1',
      usage: { input: 11, output: 7, totalTokens: 18, cost: { total: 25 } },
      stopReason: 'stop',
    });
    const { sessionInfo } = await talk.client.call('chat.history', { sessionKey: 'main' });
    expect(sessionInfo).toMatchObject({ inputTokens: 11, outputTokens: 7, estimatedCostUsd: 25 });
  });

  it('calls a tool, is given its result, and answers', async () => {
    server.script = ({ messages }, answer) => {
      if (server.requests.length === 1) {
        answer.write('Let me look.');
        answer.call('exec', { command: 'echo from-the-tool' });
      } else answer.write(`It said: ${messages.at(-1)?.content}`);
    };
    const talk = await startTalk(fixture, { model: model() });
    await talk.send('what does it say?', 'k1');
    const asked = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    await talk.client.call('exec.approval.resolve', { id: asked.payload.id, decision: 'allow-once' });
    const end = await talk.ended('k1');
    expect(end).toMatchObject({ state: 'final' });
    expect(JSON.stringify(end.message)).toContain('It said: from-the-tool');
    expect(JSON.stringify(server.requests[1]?.body)).toContain('Let me look.');
    const { sessionInfo } = await talk.client.call('chat.history', { sessionKey: 'main' });
    expect(sessionInfo).toMatchObject({ inputTokens: 22, outputTokens: 14, estimatedCostUsd: 50 });
    // The next question takes the whole exchange along.
    await talk.say('and now?', 'k2');
    expect(JSON.stringify(server.requests[2]?.body)).toContain('echo from-the-tool');
  });

  it('is shown an image', async () => {
    const talk = await startTalk(fixture, { model: model() });
    const content =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const attachments = [{ type: 'image', mimeType: 'image/png', fileName: 'dot.png', content }];
    await talk.say('look', 'k1', { attachments });
    expect(JSON.stringify(server.requests[0]?.body)).toContain(content);
  });

  it('is shown the image that a tool gave, then and in the next exchange', async () => {
    const content = onePixel.toString('base64');
    const image = { type: 'image', data: content, mimeType: 'image/png' };
    server.script = (_request, answer) => {
      if (server.requests.length === 1) answer.call('pics__draw', { content: [image] });
      else answer.write('I see.');
    };
    const script = join(import.meta.dirname, '../test-support/mcp-server.mjs');
    const mcpServers = { pics: { command: process.execPath, args: [script] } };
    const talk = await startTalk(fixture, { model: model(), agent: { mcpServers } });
    await talk.say('draw', 'k1');
    // The call has it as well: it is what the tool was asked for.
    const imagesIn = (at: number) => JSON.stringify(server.requests[at]?.body).split(content).length - 2;
    expect(imagesIn(1)).toBe(1);
    await talk.say('and now?', 'k2');
    expect(imagesIn(2)).toBe(1);
  });

  it('fails at once when the key is refused, and the key is nowhere in it', async () => {
    server.script = (_request, answer) =>
      answer.fail(401, '{"error":{"message":"bad key sk-of-the-lab","type":"authentication_error"}}');
    const talk = await startTalk(fixture, { model: model() });
    await talk.send('hello', 'k1');
    expect(await talk.ended('k1')).toMatchObject({
      state: 'error',
      errorDetail: { failoverReason: 'auth', httpStatus: 401 },
    });
    expect(server.requests).toHaveLength(1);
    expect(JSON.stringify(talk.client.frames)).not.toContain('sk-of-the-lab');
  });

  it('takes neither key nor words along to where a redirect leads', async () => {
    const elsewhere = await startModelServer();
    fixture.defer(elsewhere.stop);
    server.script = ({ path }, answer) => answer.fail(307, '', { location: `${elsewhere.origin}${path}` });
    const talk = await startTalk(fixture, { model: model() });
    await talk.send('hello', 'k1');
    expect(await talk.ended('k1')).toMatchObject({ state: 'error' });
    expect(elsewhere.requests).toEqual([]);
  });

  it('is asked again when the server fails', async () => {
    server.script = (_request, answer) => {
      if (server.requests.length < 3) answer.fail(500);
      else answer.write('third time lucky');
    };
    const talk = await startTalk(fixture, { model: model() });
    expect(await talk.say('hello', 'k1')).toBe('third time lucky');
    expect(talk.agentEvents('k1', 'run_status').map(({ data }) => data)).toMatchObject([
      { phase: 'preparing_workspace' },
      { phase: 'preparing_context' },
      { phase: 'starting_model' },
      { phase: 'retrying', retryAttempt: 1, maxRetries: 5, attempt: 2, reason: 'server_error' },
      { phase: 'preparing_context' },
      { phase: 'starting_model' },
      { phase: 'retrying', retryAttempt: 2 },
      { phase: 'preparing_context' },
      { phase: 'starting_model' },
    ]);
  });
});

it.each([
  ['https://x.example', 'anthropic-messages', 'https://x.example/v1'],
  ['https://x.example/anthropic/', 'anthropic-messages', 'https://x.example/anthropic/v1'],
  ['https://x.example/v1', 'anthropic-messages', 'https://x.example/v1'],
  ['http://h:11434', 'ollama', 'http://h:11434/api'],
  ['http://h:11434/v1', 'ollama', 'http://h:11434/api'],
  ['http://h:11434/api/', 'ollama', 'http://h:11434/api'],
  ['http://h/v1/', 'openai-completions', 'http://h/v1'],
] as const)('%s in %s is %s', (baseUrl, api, url) => {
  expect(dialectUrl(baseUrl, api)).toBe(url);
});
