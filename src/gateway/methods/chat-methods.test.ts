import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GatewayOptions, RunningGateway } from '../index.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { type EventFrame, isEvent, type TestClient } from '../test-support/wire-client.ts';

const fixture = createFixture();
let model: ModelServer;
let gateway: RunningGateway;
let client: TestClient;

const withModel = (): Partial<GatewayOptions> => ({
  model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl, apiKey: 'sk-very-secret' },
});

beforeEach(async () => {
  model = await startModelServer();
  fixture.defer(model.stop);
  gateway = await fixture.start(withModel());
  client = await fixture.connect(gateway);
});
afterEach(() => fixture.cleanUp());

const send = (message: string, idempotencyKey: string, more: object = {}, from = client) =>
  from.request('chat.send', { sessionKey: 'main', message, idempotencyKey, ...more });

const history = (params: object = {}, from = client) =>
  from.call('chat.history', { sessionKey: 'main', ...params });

/** Waits for the end of a run, whatever it is. */
async function ended(runId: string, from = client): Promise<Record<string, unknown>> {
  const isTheEnd = ({ runId: id, state }: Record<string, unknown>) =>
    id === runId && ['final', 'aborted', 'error'].includes(String(state));
  return (await from.next<EventFrame>(isEvent('chat', isTheEnd))).payload;
}

const firstDelta = (runId: string, from = client) =>
  from.next<EventFrame>(isEvent('chat', (payload) => payload.runId === runId && payload.state === 'delta'));

const textOf = (message: unknown) => (message as { content: { text: string }[] }).content[0]?.text;
type Row = { role: string; content: unknown; __openclaw: Record<string, unknown> } & Record<string, unknown>;
const rowsOf = (payload: Record<string, unknown>) => payload.messages as Row[];
const eventsOf = (runId: string, from = client) =>
  from.frames.flatMap((frame) =>
    frame.type === 'event' && ['chat', 'agent'].includes(frame.event) && frame.payload.runId === runId
      ? [frame]
      : [],
  );

/** A reply that says one word and then waits to be released. */
function holdModel() {
  const gate = Promise.withResolvers<void>();
  model.script = async (_request, answer) => {
    answer.write('partial');
    await Promise.race([gate.promise, answer.closed]);
    answer.write(' and whole');
  };
  return { release: gate.resolve };
}

