import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstreamGateway, type UpstreamGateway } from '../../../../e2e/fixtures/upstream-gateway.ts';
import { firstOfEachKind, rowKind } from '../../test-support/event-shapes.ts';
import { createFixture, TOKEN } from '../../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../../test-support/model-server.ts';
import { appClient, textOf } from '../../test-support/talk.ts';
import {
  connect,
  type EventFrame,
  isEvent,
  newDevice,
  type ResponseFrame,
  type TestClient,
} from '../../test-support/wire-client.ts';

type Payload = Record<string, unknown>;
type Run = { readonly sessionKey: string; readonly runId: string };
/** What was seen on one Gateway, by the part of the walk and the name of what was done in it. */
type Seen = Map<string, Record<string, unknown>>;

const fixture = createFixture();
let upstream: UpstreamGateway | undefined;
const models: ModelServer[] = [];

const where = {
  id: 'where',
  header: 'Where it should go',
  question: 'Where should it go?',
  options: [{ label: 'Staging (Recommended)', description: 'Ours alone.' }, { label: 'Production' }],
};
const when = {
  id: 'when',
  header: 'When',
  question: 'When?',
  options: [{ label: 'Now' }, { label: 'Later' }],
};

/** What the model asks, by a word of the message. */
const asked: Record<string, Payload> = {
  'ask-one': { questions: [where] },
  'ask-brief': { questions: [where], timeoutSeconds: 1 },
  'ask-two': { questions: [{ ...where, multiSelect: true }, when], timeoutSeconds: 100_000 },
};
/** What no person is asked. */
const wrong: Record<string, Payload> = {
  'ask-nothing': { questions: [] },
  'ask-four': { questions: ['a', 'b', 'c', 'd'].map((id) => ({ ...where, id })) },
  'ask-twice': { questions: [where, where] },
  'ask-openly': { questions: [{ ...where, options: [] }] },
  'ask-narrowly': { questions: [{ ...where, options: [{ label: 'Staging' }] }] },
  'ask-alike': { questions: [{ ...where, options: [{ label: 'Go' }, { label: ' go ' }] }] },
  'ask-badly': { questions: [{ ...where, id: 'To Where?' }] },
  'ask-secretly': { questions: [{ ...where, isSecret: true }] },
  'ask-long': { questions: [{ ...where, options: [{ label: 'x'.repeat(65) }, { label: 'y' }] }] },
  'ask-halfway': { questions: [where], timeoutSeconds: 45.5 },
};

/** The same script for both; a real Gateway wraps the message in context of its own. */
async function scriptedModel(): Promise<ModelServer> {
  const server = await startModelServer();
  const scripts = Object.entries({ ...asked, ...wrong });
  server.script = ({ messages }, answer) => {
    const result = messages.findLast(({ role }) => role === 'tool');
    if (result !== undefined) return answer.write(`tool said: ${result.content}`);
    const all = messages.map(({ content }) => content).join('\n');
    const [, args] = scripts.find(([word]) => all.includes(`${word} please`)) ?? [];
    if (args === undefined) answer.write('Hello there.');
    else answer.call('ask_user', args);
  };
  models.push(server);
  return server;
}

/** An answer without what each Gateway words in its own way. */
const outcomeOf = ({ ok, payload, error }: ResponseFrame) =>
  ok ? { payload } : { code: error?.code, details: error?.details };

/** Its id and its moments are its own. */
const shapeOf = ({ id, createdAtMs, expiresAtMs, ...rest }: Payload): Payload => ({
  ...rest,
  id: typeof id,
  waitsMs: Number(expiresAtMs) - Number(createdAtMs),
});

const sameId = (id: unknown) => (payload: Payload) => payload.id === id;
const isEnd = (runId: string) =>
  isEvent(
    'chat',
    ({ runId: id, state }) => id === runId && ['final', 'aborted', 'error'].includes(String(state)),
  );

type Clients = { readonly person: TestClient; readonly asker: TestClient; readonly reader: TestClient };

