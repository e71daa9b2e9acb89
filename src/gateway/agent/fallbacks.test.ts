import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { startTalk, textOf } from '../test-support/talk.ts';
import { isEvent } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let first: ModelServer;
let second: ModelServer;
beforeEach(async () => {
  [first, second] = await Promise.all([startModelServer(), startModelServer()]);
  fixture.defer(first.stop);
  fixture.defer(second.stop);
});

const models = (): { model: ModelConfig; agent: { models: ModelConfig[]; fallbacks: string[] } } => ({
  model: { providerId: 'one', modelId: 'a', baseUrl: first.baseUrl },
  agent: { models: [{ providerId: 'two', modelId: 'b', baseUrl: second.baseUrl }], fallbacks: ['two/b'] },
});

const steps = (talk: Awaited<ReturnType<typeof startTalk>>) =>
  talk
    .agentEvents('k1', 'lifecycle')
    .map(({ data }) => data as Record<string, unknown>)
    .filter(({ phase }) => phase === 'fallback_step');

describe('fallbacks (R1)', () => {
  it('answer when the first model does not, and say so', async () => {
    first.script = (_request, answer) => answer.fail(401);
    const talk = await startTalk(fixture, models());
    expect(await talk.say('hello', 'k1')).toBe('Echo: hello');
    expect(first.requests).toHaveLength(1);
    expect(steps(talk)).toMatchObject([
      {
        fallbackStepFromModel: 'one/a',
        fallbackStepToModel: 'two/b',
        fallbackStepFromFailureReason: 'auth',
        fallbackStepFinalOutcome: 'next_fallback',
      },
    ]);
    expect((await talk.rows()).at(-1)).toMatchObject({ provider: 'two', model: 'b' });
    const end = talk.agentEvents('k1', 'lifecycle').at(-1)?.data;
    expect(end).toMatchObject({
      terminalReceipt: { rerouted: true, effective: { provider: 'two', model: 'b' } },
    });
    const { sessions } = await talk.client.call('sessions.list');
    expect(sessions).toMatchObject([{ key: 'agent:main:main', status: 'done' }]);
  });

  it('take back what the first model had begun to say', async () => {
    const heard = Promise.withResolvers<void>();
    first.script = async (_request, answer) => {
      answer.write('never mind');
      await heard.promise;
      answer.cut();
    };
    const talk = await startTalk(fixture, models());
    await talk.send('hello', 'k1');
    await talk.client.next(isEvent('chat', ({ deltaText }) => deltaText === 'never mind'));
    heard.resolve();
    const end = await talk.ended('k1');
    expect(textOf(end.message)).toBe('Echo: hello');
    expect(talk.events('chat', 'k1').filter(({ replace }) => replace === true)).not.toEqual([]);
    expect((await talk.rows()).map(({ role }) => role)).toEqual(['user', 'assistant']);
  });

  it('are all tried before it is over', async () => {
    first.script = (_request, answer) => answer.fail(404);
    second.script = (_request, answer) => answer.fail(403);
    const talk = await startTalk(fixture, models());
    await talk.send('hello', 'k1');
    expect(await talk.ended('k1')).toMatchObject({
      state: 'error',
      errorDetail: { provider: 'two', model: 'b', failoverReason: 'auth', httpStatus: 403 },
    });
    expect(steps(talk).map(({ fallbackStepFinalOutcome }) => fallbackStepFinalOutcome)).toEqual([
      'next_fallback',
      'chain_exhausted',
    ]);
  });
});

describe('repetitions', () => {
  it('wait as long as the server asks for', async () => {
    first.script = (_request, answer) => {
      if (first.requests.length === 1) answer.fail(429, undefined, { 'retry-after-ms': '7' });
      else answer.write('here');
    };
    const { model } = models();
    const talk = await startTalk(fixture, { model });
    expect(await talk.say('hello', 'k1')).toBe('here');
    const retrying = talk
      .agentEvents('k1', 'run_status')
      .find(({ data }) => (data as { phase: string }).phase === 'retrying');
    expect(retrying?.data).toMatchObject({
      delayMs: 7,
      reason: 'rate_limit',
      message: 'one/a failed. Trying again in 1 s (1/5).',
    });
  });

  it('can be stopped in the pause', async () => {
    first.script = (_request, answer) => answer.fail(500);
    const { model } = models();
    const talk = await startTalk(fixture, { model, limits: { modelRetryBaseMs: 60_000 } });
    await talk.send('hello', 'k1');
    await talk.client.next(isEvent('agent', ({ data }) => (data as { phase?: string }).phase === 'retrying'));
    await talk.client.call('chat.abort', { sessionKey: 'main' });
    expect(await talk.ended('k1')).toMatchObject({ state: 'aborted' });
    expect(first.requests).toHaveLength(1);
  });

  it('end', async () => {
    first.script = (_request, answer) => answer.fail(503);
    const { model } = models();
    const talk = await startTalk(fixture, { model });
    await talk.send('hello', 'k1');
    expect(await talk.ended('k1')).toMatchObject({
      state: 'error',
      errorDetail: { failoverReason: 'server_error' },
    });
    expect(first.requests).toHaveLength(6);
  });
});

it('the instructions are plain files: there is one to begin with, and each run reads them (R1)', async () => {
  const stateDir = await fixture.stateDir();
  const { model } = models();
  const talk = await startTalk(fixture, { model, stateDir });
  await talk.say('one', 'k1');
  const file = join(stateDir, 'workspace', 'AGENTS.md');
  const begun = await readFile(file, 'utf8');
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, 'Always answer like a pirate.\n');
  await talk.say('two', 'k2');
  expect(await talk.say('/status', 'k3')).toContain(join(stateDir, 'workspace'));
  const told = first.requests.map(({ messages }) => messages[0]?.content ?? '');
  expect(told[0]).toContain(`# AGENTS.md\n\n${begun.trim()}`);
  expect(told[1]).toContain('# AGENTS.md\n\nAlways answer like a pirate.');
  expect(told[1]).not.toContain(begun.trim());
});

it('a message may ask for its own thinking level; a model that does not reason is left alone', async () => {
  const { model } = models();
  const talk = await startTalk(fixture, {
    model: { ...model, reasoning: true },
    agent: { thinkingDefault: 'low' },
  });
  await talk.say('one', 'k1');
  await talk.say('two', 'k2', { thinking: 'high' });
  expect(first.requests.map(({ body }) => body.reasoning_effort)).toEqual(['low', 'high']);
  const plain = await startTalk(fixture, { model: { ...model, reasoning: false } });
  await plain.say('three', 'k3', { thinking: 'high' });
  expect(first.requests.at(-1)?.body.reasoning_effort).toBeUndefined();
});