describe('a run', () => {
  it('streams the answer of the model and writes it down', async () => {
    expect((await send('hello', 'k1')).payload).toEqual({ runId: 'k1', status: 'started' });
    const final = await ended('k1');
    expect(final).toMatchObject({
      runId: 'k1',
      sessionKey: 'agent:main:main',
      agentId: 'main',
      state: 'final',
      stopReason: 'stop',
    });
    expect(textOf(final.message)).toBe('Echo: hello');

    const { messages, hasMore, totalMessages, sessionInfo } = await history();
    expect({ hasMore, totalMessages }).toEqual({ hasMore: false, totalMessages: 2 });
    expect(messages).toMatchObject([
      {
        role: 'user',
        content: 'hello',
        timestamp: expect.any(Number),
        idempotencyKey: 'k1:user',
        __openclaw: { id: expect.any(String), seq: 1, idempotencyKey: 'k1:user' },
      },
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'Echo: hello' }],
        api: 'openai-completions',
        provider: 'fake',
        model: 'fake-1',
        usage: { input: 11, output: 7, totalTokens: 18 },
        stopReason: 'stop',
        responseId: 'chatcmpl-1',
        __openclaw: { runId: 'k1', seq: 2 },
      },
    ]);
    expect(sessionInfo).toMatchObject({
      key: 'agent:main:main',
      status: 'done',
      hasActiveRun: false,
      lastRunId: 'k1',
      inputTokens: 11,
      outputTokens: 7,
      totalTokens: 11,
      totalTokensFresh: true,
    });
  });

  it('tells its steps in order: acknowledged, status, deltas that add up, final', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    model.script = async (_request, answer) => {
      answer.write('one');
      await gates[0]?.promise;
      answer.write(' two');
      await gates[1]?.promise;
      answer.write(' three');
    };
    await send('count', 'k1');
    await firstDelta('k1');
    gates[0]?.resolve();
    await client.next(isEvent('chat', ({ deltaText }) => deltaText === ' two'));
    gates[1]?.resolve();
    await ended('k1');

    const all = eventsOf('k1');
    const chat = all.filter((frame) => frame.event === 'chat').map((frame) => frame.payload);
    expect(chat.map(({ state, phase }) => phase ?? state)).toEqual([
      'preparing_workspace',
      'preparing_context',
      'starting_model',
      'delta',
      'delta',
      'delta',
      'final',
    ]);
    expect(chat.flatMap(({ deltaText }) => deltaText ?? [])).toEqual(['one', ' two', ' three']);
    expect(chat.filter(({ state }) => state === 'delta').map(({ message }) => textOf(message))).toEqual([
      'one',
      'one two',
      'one two three',
    ]);
    // The counter of the run is shared by both kinds of event, and two that tell the same share a number.
    const seqs = all.map((frame) => Number(frame.payload.seq));
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    const agentSeqs = all.filter((frame) => frame.event === 'agent').map(({ payload }) => payload.seq);
    expect(agentSeqs).toEqual(agentSeqs.map((_, index) => index + 1));
    expect(new Set(chat.map(({ seq }) => seq)).size).toBe(chat.length);
    const ofRun = client.frames.filter(({ payload }) => payload?.runId === 'k1');
    expect(ofRun[0]?.type).toBe('res');
    expect(
      all.filter((frame) => frame.event === 'agent').map(({ payload: { stream, data } }) => [stream, data]),
    ).toMatchObject([
      ['run_status', { phase: 'preparing_workspace' }],
      ['run_status', { phase: 'preparing_context' }],
      ['lifecycle', { phase: 'start' }],
      ['run_status', { phase: 'starting_model' }],
      ['lifecycle', { phase: 'model', provider: 'fake', model: 'fake-1' }],
      ['assistant', { text: 'one', delta: 'one' }],
      ['assistant', { text: 'one two', delta: ' two' }],
      ['assistant', { text: 'one two three', delta: ' three' }],
      ['usage', { outputTokens: 7 }],
      ['lifecycle', { phase: 'finishing', aborted: false }],
      ['lifecycle', { phase: 'end', aborted: false }],
    ]);
  });

  it('gives the model the conversation, not the slash commands', async () => {
    for (const [index, text] of ['first', '/status', 'second'].entries()) {
      await send(text, `k${index}`);
      await ended(`k${index}`);
    }
    const messages = model.requests.at(-1)?.messages ?? [];
    expect(messages[0]?.role).toBe('system');
    expect(messages.slice(1)).toEqual([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'Echo: first' },
      { role: 'user', content: 'second' },
    ]);
    expect(model.requests.at(-1)?.authorization).toBe('Bearer sk-very-secret');
  });

  it('sends a slash command to the model when it is told not to read it', async () => {
    await send('/status', 'k1', { suppressCommandInterpretation: true });
    expect(textOf((await ended('k1')).message)).toBe('Echo: /status');
  });

  it('outlives its client: another one finds it under way, and then its end', async () => {
    const { release } = holdModel();
    await send('hold on', 'k1');
    await firstDelta('k1');
    client.socket.terminate();

    const other = await fixture.connect(gateway);
    const during = await history({}, other);
    expect(during.inFlightRun).toMatchObject({
      runId: 'k1',
      text: 'partial',
      startedAt: expect.any(Number),
    });
    expect(during.sessionInfo).toMatchObject({
      status: 'running',
      hasActiveRun: true,
      activeRunIds: ['k1'],
    });
    expect(rowsOf(during).map(({ role }) => role)).toEqual(['user']);
    release();
    expect(textOf((await ended('k1', other)).message)).toBe('partial and whole');
    expect((await history({}, other)).inFlightRun).toBeUndefined();
  });

  it('is heard by readers only', async () => {
    const reader = await fixture.connect(gateway, { scopes: ['operator.read'] });
    const probe = await fixture.connect(gateway, { id: 'cli', mode: 'probe' });
    await send('hello', 'k1');
    await ended('k1', reader);
    await probe.call('health');
    expect(eventsOf('k1', probe)).toEqual([]);
  });
});

