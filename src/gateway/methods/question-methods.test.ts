import * as schemas from '@openclaw/gateway-protocol/schema';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayClock, systemClock } from '../clock.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type EventFrame, isEvent, newDevice, type TestClient } from '../test-support/wire-client.ts';

/** Shapes, reasons and times of a real Gateway (2026.9.6). One Gateway for all. */
const fixture = createFixture();
let asker: TestClient;
let person: TestClient;
let reader: TestClient;
let aheadMs = 0;

const clock: GatewayClock = { now: () => Date.now() + aheadMs, after: systemClock.after };
const app = (...scopes: string[]) => ({
  id: 'openclaw-linux',
  mode: 'ui',
  device: newDevice(),
  scopes: ['operator.read', ...scopes],
});

beforeAll(async () => {
  const gateway = await fixture.start({ clock });
  asker = await fixture.connect(gateway, app('operator.questions'));
  person = await fixture.connect(gateway, app('operator.questions'));
  reader = await fixture.connect(gateway, app('operator.write', 'operator.approvals'));
});
afterAll(() => fixture.cleanUp());

const where = {
  questionId: 'where',
  header: 'Where',
  question: 'Where should it go?',
  options: [{ label: 'Staging' }, { label: 'Production', description: 'Everybody sees it.' }],
};
const ask = (params: object = {}) => asker.call('question.request', { questions: [where], ...params });
const resolve = (id: unknown, params: object) => person.request('question.resolve', { id, ...params });
const answering = (...values: string[]) => ({ answers: { answers: { where: values } } });
const told = (event: 'requested' | 'resolved', id: unknown) =>
  person.next<EventFrame>(isEvent(`question.${event}`, (payload) => payload.id === id));
const problems = (schema: TSchema, value: unknown) => [...Value.Errors(schema, value)];

describe('a question (R8)', () => {
  it('is told, listed, answered and remembered for a moment, all by the published schemas', async () => {
    const asked = await ask({ id: 'q-1', sessionKey: 'Main', runId: 'k1', timeoutMs: 60_000 });
    expect(asked).toEqual({ id: 'q-1', expiresAtMs: expect.any(Number) });
    const { payload } = await told('requested', 'q-1');
    expect(payload).toEqual({
      id: 'q-1',
      questions: [where],
      agentId: 'main',
      sessionKey: 'agent:main:main',
      runId: 'k1',
      createdAtMs: Number(asked.expiresAtMs) - 60_000,
      expiresAtMs: asked.expiresAtMs,
      status: 'pending',
    });
    expect(problems(schemas.QuestionRequestedEventSchema, payload)).toEqual([]);
    expect(await person.call('question.list', {})).toEqual({ questions: [payload] });
    expect(await person.call('question.get', { id: 'q-1' })).toEqual({ question: payload });

    const waited = asker.call('question.waitAnswer', { id: 'q-1' });
    const answered = { status: 'answered', ...answering('Staging') };
    const { payload: settled } = await resolve('q-1', { ...answering(' Staging '), resolvedBy: 'Ann' });
    expect(settled).toEqual(answered);
    expect(await waited).toEqual(answered);
    const event = (await told('resolved', 'q-1')).payload;
    expect(event).toEqual({ id: 'q-1', ...answered });
    expect(problems(schemas.QuestionResolvedEventSchema, event)).toEqual([]);
    expect(await person.call('question.list', {})).toEqual({ questions: [] });
    expect(await person.call('question.get', { id: 'q-1' })).toEqual({
      question: { ...payload, ...answered, resolvedBy: 'Ann' },
    });
    expect((await resolve('q-1', answering('Production'))).error?.details).toEqual({
      reason: 'QUESTION_ALREADY_TERMINAL',
    });

    aheadMs += 15_001;
    expect((await person.request('question.waitAnswer', { id: 'q-1' })).error?.details).toEqual({
      reason: 'QUESTION_NOT_FOUND',
    });
  });

  it('is skipped, and whoever waits for it hears that', async () => {
    const { id } = await ask();
    const waited = asker.call('question.waitAnswer', { id });
    expect((await resolve(id, { cancel: true })).payload).toEqual({ status: 'cancelled' });
    expect(await waited).toEqual({ status: 'cancelled' });
    expect((await told('resolved', id)).payload).toEqual({ id, status: 'cancelled' });
  });

  it('expires by itself; a wait may end before', async () => {
    const { id } = await ask({ timeoutMs: 300 });
    expect(await asker.call('question.waitAnswer', { id, timeoutMs: 1 })).toEqual({ status: 'pending' });
    expect(await asker.call('question.waitAnswer', { id })).toEqual({ status: 'expired' });
    expect((await told('resolved', id)).payload).toEqual({ id, status: 'expired' });
  });

  it('waits a quarter of an hour, or as long as was said, however long that is', async () => {
    const { id } = await ask();
    const { createdAtMs, expiresAtMs } = (await told('requested', id)).payload;
    expect(Number(expiresAtMs) - Number(createdAtMs)).toBe(15 * 60_000);
    await resolve(id, { cancel: true });
    const long = await ask({ timeoutMs: 2 ** 40 });
    expect(await asker.call('question.waitAnswer', { id: long.id, timeoutMs: 50 })).toEqual({
      status: 'pending',
    });
    await resolve(long.id, { cancel: true });
  });
});

