import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { startTalk, type Talk, textOf } from '../test-support/talk.ts';
import { isEvent } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const KEY = 'agent:main:plans';
let server: ModelServer;
let stateDir: string;
let talk: Talk;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
  stateDir = await fixture.stateDir();
  talk = await startTalk(fixture, {
    model: { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl },
    stateDir,
  });
});

type Removed = { name: string; key: string; reason: string; removedAt: number; title: string };
const removed = async (params: object = {}) =>
  (await talk.client.call('chela.removed.list', params)).removed as Removed[];
const restore = (name: unknown) => talk.client.request('chela.removed.restore', { name });
const historyOf = async (sessionKey: string) => {
  const { messages } = await talk.client.call('chat.history', { sessionKey });
  return messages as Record<string, unknown>[];
};
const words = async (sessionKey: string) =>
  (await historyOf(sessionKey)).map(({ content }) =>
    typeof content === 'string' ? content : textOf({ content }),
  );
const askedAtLast = () =>
  server.requests
    .at(-1)
    ?.messages.slice(1)
    .map(({ content }) => content);

describe('what was removed comes back (R1)', () => {
  it('a deleted conversation under its key, with its name, its rows and its place in what the model is shown', async () => {
    await talk.say('first', 'k1', { sessionKey: KEY });
    await talk.say('/status', 'k2', { sessionKey: KEY });
    await talk.client.call('sessions.patch', { key: KEY, label: 'Plans' });
    const before = await historyOf(KEY);
    await talk.client.call('sessions.delete', { key: KEY });
    expect(await historyOf(KEY)).toEqual([]);
    const [only, ...others] = await removed();
    expect([only, others]).toEqual([
      {
        name: expect.stringMatching(/\.deleted\..*\.jsonl$/),
        key: KEY,
        reason: 'deleted',
        removedAt: expect.any(Number),
        title: 'Plans',
      },
      [],
    ]);

    await talk.client.call('sessions.subscribe', {});
    expect((await restore(only?.name)).payload).toMatchObject({
      ok: true,
      key: KEY,
      entry: { label: 'Plans' },
    });
    await talk.client.next(isEvent('sessions.changed', ({ reason }) => reason === 'restore'));
    expect(await historyOf(KEY)).toEqual(before);
    await talk.say('second', 'k3', { sessionKey: KEY });
    expect(askedAtLast()).toEqual(['first', 'Echo: first', 'second']);
    expect(await talk.client.call('sessions.search', { query: 'first' })).toMatchObject({
      results: expect.arrayContaining([expect.objectContaining({ sessionKey: KEY })]),
    });
  });

  it('an emptied or rewound one beside what goes on under its key', async () => {
    await talk.say('first', 'k1');
    await talk.say('second', 'k2');
    const [, , second] = (await talk.rows()) as { __openclaw: { id: string } }[];
    await talk.client.call('sessions.rewind', { sessionKey: 'main', entryId: second?.__openclaw.id });
    await talk.client.call('sessions.reset', { key: 'main' });
    const [emptied, rewound] = await removed();
    expect([emptied, rewound]).toMatchObject([
      { reason: 'reset', title: 'first' },
      { reason: 'rewound', title: 'first' },
    ]);
    expect(await removed({ limit: 1 })).toEqual([emptied]);
    const { key } = (await restore(rewound?.name)).payload as { key: string };
    expect(key).toMatch(/^agent:main:dashboard:/);
    expect(await words(key)).toEqual(['first', 'Echo: first', 'second', 'Echo: second']);
    expect(await words('main')).toEqual(['Reset']);
    // Again, because a second thought is no mistake.
    expect((await restore(rewound?.name)).payload).not.toMatchObject({ key });
  });
});

describe('what is no such file', () => {
  const named = (id: string) => `${id}.deleted.2026-11-01T00-00-00.000Z.jsonl`;
  const head = (more: object = {}) =>
    JSON.stringify({
      type: 'session',
      key: 'agent:main:a',
      sessionId: 's',
      createdAt: 1,
      settings: {},
      ...more,
    });
  const row = (more: object = {}) =>
    JSON.stringify({
      role: 'user',
      content: 'x',
      timestamp: 1,
      idempotencyKey: 'k:user',
      __openclaw: { id: 'i' },
      ...more,
    });

  it.each(['nothing', '../openclaw.json', '', 7, undefined])('%j names nothing', async (name) => {
    expect((await restore(name)).error).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it.each([
    ['no JSON', 'what?'],
    ['another head', `${head({ type: 'else' })}\n${row()}`],
    ['settings that are none', `${head({ settings: { label: {} } })}\n${row()}`],
    ['a row without an id', `${head()}\n${row({ __openclaw: {} })}`],
    ['a row of nobody', `${head()}\n${row({ role: 'root' })}`],
    ['a row cut off', `${head()}\n${row().slice(0, -9)}`],
    ['one row twice', `${head()}\n${row()}\n${row()}`],
  ])('%s is refused as a whole', async (_what, content) => {
    const dir = join(stateDir, 'archive');
    await mkdir(dir);
    await writeFile(join(dir, named('s')), content);
    expect((await restore(named('s'))).error).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await talk.client.call('sessions.list', {})).toMatchObject({ count: 0 });
  });

  it('a link is not followed', async () => {
    const dir = join(stateDir, 'archive');
    await mkdir(dir);
    await writeFile(join(stateDir, 'elsewhere'), `${head()}\n${row()}`);
    await symlink(join(stateDir, 'elsewhere'), join(dir, named('s')));
    expect(await removed()).toEqual([]);
    expect((await restore(named('s'))).error).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await readdir(dir)).toHaveLength(1);
    expect(await readFile(join(stateDir, 'elsewhere'), 'utf8')).toContain('session');
  });

  it('takes the right of an administrator', async () => {
    const reader = await fixture.connect(talk.gateway);
    expect((await reader.request('chela.removed.list', {})).ok).toBe(true);
    expect((await reader.request('chela.removed.restore', { name: 'x' })).error).toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