function walkOn({ person, asker, reader }: Clients) {
  const seen: Seen = new Map();
  const note = (part: string, name: string, value: unknown) =>
    seen.set(part, { ...seen.get(part), [name]: value });
  const told = async (event: string, fits: (payload: Payload) => boolean) =>
    (await person.next<EventFrame>(isEvent(`question.${event}`, fits))).payload;
  const got = async (id: string) => shapeOf((await person.call('question.get', { id })).question as Payload);
  const resolve = async (params: Payload) => outcomeOf(await person.request('question.resolve', params));
  const resolved = async (id: unknown) => ({ ...(await told('resolved', sameId(id))), id: typeof id });

  const send = async (name: string, message: string): Promise<Run> => {
    const run = { sessionKey: `agent:main:${name}`, runId: `${name}-run` };
    await person.call('chat.send', { sessionKey: run.sessionKey, message, idempotencyKey: run.runId });
    return run;
  };
  const begin = async (name: string, word: string) => {
    const run = await send(name, `${word} please`);
    const record = await told('requested', ({ sessionKey }) => sessionKey === run.sessionKey);
    return { ...run, record, id: String(record.id) };
  };
  /** How the run ended, what stands in its history, and what was told of the call. */
  const finish = async (part: string, name: string, { sessionKey, runId }: Run) => {
    const { payload } = await person.next<EventFrame>(isEnd(runId));
    const rows = (await person.call('chat.history', { sessionKey })).messages as Payload[];
    const result = rows.find(({ role }) => role === 'toolResult');
    const said = result?.isError === false ? textOf(result) : '';
    const isOfRun = isEvent('agent', (event) => event.runId === runId);
    const events = person.frames.filter(isOfRun) as EventFrame[];
    note(part, `${name}: end`, {
      state: payload.state,
      rows: rows.map(rowKind),
      isError: result?.isError,
      details: result?.isError ? null : result?.details,
      given: said === '' ? null : JSON.parse(said.slice(said.indexOf('{'))),
      kinds: [...firstOfEachKind(events).keys()].toSorted(),
      calls: events
        .filter((event) => event.payload.stream === 'tool')
        .map((event) => Object(event.payload.data) as Payload)
        .map(({ phase, name: tool, meta, isError, args }) => ({ phase, tool, meta, isError, args })),
    });
  };

  const answered = async () => {
    const part = 'answered';
    const { id, record, ...run } = await begin('one', 'ask-one');
    note(part, 'requested', shapeOf(record));
    const { questions } = await person.call('question.list', {});
    note(part, 'listed', (questions as Payload[]).filter(sameId(id)).map(shapeOf));
    note(part, 'got', await got(id));
    for (const params of [
      { answers: { answers: {} } },
      { answers: { answers: { where: [] } } },
      { answers: { answers: { where: [' '] } } },
      { answers: { answers: { where: ['Staging (Recommended)', 'Production'] } } },
      { answers: { answers: { where: ['Production'], other: ['x'] } } },
      {},
      { cancel: true, answers: { answers: { where: ['x'] } } },
      { cancel: false },
      { cancel: true, extra: 1 },
    ]) {
      note(part, `refused: ${JSON.stringify(params)}`, await resolve({ id, ...params }));
    }
    const waiting = asker.request('question.waitAnswer', { id });
    const answers = { answers: { where: [' neither, keep it here '] } };
    note(part, 'answer', await resolve({ id, answers }));
    note(part, 'waited', outcomeOf(await waiting));
    note(part, 'resolved', await resolved(id));
    note(part, 'second answer', await resolve({ id, answers }));
    note(part, 'late skip', await resolve({ id, cancel: true }));
    note(part, 'got after', await got(id));
    note(part, 'waited after', outcomeOf(await person.request('question.waitAnswer', { id })));
    await finish(part, 'run', run);
  };

  const twoAtOnce = async () => {
    const part = 'two at once';
    const { id, record, ...run } = await begin('two', 'ask-two');
    note(part, 'requested', shapeOf(record));
    note(part, 'half an answer', await resolve({ id, answers: { answers: { where: ['Production'] } } }));
    const whole = { where: ['Production', 'staging (recommended)', 'Mars', 'Mars'], when: [' Now '] };
    note(part, 'answer', await resolve({ id, answers: { answers: whole } }));
    await finish(part, 'run', run);
  };

  const givenUp = async () => {
    const part = 'given up';
    const skipped = await begin('skipped', 'ask-one');
    note(part, 'skip', await resolve({ id: skipped.id, cancel: true }));
    note(part, 'skipped', await resolved(skipped.id));
    note(part, 'second skip', await resolve({ id: skipped.id, cancel: true }));
    await finish(part, 'skipped', skipped);

    const stopped = await begin('stopped', 'ask-one');
    await person.call('chat.abort', { sessionKey: stopped.sessionKey, runId: stopped.runId });
    note(part, 'stopped', await resolved(stopped.id));
    note(part, 'got after stop', await got(stopped.id));

    const ended = await begin('interrupted', 'ask-one');
    const { sessionKey } = ended;
    const message = { message: '2', idempotencyKey: 'interrupting', queueMode: 'interrupt' };
    await person.call('chat.send', { sessionKey, ...message });
    note(part, 'interrupted', await resolved(ended.id));
    note(part, 'got after interruption', await got(ended.id));
    const { payload } = await person.next<EventFrame>(isEnd(ended.runId));
    note(part, 'interrupted run', payload.state);
  };

  /** A message instead of a press. */
  const inWords = async () => {
    const part = 'in words';
    for (const [word, said, more] of [
      ['ask-one', '2', {}],
      ['ask-one', ' production', { queueMode: 'followup' }],
      ['ask-one', 'never mind', { queueMode: 'collect' }],
      ['ask-one', '9', { queueMode: 'steer' }],
      ['ask-one', '/nowhere', {}],
      ['ask-one', '/status', { suppressCommandInterpretation: true }],
      ['ask-two', '1\n2', {}],
      ['ask-two', 'when: later\nWhere it sho - mars, production; 2', {}],
    ] as const) {
      const name = `${word} ${said.trim().replace(/\W+/g, '-')}`.toLowerCase();
      const { id, ...run } = await begin(name.replace(' ', '-'), word);
      const runId = `${run.runId}-2`;
      const message = { sessionKey: run.sessionKey, message: said, idempotencyKey: runId };
      const { status } = await person.call('chat.send', { ...message, ...more });
      note(part, `${name}: sent`, status);
      note(part, `${name}: resolved`, await resolved(id));
      note(part, `${name}: got`, await got(id));
      const { payload } = await person.next<EventFrame>(isEnd(runId));
      note(part, `${name}: send ended`, [payload.state, payload.message]);
      const waited = await person.call('agent.wait', { runId, timeoutMs: 10_000 });
      note(part, `${name}: send waited for`, waited.status);
      await finish(part, name, run);
    }

    const { id, ...run } = await begin('few-words', 'ask-two');
    const { sessionKey } = run;
    await person.call('chat.send', { sessionKey, message: 'Mars', idempotencyKey: 'few-words-2' });
    const { payload } = await person.next<EventFrame>(isEnd('few-words-2'));
    note(part, 'too few', [payload.state, typeof payload.errorMessage]);
    note(part, 'too few: waits on', (await got(id)).status);
    await person.call('chat.send', { sessionKey, message: '/status', idempotencyKey: 'few-words-3' });
    const { payload: status } = await person.next<EventFrame>(isEnd('few-words-3'));
    note(part, 'a command', [status.state, textOf(status.message) !== '', (await got(id)).status]);
    await resolve({ id, cancel: true });
    await finish(part, 'too few', run);
  };

  const wronglyAsked = async () => {
    const part = 'wrongly asked';
    for (const word of Object.keys(wrong)) await finish(part, word, await send(word, `${word} please`));
    const isOne = ({ sessionKey }: Payload) => String(sessionKey).replace('agent:main:', '') in wrong;
    note(part, 'told', person.frames.filter(isEvent('question.requested', isOne)).length);
  };

  /** Asked by a program, without a run. */
  const byProgram = async () => {
    const part = 'by a program';
    const options = [{ label: 'A' }, { label: 'B' }];
    const place = { questionId: 'where', header: 'Where', question: 'Where?', options };
    const ask = (params: Payload) => asker.request('question.request', { questions: [place], ...params });
    const answer = (id: string, ...values: string[]) =>
      resolve({ id, answers: { answers: { where: values } }, resolvedBy: 'Ann' });
    note(part, 'asked', Object.keys((await ask({ id: 'q', timeoutMs: 60_000 })).payload ?? {}).toSorted());
    note(part, 'requested', shapeOf(await told('requested', sameId('q'))));
    note(part, 'taken id', outcomeOf(await ask({ id: 'q' })));
    note(part, 'no such option', await answer('q', 'C'));
    note(part, 'another case', await answer('q', 'a'));
    note(part, 'answer', await answer('q', ' A '));
    note(part, 'resolved', await resolved('q'));
    note(part, 'got after', await got('q'));
    note(part, 'taken id after', outcomeOf(await ask({ id: 'q' })));

    await ask({ id: 'soon', timeoutMs: 700, sessionKey: 'Main', runId: 'r1' });
    note(part, 'soon: requested', shapeOf(await told('requested', sameId('soon'))));
    const wait = (more: Payload) => asker.request('question.waitAnswer', { id: 'soon', ...more });
    note(part, 'soon: waited a moment', outcomeOf(await wait({ timeoutMs: 1 })));
    note(part, 'soon: waited', outcomeOf(await wait({})));
    note(part, 'soon: resolved', await resolved('soon'));
    note(part, 'soon: late answer', await answer('soon', 'A'));
    const { questions } = await person.call('question.list', {});
    note(part, 'soon: listed', (questions as Payload[]).some(sameId('soon')));

    await ask({ id: 'open', questions: [{ ...place, options: [] }] });
    note(part, 'open: requested', shapeOf(await told('requested', sameId('open'))));
    note(part, 'open: answer', await answer('open', 'x'));

    for (const [index, params] of [
      {},
      { sessionKey: 'work' },
      { agentId: 'other' },
      { agentId: 'MAIN' },
      { sessionKey: 'agent:other:main' },
      { agentId: 'main', sessionKey: 'agent:other:main' },
      { agentId: 'other', sessionKey: 'main' },
      { sessionKey: '' },
      { questions: [] },
      { questions: [place, place] },
      { questions: [{ ...place, options: options.slice(1) }] },
      { questions: [{ ...place, options: [{ label: 'A' }, { label: ' a ' }] }] },
      { questions: [{ ...place, options: [], isSecret: true }] },
      { questions: [{ ...place, header: 'more than twelve' }] },
    ].entries()) {
      const id = `asked-${index}`;
      const { ok, error } = await ask({ id, ...params });
      note(part, JSON.stringify(params), ok ? await got(id) : error?.code);
    }
    for (const [method, params] of [
      ['question.resolve', { id: 'nobody', cancel: true }],
      ['question.resolve', { id: 'nobody', answers: { answers: {} } }],
      ['question.get', { id: 'nobody' }],
      ['question.waitAnswer', { id: 'nobody' }],
      ['question.get', {}],
      ['question.list', { status: 'pending' }],
    ] as const) {
      const name = `${method} ${JSON.stringify(params)}`;
      note(part, name, outcomeOf(await person.request(method, params)));
      // Ours says in the details which scope is missing.
      note(part, `${name} without the scope`, (await reader.request(method, params)).error?.code);
    }
  };

  /** Half a minute is the shortest that the agent may wait. */
  const expired = async ({ id, record, ...run }: Awaited<ReturnType<typeof begin>>) => {
    const part = 'expired';
    note(part, 'requested', shapeOf(record));
    note(part, 'resolved', await resolved(id));
    await finish(part, 'run', run);
  };

  const audience = async () => {
    await asker.call('health', {});
    await reader.call('health', {});
    const heard = ({ frames }: TestClient) =>
      frames.filter((frame) => frame.type === 'event' && frame.event.startsWith('question.')).length;
    note('audience', 'with the scope', heard(asker) === heard(person));
    note('audience', 'without it', heard(reader));
  };

  return async () => {
    const brief = await begin('brief', 'ask-brief');
    for (const step of [answered, twoAtOnce, givenUp, inWords, wronglyAsked, byProgram]) await step();
    await expired(brief);
    await audience();
    return seen;
  };
}