describe('idempotency', () => {
  it('answers ok after completion and runs nothing again', async () => {
    await send('hello', 'k1');
    await ended('k1');
    expect((await send('hello', 'k1')).payload).toEqual({ runId: 'k1', status: 'ok' });
    expect((await history()).totalMessages).toBe(2);
    expect(model.requests).toHaveLength(1);
  });

  it('still knows the key after a restart', async () => {
    const stateDir = await fixture.stateDir();
    const first = await fixture.start({ ...withModel(), stateDir });
    const before = await fixture.connect(first);
    await send('hello', 'k1', {}, before);
    await ended('k1', before);
    await first.stop();
    const after = await fixture.connect(await fixture.start({ ...withModel(), stateDir }));
    expect((await send('hello', 'k1', {}, after)).payload).toEqual({ runId: 'k1', status: 'ok' });
    expect((await history({}, after)).totalMessages).toBe(2);
  });

  it('answers in_flight during the run and while it is queued', async () => {
    const { release } = holdModel();
    await send('a', 'k1');
    await send('b', 'k2');
    expect((await send('a', 'k1')).payload).toEqual({ runId: 'k1', status: 'in_flight' });
    expect((await send('b', 'k2')).payload).toEqual({ runId: 'k2', status: 'in_flight' });
    release();
    await ended('k1');
    expect((await history()).totalMessages).toBe(4);
  });

  it('answers timeout with the reason after an abort', async () => {
    holdModel();
    await send('a', 'k1');
    await firstDelta('k1');
    await client.call('chat.abort', { sessionKey: 'main' });
    await ended('k1');
    expect((await send('a', 'k1')).payload).toEqual({
      runId: 'k1',
      status: 'timeout',
      summary: 'aborted',
      stopReason: 'rpc',
      endedAt: expect.any(Number),
    });
  });

  it('refuses a key that was used for something else', async () => {
    await send('hello', 'k1');
    for (const change of [{ message: 'other' }, { sessionKey: 'other' }]) {
      const { error } = await send('hello', 'k1', change);
      expect(error).toMatchObject({
        code: 'INVALID_REQUEST',
        details: { reason: 'chat-request-conflict' },
      });
    }
  });
});

describe('the queue', () => {
  it('answers a second send in the same run, and shows it as pending until then', async () => {
    const { release } = holdModel();
    await send('first', 'k1');
    await firstDelta('k1');
    expect((await send('second', 'k2')).payload).toEqual({ runId: 'k2', status: 'started' });
    const during = await history();
    expect(rowsOf(during).map(({ content }) => content)).toEqual(['first']);
    expect(during.pendingInputs).toMatchObject({
      total: 1,
      items: [{ id: 'k2', runId: 'k2', state: 'queued', message: { role: 'user', content: 'second' } }],
    });
    expect(during.sessionInfo).toMatchObject({ activeRunIds: ['k1', 'k2'] });
    release();
    await ended('k1');
    const after = await history();
    expect(rowsOf(after).map(({ role, __openclaw: { seq } }) => [role, seq])).toEqual([
      ['user', 1],
      ['assistant', 2],
      ['user', 3],
      ['assistant', 4],
    ]);
    expect(after.pendingInputs).toEqual({ items: [], total: 0 });
  });

  it('lets sessions answer side by side', async () => {
    const { release } = holdModel();
    await send('first', 'k1');
    await firstDelta('k1');
    model.script = (_request, answer) => answer.write('other');
    await send('second', 'k2', { sessionKey: 'elsewhere' });
    expect((await ended('k2')).sessionKey).toBe('agent:main:elsewhere');
    release();
    await ended('k1');
  });
});

