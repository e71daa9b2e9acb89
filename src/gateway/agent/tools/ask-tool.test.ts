import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayClock, systemClock } from '../../clock.ts';
import { createFixture } from '../../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../../test-support/model-server.ts';
import { appClient, startTalk, type Talk, textOf } from '../../test-support/talk.ts';
import { type EventFrame, isEvent } from '../../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const options = [{ label: ' Staging (Recommended) ', description: 'Ours alone.' }, { label: 'Production' }];
const question = { id: 'where', header: 'Where it should go', question: 'Where should it go?', options };

let server: ModelServer;
let asked: Record<string, unknown>;
beforeEach(async () => {
  asked = { questions: [question] };
  server = await startModelServer();
  fixture.defer(server.stop);
  server.script = ({ messages }, answer) => {
    const last = messages.at(-1);
    if (last?.role === 'tool') answer.write(`tool said: ${last.content}`);
    else if (last?.content === 'ask me') answer.call('ask_user', asked);
    else answer.write(`Echo: ${last?.content}`);
  };
});

const begin = (more: Parameters<typeof startTalk>[1] = {}) => {
  const model = { providerId: 'lab', modelId: 'fake-1', baseUrl: server.baseUrl };
  return startTalk(fixture, { model, ...more }, appClient());
};
const requested = async ({ client }: Talk) =>
  (await client.next<EventFrame>(isEvent('question.requested'))).payload;
const resolved = async ({ client }: Talk) =>
  (await client.next<EventFrame>(isEvent('question.resolved'))).payload;