let theirs: Seen;
let ours: Seen;

beforeAll(async () => {
  const [theirModel, ourModel] = [await scriptedModel(), await scriptedModel()];
  upstream = await startUpstreamGateway({
    modelPort: theirModel.port,
    token: TOKEN,
    // The model is given every tool at once.
    config: { tools: { toolSearch: false } },
  });
  const { url } = upstream;
  const gateway = await fixture.start({
    model: { providerId: 'fake', modelId: 'fake-1', baseUrl: ourModel.baseUrl },
  });
  const scoped = (...scopes: string[]) => ({ ...appClient(), device: newDevice(), scopes });
  const clientsBy = async (open: (who: ReturnType<typeof scoped>) => Promise<TestClient>) => ({
    person: await open(scoped('operator.read', 'operator.write', 'operator.questions', 'operator.admin')),
    asker: await open(scoped('operator.read', 'operator.questions')),
    reader: await open(scoped('operator.read', 'operator.write', 'operator.approvals')),
  });
  const there = await clientsBy(async (who) => {
    const client = await connect({ url, auth: { token: TOKEN }, ...who });
    fixture.defer(() => client.close());
    return client;
  });
  const here = await clientsBy((who) => fixture.connect(gateway, who));
  [theirs, ours] = await Promise.all([walkOn(there)(), walkOn(here)()]);
}, 300_000);

afterAll(async () => {
  await fixture.cleanUp();
  await upstream?.stop();
  for (const model of models) await model.stop();
});

describe('a question on both Gateways (R1, R8)', () => {
  it.each([
    'answered',
    'two at once',
    'given up',
    'in words',
    'wrongly asked',
    'by a program',
    'expired',
    'audience',
  ])('is the same to a client: %s', (part) => {
    expect(theirs.get(part)).toBeDefined();
    expect(ours.get(part)).toEqual(theirs.get(part));
  });
});