describe('who may know of questions', () => {
  it('everybody with the scope, and nobody else', async () => {
    const { id } = await ask();
    await told('requested', id);
    for (const [method, params] of [
      ['question.list', {}],
      ['question.get', { id }],
      ['question.request', { questions: [where] }],
      ['question.resolve', { id, cancel: true }],
      ['question.waitAnswer', { id }],
    ] as const) {
      expect((await reader.request(method, params)).error).toMatchObject({
        code: 'FORBIDDEN',
        details: { missingScope: 'operator.questions' },
      });
    }
    await resolve(id, { cancel: true });
    await told('resolved', id);
    await reader.call('health', {});
    expect(reader.frames.filter((frame) => frame.type === 'event' && /^question/.test(frame.event))).toEqual(
      [],
    );
  });
});

describe('question.request refuses', () => {
  it.each([
    ['no question', { questions: [] }],
    ['four', { questions: ['a', 'b', 'c', 'd'].map((questionId) => ({ ...where, questionId })) }],
    ['one option', { questions: [{ ...where, options: [{ label: 'Staging' }] }] }],
    ['one id twice', { questions: [where, where] }],
    ['one label twice', { questions: [{ ...where, options: [{ label: 'Go' }, { label: ' go ' }] }] }],
    ['a secret', { questions: [{ ...where, options: [], isSecret: true }] }],
    [
      'the secret store',
      {
        questions: [{ ...where, options: [], isSecret: true, secretStore: { name: 'KEY', kind: 'secret' } }],
      },
    ],
    [
      'a conversation of another agent',
      { questions: [where], agentId: 'main', sessionKey: 'agent:other:main' },
    ],
  ])('%s', async (_, params) => {
    expect((await asker.request('question.request', params)).error?.code).toBe('INVALID_REQUEST');
    expect(await asker.call('question.list', {})).toEqual({ questions: [] });
  });

  it('nothing for want of the agent', async () => {
    for (const [place, expected] of [
      [{ agentId: 'other' }, { agentId: 'other' }],
      [{ sessionKey: 'Agent:Other:Main' }, { agentId: 'other', sessionKey: 'agent:other:main' }],
    ] as const) {
      const { id } = await ask(place);
      expect((await told('requested', id)).payload).toMatchObject(expected);
      await resolve(id, { cancel: true });
    }
  });

  it('an id that is taken', async () => {
    const { id } = await ask();
    const again = await asker.request('question.request', { id, questions: [where] });
    expect(again.error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { reason: 'QUESTION_ID_IN_USE' },
    });
    await resolve(id, { cancel: true });
  });
});

describe('question.resolve refuses, and the question waits on', () => {
  it.each([
    ['no answer', {}, {}],
    ['an empty one', {}, { where: [' '] }],
    ['an answer to something else', {}, { where: ['Staging'], constructor: ['x'] }],
    ['two answers where one is asked for', {}, { where: ['Staging', 'Production'] }],
    ['an option that is not there', { multiSelect: true }, { where: ['Staging', 'Mars'] }],
  ])('%s', async (_, question, answers) => {
    const { id } = await ask({ questions: [{ ...where, ...question }] });
    expect((await resolve(id, { answers: { answers } })).error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { reason: 'QUESTION_INVALID_ANSWER' },
    });
    expect((await resolve(id, { cancel: true })).ok).toBe(true);
  });

  it('takes several options, and other words where they are wanted', async () => {
    const question = { ...where, multiSelect: true, isOther: true };
    const { id } = await ask({ questions: [question] });
    const given = answering('Production', 'Staging', 'and Mars');
    expect((await resolve(id, given)).payload).toEqual({ status: 'answered', ...given });
  });
});
