import * as schemas from '@openclaw/gateway-protocol';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { startTalk, type Talk, textOf } from '../test-support/talk.ts';
import { isEvent } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const sessionKey = 'main';
let server: ModelServer;
let talk: Talk;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
  talk = await startTalk(fixture, {
    model: { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl },
    stateDir: await fixture.stateDir(),
  });
});

type Row = { role: string; content: unknown; __openclaw: { id: string } };
type Branch = { leafEntryId: string; headline: string; messageCount: number; active: boolean };

const rows = async () => (await talk.rows()) as Row[];
const words = async () =>
  (await rows()).map(({ content }) => (typeof content === 'string' ? content : textOf({ content })));
const branches = async () => {
  const answer = await talk.client.call('sessions.branches.list', { sessionKey });
  expect(Value.Check(schemas.SessionsBranchesListResultSchema, answer)).toBe(true);
  return answer.branches as Branch[];
};
const change = (leafEntryId = '', key = sessionKey) =>
  talk.client.request('sessions.branches.switch', { sessionKey: key, leafEntryId });
/** Takes it back to before its last question, and says something else. */
const sayInstead = async (text: string, runId: string) => {
  const question = (await rows()).findLast(({ role }) => role === 'user');
  await talk.client.call('sessions.rewind', { sessionKey, entryId: question?.__openclaw.id });
  await talk.say(text, runId);
};

it('R1: what was said before a conversation was taken back is listed, and comes back in its place', async () => {
  expect(await branches()).toEqual([]);
  await talk.say('first', 'k1');
  await talk.say('second', 'k2');
  const before = await rows();
  await sayInstead('other', 'k3');
  const [active, former, ...more] = await branches();
  expect([active, former, more]).toMatchObject([
    { headline: 'Echo: other', messageCount: 4, active: true },
    { headline: 'Echo: second', messageCount: 4, active: false, leafEntryId: before.at(-1)?.__openclaw.id },
    [],
  ]);

  await talk.client.call('sessions.subscribe', {});
  const { payload } = await change(former?.leafEntryId);
  expect(Value.Check(schemas.SessionsBranchesSwitchResultSchema, payload)).toBe(true);
  await talk.client.next(isEvent('sessions.changed', ({ reason }) => reason === 'branch-switch'));
  expect(await rows()).toEqual(before);
  expect((await branches()).map(({ headline }) => headline)).toEqual(['Echo: second', 'Echo: other']);
  await talk.say('third', 'k4');
  expect(
    server.requests
      .at(-1)
      ?.messages.slice(1)
      .map(({ content }) => content),
  ).toEqual(['first', 'Echo: first', 'second', 'Echo: second', 'third']);

  await change(active?.leafEntryId);
  expect(await words()).toEqual(['first', 'Echo: first', 'other', 'Echo: other']);
  await change(former?.leafEntryId);
  expect(await words()).toEqual(['first', 'Echo: first', 'second', 'Echo: second']);
  const leaves = (await branches()).map(({ leafEntryId }) => leafEntryId);
  expect(new Set(leaves).size).toBe(leaves.length);
});

it('R1: what was before a reset, and of another conversation, is none of its branches', async () => {
  await talk.say('elsewhere', 'k0', { sessionKey: 'other' });
  await talk.say('first', 'k1');
  await sayInstead('other', 'k2');
  expect(await branches()).toHaveLength(2);
  await talk.client.call('sessions.reset', { key: sessionKey });
  expect((await branches()).map(({ active }) => active)).toEqual([true]);
});

it('R1: refuses a branch that is open or nowhere, a stranger’s conversation, and one that is being answered', async () => {
  await talk.say('first', 'k1');
  await sayInstead('other', 'k2');
  const [active, former] = await branches();
  const errorOf = async (...asked: Parameters<typeof change>) => (await change(...asked)).error;
  expect(await errorOf(active?.leafEntryId)).toMatchObject({
    message: `branch is already active: ${active?.leafEntryId}`,
  });
  expect(await errorOf('x')).toMatchObject({ message: 'branch entry not found: x' });
  expect(await errorOf('x', 'nowhere')).toMatchObject({ message: 'session not found: nowhere' });
  server.script = async (_request, { write, closed }) => {
    write('one');
    await closed;
  };
  await talk.send('slow', 'k3');
  await talk.client.next(isEvent('chat', ({ runId, state }) => runId === 'k3' && state === 'delta'));
  expect(await errorOf(former?.leafEntryId)).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await words()).toContain('slow');
});