describe('chat.abort', () => {
  it('ends the run and keeps what was said', async () => {
    holdModel();
    await send('hello', 'k1');
    await firstDelta('k1');
    expect(await client.call('chat.abort', { sessionKey: 'main', runId: 'k1' })).toEqual({
      ok: true,
      aborted: true,
      runIds: ['k1'],
    });
    const end = await ended('k1');
    expect(end).toMatchObject({ state: 'aborted', stopReason: 'rpc' });
    expect(textOf(end.message)).toBe('partial');
    const after = await history();
    expect(rowsOf(after).at(-1)).toMatchObject({
      role: 'assistant',
      content: [{ type: 'text', text: 'partial' }],
      openclawAbort: { aborted: true, origin: 'rpc', runId: 'k1' },
    });
    expect(after.sessionInfo).toMatchObject({
      status: 'killed',
      abortedLastRun: true,
      hasActiveRun: false,
    });
  });

  it('leaves what the call before it counted', async () => {
    model.script = async ({ messages }, answer) => {
      if (messages.at(-1)?.role !== 'tool') return answer.call('nothing', {});
      answer.write('partial');
      await answer.closed;
    };
    await send('hello', 'k1');
    await firstDelta('k1');
    await client.call('chat.abort', { sessionKey: 'main' });
    await ended('k1');
    expect((await history()).sessionInfo).toMatchObject({ inputTokens: 11, totalTokens: 11 });
  });

  it('stops asking the model', async () => {
    const left = Promise.withResolvers<void>();
    model.script = async (_request, answer) => {
      answer.write('partial');
      await answer.closed;
      left.resolve();
    };
    await send('hello', 'k1');
    await firstDelta('k1');
    await client.call('chat.abort', { sessionKey: 'main' });
    await left.promise;
  });

  it('ends an answer that has not begun, without a row for it', async () => {
    model.script = (_request, answer) => answer.closed;
    await send('hello', 'k1');
    await vi.waitFor(() => expect(model.requests).toHaveLength(1));
    await client.call('chat.abort', { sessionKey: 'main' });
    expect((await ended('k1')).message).toBeUndefined();
    expect((await history()).totalMessages).toBe(1);
  });

  it('ends queued sends too, or only the one it names', async () => {
    holdModel();
    await send('a', 'k1');
    await firstDelta('k1');
    await send('b', 'k2');
    await send('c', 'k3');
    expect(await client.call('chat.abort', { sessionKey: 'main', runId: 'k3' })).toMatchObject({
      runIds: ['k3'],
    });
    expect(await ended('k3')).toMatchObject({ state: 'aborted' });
    expect(await client.call('chat.abort', { sessionKey: 'main' })).toMatchObject({
      runIds: ['k1', 'k2'],
    });
    await ended('k1');
    const { pendingInputs, sessionInfo } = await history();
    expect(pendingInputs).toMatchObject({
      total: 2,
      items: [
        { runId: 'k2', state: 'cancelled' },
        { runId: 'k3', state: 'cancelled' },
      ],
    });
    expect(sessionInfo).toMatchObject({ hasActiveRun: false });
    expect(model.requests).toHaveLength(1);
  });

  it('says so when there is nothing to end', async () => {
    const nothing = { ok: true, aborted: false, runIds: [] };
    expect(await client.call('chat.abort', { sessionKey: 'main' })).toEqual(nothing);
    expect(await client.call('chat.abort', { sessionKey: 'main', runId: 'nope' })).toEqual(nothing);
  });
});

