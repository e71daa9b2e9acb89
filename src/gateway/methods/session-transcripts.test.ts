import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { startTalk, type Talk, textOf } from '../test-support/talk.ts';
import { isEvent } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const key = 'agent:main:main';
const note = {
  type: 'file',
  mimeType: 'text/plain',
  fileName: 'note.txt',
  content: Buffer.from('a note').toString('base64'),
};
let server: ModelServer;
let stateDir: string;
let talk: Talk;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
  stateDir = await fixture.stateDir();
  const model = { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl };
  talk = await startTalk(fixture, { model, stateDir });
});

type Row = { role: string; content: unknown; __openclaw: { id: string } };
const rows = async () => (await talk.rows()) as Row[];
const words = async () =>
  (await rows()).map(({ content }) => (typeof content === 'string' ? content : textOf({ content })));
const rewind = (entryId: string, sessionKey = 'main') =>
  talk.client.request('sessions.rewind', { sessionKey, entryId });

describe('sessions.rewind', () => {
  it('takes the conversation back to before a message, gives it back to its author and archives the rest', async () => {
    await talk.say('first', 'k1');
    await talk.say('second', 'k2', { attachments: [note] });
    const { sessionId } = await talk.client.call('chat.history', { sessionKey: 'main' });
    const { payload } = await rewind((await rows())[2]?.__openclaw.id ?? '');
    expect(payload).toEqual({
      editorText: 'second',
      editorAttachments: [{ mimeType: 'text/plain', data: note.content }],
    });
    expect(await words()).toEqual(['first', 'Echo: first']);
    const history = await talk.client.call('chat.history', { sessionKey: 'main' });
    expect(history.sessionId).not.toBe(sessionId);
    const [archive = '', ...others] = await readdir(join(stateDir, 'archive'));
    expect([archive, others]).toEqual([expect.stringMatching(/\.rewound\..*\.jsonl$/), []]);
    expect(await readFile(join(stateDir, 'archive', archive), 'utf8')).toMatch(/"Echo: .*second"/);
  });

  it('leaves alone what is said right after it', async () => {
    await talk.say('first', 'k1', { attachments: [note] });
    const [first] = await rows();
    const rewound = rewind(first?.__openclaw.id ?? '');
    await talk.say('instead', 'k2');
    expect((await rewound).payload).toMatchObject({ editorText: 'first' });
    expect(await words()).toEqual(['instead', 'Echo: instead']);
  });

  it('refuses what is nowhere, what nobody wrote, and a conversation that is being answered', async () => {
    await talk.say('first', 'k1');
    const [first, answer] = await rows();
    const errorOf = async (...asked: Parameters<typeof rewind>) => (await rewind(...asked)).error?.message;
    expect(await errorOf('x', 'nowhere')).toBe('session not found: nowhere');
    expect(await errorOf('x')).toBe('message entry not found: x');
    const said = answer?.__openclaw.id ?? '';
    expect(await errorOf(said)).toBe(`message entry not found: ${said}`);
    server.script = async (_request, { write, closed }) => {
      write('one');
      await closed;
    };
    await talk.send('slow', 'k2');
    await talk.client.next(isEvent('chat', ({ runId, state }) => runId === 'k2' && state === 'delta'));
    expect((await rewind(first?.__openclaw.id ?? '')).error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await words()).toContain('slow');
  });
});

it('sessions.search finds words in every session or in some, with what stands around them', async () => {
  const long = `${'a '.repeat(100)}needle${' b'.repeat(100)}`;
  await talk.say(long, 'k1');
  await talk.say('a Needle', 'k2', { sessionKey: 'other' });
  const search = async (params: object) =>
    (await talk.client.call('sessions.search', { query: 'needle', ...params })).results as object[];
  const found = await search({ sessionKeys: ['other'] });
  expect(found).toMatchObject([
    { sessionKey: 'agent:main:other', role: 'assistant', snippet: 'Echo: a Needle' },
    { sessionKey: 'agent:main:other', role: 'user', snippet: 'a Needle', sessionId: expect.any(String) },
  ]);
  const all = await search({});
  expect(all).toHaveLength(4);
  expect(all).toContainEqual(
    expect.objectContaining({ sessionKey: key, snippet: expect.stringMatching(/^…a .* needle b .* b…$/) }),
  );
  expect(await search({ limit: 1 })).toHaveLength(1);
  const foremost = (await search({ limit: 2 })) as { sessionKey: string }[];
  expect(foremost.map(({ sessionKey }) => sessionKey)).toEqual(['agent:main:other', key]);
  expect(await search({ agentId: 'nobody' })).toEqual([]);
});
