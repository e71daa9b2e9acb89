import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { appClient, startTalk, type Talk, textOf } from '../test-support/talk.ts';
import { type EventFrame, isEvent, type TestClient } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let server: ModelServer;
let talk: Talk;
/** Lets the answer that the model has begun go on. */
let release: () => void;

beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
  const gate = Promise.withResolvers<void>();
  release = gate.resolve;
  server.script = async ({ messages }, answer) => {
    const text = messages.at(-1)?.content ?? '';
    if (text === 'slow') {
      answer.write('one');
      await Promise.race([gate.promise, answer.closed]);
      answer.write(' two');
    } else if (text === 'use a tool') {
      answer.call('exec', { command: 'true' });
    } else answer.write(`Echo: ${text}`);
  };
  talk = await startTalk(fixture, {
    model: { providerId: 'lab', modelId: 'fake-1', baseUrl: server.baseUrl },
  });
});

const started = (runId: string) =>
  talk.client.next(isEvent('chat', (payload) => payload.runId === runId && payload.state === 'delta'));
const lastAsked = () => server.requests.at(-1)?.messages.at(-1)?.content;

const emptyFinal = (runId: string) => ({ runId, sessionKey: 'agent:main:main', seq: 1, state: 'final' });

describe('steer, the default', () => {
  it('joins the running loop before its next step: one answer for both', async () => {
    await talk.send('use a tool', 'k1');
    const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    expect(await talk.send('and say hello', 'k2')).toEqual({ runId: 'k2', status: 'started' });
    expect(talk.events('chat', 'k2')).toEqual([]);
    await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'allow-once' });
    expect(await talk.ended('k2')).toEqual({
      runId: 'k2',
      sessionKey: 'agent:main:main',
      seq: 1,
      state: 'final',
    });
    expect(await talk.ended('k1')).toMatchObject({ message: { content: [{ text: 'Echo: and say hello' }] } });
    expect((await talk.rows()).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'toolResult',
      'user',
      'assistant',
    ]);
    expect(await talk.send('and say hello', 'k2')).toEqual({ runId: 'k2', status: 'ok' });
    expect(server.requests).toHaveLength(2);
  });

  it('joins while the last answer is being said: that one is kept, and another follows in the same run', async () => {
    await talk.send('slow', 'k1');
    await started('k1');
    await talk.send('next', 'k2');
    await talk.send('and more', 'k3');
    release();
    for (const runId of ['k2', 'k3']) expect(await talk.ended(runId)).toEqual(emptyFinal(runId));
    expect(await talk.ended('k1')).toMatchObject({
      message: { content: [{ text: 'one two\n\nEcho: next\n\nand more' }] },
    });
    expect(
      (await talk.rows()).map(({ role, content }) => [
        role,
        typeof content === 'string' ? content : textOf({ content }),
      ]),
    ).toEqual([
      ['user', 'slow'],
      ['assistant', 'one two'],
      ['user', 'next'],
      ['user', 'and more'],
      ['assistant', 'Echo: next\n\nand more'],
    ]);
    expect((await talk.rows())[2]).toMatchObject({ __openclaw: { steerTargetRunId: 'k1' } });
    const roles = server.requests.at(-1)?.messages.map(({ role }) => role);
    expect(roles?.slice(-3)).toEqual(['user', 'assistant', 'user']);
    expect(await talk.client.call('agent.wait', { runId: 'k1' })).toMatchObject({ status: 'ok' });
    expect(server.requests).toHaveLength(2);
  });

  it('what was not begun by then is not done any more, and the model is told', async () => {
    server.script = ({ messages }, answer) => {
      const last = messages.at(-1);
      if (last?.role !== 'user') answer.write('nobody steered');
      else if (last.content === 'use two tools') {
        for (const command of ['true', 'echo never']) answer.call('exec', { command });
      } else answer.write(`Echo: ${last.content}`);
    };
    await talk.send('use two tools', 'k1');
    const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    await talk.send('leave it', 'k2');
    await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'allow-once' });
    expect(await talk.ended('k1')).toMatchObject({ message: { content: [{ text: 'Echo: leave it' }] } });
    const results = (await talk.rows()).filter(({ role }) => role === 'toolResult');
    expect(results).toMatchObject([
      { isError: false },
      { isError: true, content: [{ text: expect.stringContaining('Not begun') }] },
    ]);
    expect(talk.client.frames.filter(isEvent('exec.approval.requested'))).toHaveLength(1);
    expect(talk.agentEvents('k1', 'tool').filter(({ data }) => Object(data).phase === 'result')).toHaveLength(
      2,
    );
  });

  it('waits its turn when nobody can be steered', async () => {
    server.script = async (_request, answer) => {
      answer.write('one');
      await answer.closed;
    };
    await talk.send('slow', 'k1');
    await started('k1');
    await talk.send('next', 'k2');
    server.script = (_request, answer) => answer.write('Echo: next');
    await talk.client.call('chat.abort', { sessionKey: 'main', runId: 'k1' });
    expect(await talk.ended('k1')).toMatchObject({ state: 'aborted' });
    expect(await talk.ended('k2')).toMatchObject({ message: { content: [{ text: 'Echo: next' }] } });
  });

  it('answers a slash command at once, beside the run, which goes on', async () => {
    await talk.send('use a tool', 'k1');
    const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    await talk.send('/status', 'k2');
    expect(textOf((await talk.ended('k2')).message)).toContain('1 conversation');
    const { sessionInfo } = await talk.client.call('chat.history', { sessionKey: 'main' });
    expect(sessionInfo).toMatchObject({ status: 'running', hasActiveRun: true, activeRunIds: ['k1'] });
    await talk.send('and this', 'k3');
    await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'deny' });
    await talk.ended('k1');
    expect((await talk.rows()).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'toolResult',
      'user',
      'assistant',
    ]);
    expect(server.requests.at(-1)?.messages.map(({ content }) => content)).not.toContain('/status');
  });
});