describe('when the model fails', () => {
  type Case = [string, (answer: Parameters<ModelServer['script']>[1]) => void, RegExp, object];
  it.each<Case>([
    ['401', (answer) => answer.fail(401), /refused the API key \(HTTP 401\)/, { httpStatus: 401 }],
    ['404', (answer) => answer.fail(404), /There is no model fake\/fake-1/, { httpStatus: 404 }],
    [
      '400 for the length',
      (answer) => answer.fail(400, '{"error":{"message":"maximum context length is 4096"}}'),
      /too long/,
      { httpStatus: 400 },
    ],
    ['400', (answer) => answer.fail(400), /\(HTTP 400\): scripted failure\./, { httpStatus: 400 }],
    ['an empty answer', () => {}, /empty answer/, {}],
  ])(
    '%s becomes a row and two error events, as a real Gateway makes them',
    async (_name, script, sentence, detail) => {
      model.script = (_request, answer) => script(answer);
      await send('hello', 'k1');
      const end = await ended('k1');
      expect(end.state).toBe('error');
      expect(end.errorMessage).toMatch(sentence);
      expect(end.errorDetail).toEqual({
        provider: 'fake',
        model: 'fake-1',
        failoverReason: expect.any(String),
        providerRuntimeFailureKind: expect.any(String),
        ...detail,
      });
      const after = await history();
      expect(rowsOf(after).at(-1)).toMatchObject({
        role: 'custom',
        customType: 'run-failed-before-reply',
        content: end.errorMessage,
        display: true,
        __openclaw: { runId: 'k1', seq: 2 },
      });
      expect(after.sessionInfo).toMatchObject({ status: 'failed', lastRunError: end.errorMessage });
      const errors = await vi.waitFor(() => {
        const found = eventsOf('k1').filter(({ payload }) => payload.state === 'error');
        expect(found).toHaveLength(2);
        return found.map(({ payload }) => payload);
      });
      expect(errors[1]).toMatchObject({ seq: 1, errorMessage: `No answer: ${end.errorMessage}` });
      expect(errors[1]).not.toHaveProperty('agentId');
      expect((await send('hello', 'k1')).payload).toMatchObject({ status: 'error' });
    },
  );

  it('says where it looked when nothing listens there', async () => {
    await model.stop();
    fixture.defer(() => {});
    await send('hello', 'k1');
    expect((await ended('k1')).errorMessage).toContain(`cannot be reached at ${model.baseUrl}`);
    model = await startModelServer();
    fixture.defer(model.stop);
  });

  it('keeps what was said before the connection broke', async () => {
    model.script = async (_request, answer) => {
      answer.write('half an');
      await firstDelta('k1');
      answer.cut();
    };
    await send('hello', 'k1');
    expect((await ended('k1')).state).toBe('error');
    expect(rowsOf(await history()).map(({ role, content }) => [role, content])).toMatchObject([
      ['user', 'hello'],
      ['assistant', [{ text: 'half an' }]],
      ['custom', expect.stringContaining('fake/fake-1')],
    ]);
  });

  it('asks once more when the server is only out of breath', async () => {
    model.script = (_request, answer) => {
      if (model.requests.length === 1) answer.fail(503);
      else answer.write('there');
    };
    await send('hello', 'k1');
    expect(textOf((await ended('k1')).message)).toBe('there');
  });

  it('goes on with the next message', async () => {
    model.script = (_request, answer) => answer.fail(401);
    await send('a', 'k1');
    await ended('k1');
    model.script = (_request, answer) => answer.write('fine');
    await send('b', 'k2');
    expect(textOf((await ended('k2')).message)).toBe('fine');
    // The failed question is still part of the conversation; its error sentence is not.
    expect(model.requests.at(-1)?.messages.slice(1)).toEqual([{ role: 'user', content: 'a\n\nb' }]);
  });

  it('never repeats the key', async () => {
    model.script = (_request, answer) =>
      answer.fail(400, '{"error":{"message":"bad key sk-very-secret here"}}');
    await send('hello', 'k1');
    const end = await ended('k1');
    expect(end.errorMessage).toContain('bad key •••• here');
    expect(JSON.stringify([client.frames, await history()])).not.toContain('sk-very-secret');
  });
});