describe('a question of the agent (R8)', () => {
  it('waits for a person, and the model goes on with the answer', async () => {
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id, createdAtMs, expiresAtMs, ...rest } = await requested(talk);
    expect(rest).toEqual({
      questions: [
        {
          questionId: 'where',
          header: 'Where it sho',
          question: 'Where should it go?',
          options: [{ label: 'Staging (Recommended)', description: 'Ours alone.' }, { label: 'Production' }],
          isOther: true,
        },
      ],
      agentId: 'main',
      sessionKey: 'agent:main:main',
      runId: 'k1',
      status: 'pending',
    });
    expect(Number(expiresAtMs) - Number(createdAtMs)).toBe(900_000);
    const answers = { answers: { where: ['neither, keep it here'] } };
    await talk.client.call('question.resolve', { id, answers });
    const text = textOf((await talk.ended('k1')).message);
    expect(text).toContain('tool said: Where it sho: neither, keep it here');
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual({ status: 'answered', answers });
    const end = talk.agentEvents('k1', 'tool').find(({ data }) => Object(data).phase === 'result');
    expect(end?.data).toMatchObject({
      name: 'ask_user',
      meta: 'Where should it go?',
      isError: false,
      result: { details: { status: 'answered', answers } },
    });
  });

  it('that is skipped leaves the model to its own judgement', async () => {
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    await talk.client.call('question.resolve', { id, cancel: true });
    const text = textOf((await talk.ended('k1')).message);
    expect(text).toContain('The person gave no answer');
    expect(text).toContain('{"status":"no_answer"}');
    expect((await talk.rows())[2]).toMatchObject({ role: 'toolResult', isError: false });
  });

  it('is given up when its run is stopped; what was asked disappears', async () => {
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    await talk.client.call('chat.abort', { sessionKey: 'main', runId: 'k1' });
    expect(await talk.ended('k1')).toMatchObject({ state: 'aborted' });
    expect(await resolved(talk)).toEqual({ id, status: 'cancelled' });
    expect(await talk.client.call('question.list', {})).toEqual({ questions: [] });
  });

  it.each([
    [undefined, 900],
    [1, 30],
    [100_000, 3_600],
  ])('of %s s expires after %s s, and the model goes on', async (timeoutSeconds, seconds) => {
    const expiries: (() => void)[] = [];
    const clock: GatewayClock = {
      now: systemClock.now,
      after(delayMs, run) {
        if (delayMs !== seconds * 1000) return systemClock.after(delayMs, run);
        expiries.push(run);
        return () => {};
      },
    };
    asked = { questions: [question], ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
    const talk = await begin({ clock });
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    // A copy: other timers of that length begin anew.
    for (const expire of [...expiries]) expire();
    expect(textOf((await talk.ended('k1')).message)).toContain('Nobody answered in time');
    expect(await resolved(talk)).toEqual({ id, status: 'expired' });
  });

  it.each([
    ['2', 'Production', {}],
    [' production ', 'Production', { queueMode: 'followup' }],
    ['never mind', 'never mind', { queueMode: 'collect' }],
    ['/nowhere', '/nowhere', {}],
    ['/status', '/status', { suppressCommandInterpretation: true }],
  ])('is answered by a message: %j is %j', async (said, answer, more) => {
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    await talk.send(said, 'k2', more);
    const answers = { answers: { where: [answer] } };
    expect(await resolved(talk)).toEqual({ id, status: 'answered', answers });
    expect((await talk.client.call('question.get', { id })).question).toMatchObject({
      resolvedBy: 'plain-text',
    });
    expect(await talk.ended('k2')).toEqual({
      runId: 'k2',
      sessionKey: 'agent:main:main',
      seq: 1,
      state: 'final',
    });
    expect(await talk.client.call('agent.wait', { runId: 'k2' })).toMatchObject({ status: 'ok' });
    expect(textOf((await talk.ended('k1')).message)).toContain(`: ${answer}`);
    expect((await talk.rows()).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'toolResult',
      'assistant',
    ]);
    // A provider wants the result right after its call.
    await talk.say('and now?', 'k3');
    expect(server.requests.at(-1)?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'user',
      'assistant',
      'user',
    ]);
  });

  it('is answered by one message with its others, several options with commas; too few answers leave it open', async () => {
    const when = {
      id: 'when',
      header: 'When',
      question: 'When?',
      options: [{ label: 'Now' }, { label: 'Later' }],
    };
    asked = { questions: [{ ...question, multiSelect: true }, when] };
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    await talk.send('Mars', 'k2');
    expect(await talk.ended('k2')).toMatchObject({ state: 'error', errorMessage: expect.any(String) });
    expect(await talk.client.call('agent.wait', { runId: 'k2' })).toMatchObject({ status: 'error' });
    expect(await talk.client.call('question.list', {})).toMatchObject({ questions: [{ id }] });
    await talk.send('when: later\nWhere it sho - mars, 2, production', 'k3');
    const answers = { answers: { where: ['mars', 'Production'], when: ['Later'] } };
    expect(await resolved(talk)).toEqual({ id, status: 'answered', answers });
    await talk.ended('k1');
    expect((await talk.rows()).filter(({ role }) => role === 'user')).toHaveLength(3);
  });

  it('gives way to a message with a file, and the model reads that next', async () => {
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    const file = { type: 'file', mimeType: 'text/plain', fileName: 'a.txt', content: btoa('some words') };
    await talk.send('this one', 'k2', { attachments: [file] });
    expect(await resolved(talk)).toEqual({ id, status: 'cancelled' });
    expect(textOf((await talk.ended('k1')).message)).toMatch(/^Echo: .*a\.txt.*this one$/s);
    expect((await talk.rows()).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'toolResult',
      'user',
      'assistant',
    ]);
  });

  it('is not answered by a command, nor by a message that ends the run', async () => {
    const talk = await begin();
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    await talk.send('/status', 'k2');
    expect(textOf((await talk.ended('k2')).message)).not.toBe('');
    expect(await talk.client.call('question.list', {})).toMatchObject({ questions: [{ id }] });
    await talk.send('2', 'k3', { queueMode: 'interrupt' });
    expect(await resolved(talk)).toEqual({ id, status: 'cancelled' });
    expect(await talk.ended('k1')).toMatchObject({ state: 'aborted' });
    expect(textOf((await talk.ended('k3')).message)).toMatch(/^Echo: .*2$/s);
  });

  it('is not answered by somebody who may not answer questions', async () => {
    const talk = await begin();
    const writer = await fixture.connect(talk.gateway, {
      ...appClient(),
      scopes: ['operator.read', 'operator.write'],
    });
    await talk.send('ask me', 'k1');
    const { id } = await requested(talk);
    const said = { sessionKey: 'main', message: '2', idempotencyKey: 'k2', queueMode: 'followup' };
    await writer.call('chat.send', said);
    await talk.ended('k2');
    expect(await talk.client.call('question.list', {})).toMatchObject({ questions: [{ id }] });
    await talk.client.call('question.resolve', { id, cancel: true });
    await talk.ended('k1');
  });

  it.each([
    ['no options', { questions: [{ ...question, options: [] }] }, 'options'],
    ['four questions', { questions: [question, question, question, question] }, 'questions'],
    ['one id twice', { questions: [question, question] }, 'two questions have one id'],
    ['an id that is none', { questions: [{ ...question, id: 'To Where?' }] }, 'id'],
    ['a broken wait', { questions: [question], timeoutSeconds: 1.5 }, 'timeoutSeconds'],
  ])('with %s is not asked, and the model is told why', async (_, args, word) => {
    asked = args;
    const talk = await begin();
    await talk.send('ask me', 'k1');
    expect(textOf((await talk.ended('k1')).message)).toContain(word);
    expect((await talk.rows())[2]).toMatchObject({ role: 'toolResult', isError: true });
    const end = talk.agentEvents('k1', 'tool').at(-1)?.data;
    expect(end).toMatchObject({ meta: 'Where should it go?', isError: true });
    expect(talk.client.frames.some(isEvent('question.requested'))).toBe(false);
  });

  it('is not offered to a model that has nothing else to do', async () => {
    const toolsOf = () => JSON.stringify(server.requests.at(-1)?.body.tools ?? []);
    await (await begin()).say('hello', 'k1');
    expect(toolsOf()).toContain('ask_user');
    await (await begin({ agent: { exec: 'deny' } })).say('hello', 'k1');
    expect(toolsOf()).toBe('[]');
  });
});