/** The run, under an id of its own, that answers a message which had to wait. */
const answerTo = (text: string) =>
  talk.client.next<EventFrame>(
    isEvent('chat', ({ state, message }) => state === 'final' && textOf(message) === `Echo: ${text}`),
  );

it('followup waits for the run and never joins it; its send ends early and empty', async () => {
  await talk.send('use a tool', 'k1');
  const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
  await talk.send('later', 'k2', { queueMode: 'followup' });
  expect(await talk.ended('k2')).toEqual(emptyFinal('k2'));
  expect(await talk.send('later', 'k2', { queueMode: 'followup' })).toMatchObject({ status: 'in_flight' });
  const { pendingInputs } = await talk.client.call('chat.history', { sessionKey: 'main' });
  expect(pendingInputs).toMatchObject({ total: 1, items: [{ runId: 'k2', state: 'queued' }] });
  await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'deny' });
  await talk.ended('k1');
  const answered = (await answerTo('later')).payload;
  expect(answered.runId).not.toBe('k2');
  const [user, assistant] = (await talk.rows()).slice(-2);
  expect(user).toMatchObject({ content: 'later', idempotencyKey: 'k2:user' });
  expect(assistant).toMatchObject({ __openclaw: { runId: answered.runId } });
  expect(await talk.send('later', 'k2', { queueMode: 'followup' })).toEqual({ runId: 'k2', status: 'ok' });
  expect(talk.events('chat', 'k2')).toEqual([emptyFinal('k2')]);
});

it('a followup that is aborted while it waits says nothing more, and is not answered', async () => {
  await talk.send('slow', 'k1');
  await started('k1');
  await talk.send('never', 'k2', { queueMode: 'followup' });
  await talk.ended('k2');
  expect(await talk.client.call('chat.abort', { sessionKey: 'main', runId: 'k2' })).toMatchObject({
    aborted: true,
    runIds: ['k2'],
  });
  release();
  await talk.ended('k1');
  await talk.say('next', 'k3');
  expect(talk.events('chat', 'k2')).toEqual([emptyFinal('k2')]);
  expect(server.requests).toHaveLength(2);
});

it('collect answers all that came in meanwhile at once', async () => {
  await talk.send('slow', 'k1');
  await started('k1');
  for (const [index, text] of ['a', 'b', 'c'].entries()) {
    await talk.send(text, `c${index}`, { queueMode: 'collect' });
  }
  for (const runId of ['c0', 'c1', 'c2']) expect(await talk.ended(runId)).toEqual(emptyFinal(runId));
  release();
  await answerTo('a\n\nb\n\nc');
  expect(lastAsked()).toBe('a\n\nb\n\nc');
  expect((await talk.rows()).filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
    'slow',
    'a',
    'b',
    'c',
  ]);
});