describe('chat.history', () => {
  it('pages back from the newest', async () => {
    for (const index of [1, 2, 3]) {
      await send(`m${index}`, `k${index}`);
      await ended(`k${index}`);
    }
    const seqs = (payload: Record<string, unknown>) => rowsOf(payload).map((row) => row.__openclaw.seq);
    const newest = await history({ limit: 2 });
    expect(seqs(newest)).toEqual([5, 6]);
    expect(newest).toMatchObject({ hasMore: true, nextOffset: 2, totalMessages: 6 });
    const middle = await history({ limit: 2, offset: 2 });
    expect(seqs(middle)).toEqual([3, 4]);
    expect(middle).toMatchObject({ hasMore: true, nextOffset: 4, offset: 2 });
    const oldest = await history({ limit: 100, offset: 4 });
    expect(seqs(oldest)).toEqual([1, 2]);
    expect(oldest.hasMore).toBe(false);
    expect(oldest.nextOffset).toBeUndefined();
    expect(await history({ offset: 50 })).toMatchObject({ messages: [], hasMore: false });
  });

  it('keeps a page below what clients take, and says that there is more', async () => {
    const large = 'x'.repeat(3 * 1024 * 1024);
    for (const index of [1, 2, 3, 4]) {
      await send('/help', `h${index}`);
      await send(large, `k${index}`, { suppressCommandInterpretation: false });
      await ended(`k${index}`);
    }
    const page = await history({ limit: 1000 });
    expect(JSON.stringify(page).length).toBeLessThan(10 * 1024 * 1024);
    expect(page).toMatchObject({ hasMore: true, nextOffset: rowsOf(page).length });
  }, 60_000);

  it('echoes the key as it was sent, and is empty for what does not exist', async () => {
    const empty = await history({ sessionKey: 'Never-Seen' });
    expect(empty).toMatchObject({
      sessionKey: 'Never-Seen',
      messages: [],
      pendingInputs: { items: [], total: 0 },
      hasMore: false,
      totalMessages: 0,
      sessionInfo: { key: 'agent:main:never-seen', hasActiveRun: false, activeRunIds: [] },
    });
    expect(empty.sessionId).toBeUndefined();
    expect(await history({ sessionKey: 'agent:nope:main' })).toMatchObject({
      messages: [],
      sessionInfo: { agentId: 'nope' },
    });
  });

  it('asks a client with a foreign cursor to start over', async () => {
    expect(await history({ cursor: 'abc' })).toEqual({ kind: 'reset' });
  });

  it.each([
    [{}, "invalid chat.history params: must have required property 'sessionKey'"],
    [undefined, "invalid chat.history params: must have required property 'sessionKey'"],
    [{ sessionKey: 'main', limit: 1001 }, 'invalid chat.history params: at /limit: must be <= 1000'],
  ])('refuses %j', async (params, message) => {
    expect((await client.request('chat.history', params)).error).toEqual({
      code: 'INVALID_REQUEST',
      message,
    });
  });
});

describe('chat.send refuses', () => {
  const noTarget = {
    code: 'INVALID_REQUEST',
    message: 'session mutation target is unavailable',
    details: { code: 'SESSION_MUTATION_TARGET_REQUIRED', method: 'chat.send' },
  };
  it.each([
    ['no parameters', undefined, noTarget],
    ['no session', { foo: 1 }, noTarget],
    ['a blank session', { sessionKey: ' ', message: 'x', idempotencyKey: 'k' }, noTarget],
    [
      'no key',
      { sessionKey: 'main', message: 'hi' },
      { message: "invalid chat.send params: must have required property 'idempotencyKey'" },
    ],
    [
      'a blank message',
      { sessionKey: 'main', message: '  ', idempotencyKey: 'k' },
      { message: 'message or attachment required' },
    ],
    [
      'a null byte',
      { sessionKey: 'main', message: 'a\u0000b', idempotencyKey: 'k' },
      { message: 'message must not contain null bytes' },
    ],
    [
      'an agent that does not exist',
      { sessionKey: 'agent:nope:main', message: 'x', idempotencyKey: 'k' },
      { message: 'Agent "nope" no longer exists in configuration' },
    ],
    [
      'another agent',
      { sessionKey: 'main', agentId: 'nope', message: 'x', idempotencyKey: 'k' },
      { message: 'Unknown agent id "nope"' },
    ],
    [
      'attachments',
      { sessionKey: 'main', message: 'x', idempotencyKey: 'k', attachments: [{ type: 'image' }] },
      { message: 'Error: attachment #1: invalid base64 content' },
    ],
  ])('%s', async (_name, params, error) => {
    const response = await client.request('chat.send', params);
    expect(response.error).toMatchObject({ code: 'INVALID_REQUEST', ...error });
    expect(await history()).toMatchObject({ totalMessages: 0 });
  });
});