it('interrupt ends the run, and is answered next; what the run was saying is told, and kept nowhere', async () => {
  await talk.send('slow', 'k1');
  await started('k1');
  await talk.send('patient', 'k2', { queueMode: 'followup' });
  expect(await talk.send('now', 'k3', { queueMode: 'interrupt' })).toEqual({
    runId: 'k3',
    status: 'started',
    interruptedActiveRun: true,
  });
  expect(await talk.ended('k1')).toMatchObject({
    state: 'aborted',
    stopReason: 'aborted',
    message: { content: [{ text: 'one' }] },
  });
  await talk.ended('k3');
  await answerTo('patient');
  expect(server.requests.slice(1).map(({ messages }) => messages.at(-1)?.content)).toEqual([
    'slow\n\nnow',
    'patient',
  ]);
  expect((await talk.rows()).map(({ role }) => role)).toEqual([
    'user',
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
});

it('an interrupt of nothing is an ordinary message', async () => {
  expect(await talk.send('hello', 'k1', { queueMode: 'interrupt' })).toEqual({
    runId: 'k1',
    status: 'started',
  });
  await talk.ended('k1');
});

it('a run is ended by its own device or an administrator, not by another device', async () => {
  await talk.send('slow', 'k1');
  await started('k1');
  const scopes = ['operator.read', 'operator.write'];
  const other = await fixture.connect(talk.gateway, { ...appClient(), scopes });
  const abort = (client: TestClient) => client.request('chat.abort', { sessionKey: 'main', runId: 'k1' });
  expect((await abort(other)).error).toMatchObject({ code: 'INVALID_REQUEST', message: 'unauthorized' });
  expect((await abort(talk.client)).payload).toMatchObject({ aborted: true, runIds: ['k1'] });
});

it('a client that comes in the middle of a tool call learns of it', async () => {
  await talk.send('use a tool', 'k1');
  const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
  const { inFlightRun } = await talk.client.call('chat.history', { sessionKey: 'main' });
  expect(inFlightRun).toMatchObject({
    runId: 'k1',
    events: [{ stream: 'item', data: { kind: 'tool', name: 'exec', status: 'running', phase: 'start' } }],
  });
  await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'deny' });
  await talk.ended('k1');
});

describe('agent and agent.wait', () => {
  it('answers twice under one id', async () => {
    talk.client.send({
      type: 'req',
      id: 'a',
      method: 'agent',
      params: { message: 'hello', idempotencyKey: 'r1', agentId: 'main' },
    });
    const answers = () => talk.client.frames.filter((frame) => frame.type === 'res' && frame.id === 'a');
    await vi.waitFor(() => expect(answers()).toHaveLength(2));
    expect(answers()[0]).toMatchObject({
      ok: true,
      payload: { runId: 'r1', sessionKey: 'agent:main:main', agentId: 'main', status: 'accepted' },
    });
    expect(answers()[1]).toMatchObject({
      ok: true,
      payload: {
        runId: 'r1',
        status: 'ok',
        summary: 'completed',
        result: {
          payloads: [{ text: 'Echo: hello', mediaUrl: null }],
          meta: {
            agentMeta: { provider: 'lab', model: 'fake-1', usage: { input: 11, output: 7, total: 18 } },
          },
        },
      },
    });
    expect(await talk.client.call('agent.wait', { runId: 'r1' })).toMatchObject({
      status: 'ok',
      stopReason: 'stop',
    });
  });

  it('waits for a run, no longer than it was told to', async () => {
    await talk.send('slow', 'k1');
    await started('k1');
    expect(await talk.client.call('agent.wait', { runId: 'k1', timeoutMs: 10 })).toEqual({
      runId: 'k1',
      status: 'timeout',
    });
    const waiting = talk.client.call('agent.wait', { runId: 'k1' });
    release();
    expect(await waiting).toMatchObject({ runId: 'k1', status: 'ok', terminalReply: { text: 'one two' } });
    expect(await talk.client.call('agent.wait', { runId: 'nope', timeoutMs: 0 })).toMatchObject({
      status: 'timeout',
    });
  });

  it('says so when the run fails, is stopped, or there is no such agent', async () => {
    server.script = (_request, answer) => answer.fail(401);
    const failing = talk.client.call('agent', { message: 'x', idempotencyKey: 'r1' });
    await failing;
    await vi.waitFor(() =>
      expect(
        talk.client.frames.filter((frame) => frame.type === 'res' && frame.payload?.runId === 'r1'),
      ).toHaveLength(2),
    );
    expect(await talk.client.call('agent.wait', { runId: 'r1' })).toMatchObject({ status: 'error' });
    expect(
      (await talk.client.request('agent', { message: 'x', idempotencyKey: 'r2', agentId: 'nope' })).error,
    ).toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });
});
