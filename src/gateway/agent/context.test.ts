import { describe, expect, it } from 'vitest';
import { assistantRow, type HistoryRow, type UserRow, userRow } from '../sessions/history-row.ts';
import { toolCallRow, toolResultRow } from '../sessions/tool-rows.ts';
import { buildContext, chooseRows, limitsFor } from './context.ts';
import { noUsage } from './cost.ts';

const at = { messageId: 'm', seq: 1, runId: 'r', at: 0 };
const user = (text: string): HistoryRow =>
  userRow(at, { text, sender: { id: 'cli', mode: 'cli' }, sentAt: 0, excluded: false, media: [] });
const by = { api: 'x', provider: 'p', model: 'm' };
const assistant = (text: string): HistoryRow =>
  assistantRow(at, { ...by, text, usage: noUsage, stopReason: 'stop', excluded: false });
const call = (...ids: string[]): HistoryRow =>
  toolCallRow(at, {
    ...by,
    usage: noUsage,
    responseId: undefined,
    toolCalls: ids.map((id) => ({ id, name: 'look', arguments: { at: id } })),
  });
const result = (id: string, text = `saw ${id}`): HistoryRow =>
  toolResultRow(at, { toolCallId: id, toolName: 'look', content: [{ type: 'text', text }], isError: false });

const limits = { messages: 10, characters: 1000 };
const build = (rows: HistoryRow[], withTools = true, given = limits) =>
  buildContext(rows.toReversed(), {
    limits: given,
    withTools,
    userContent: async (row: UserRow) => row.content,
    image: async ({ artifactId = '', mimeType }) =>
      artifactId === 'gone' ? null : { type: 'image', data: artifactId, mimeType },
  });

describe('buildContext', () => {
  it('puts the oldest first', async () => {
    expect(await build([user('a'), assistant('b'), user('c')])).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [{ type: 'text', text: 'b' }] },
      { role: 'user', content: 'c' },
    ]);
  });

  it('begins with a user message and joins neighbours of one role', async () => {
    expect(await build([assistant('lost'), user('a'), user('b'), assistant('c'), assistant('d')])).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'a\n\nb' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'c' },
          { type: 'text', text: 'd' },
        ],
      },
    ]);
  });

  it('shows the newest images of results again, those that are still there', async () => {
    const images = (...ids: string[]) =>
      ids.map((artifactId) => {
        return { type: 'image', mimeType: 'image/png', artifactId, omitted: true, bytes: 1 } as const;
      });
    const withImages = (id: string, ...ids: string[]) =>
      toolResultRow(at, { toolCallId: id, toolName: 'look', content: images(...ids), isError: false });
    const old = ['p1', 'p2', 'p3', 'p4', 'p5'];
    const rows = [
      user('q'),
      call('1', '2'),
      withImages('1', ...old),
      withImages('2', 'gone', 'p6', 'p7', 'p8', 'p9'),
    ];
    const shown = JSON.stringify(await build(rows));
    const seen = [...old, 'p6', 'p7', 'p8', 'p9'].filter((id) => shown.includes(`"data":"${id}"`));
    expect(seen).toEqual(['p3', 'p4', 'p5', 'p6', 'p7', 'p8', 'p9']);
    expect(shown.split('[image/png]')).toHaveLength(11);
    expect(JSON.stringify(await build(rows, false))).not.toContain('"data"');
  });

  it('shows a call together with its result', async () => {
    const messages = await build([
      user('q'),
      assistant('wait'),
      call('1', '2'),
      result('1'),
      result('2'),
      assistant('done'),
    ]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(messages[1]?.content).toMatchObject([
      { type: 'text', text: 'wait' },
      { type: 'tool-call', toolCallId: '1', input: { at: '1' } },
      { type: 'tool-call', toolCallId: '2' },
    ]);
    expect(messages[2]?.content).toMatchObject([
      { type: 'tool-result', toolCallId: '1', output: { type: 'text', value: 'saw 1' } },
      { type: 'tool-result', toolCallId: '2' },
    ]);
  });

  it.each([
    ['a call without a result', [user('q'), call('1'), user('r')]],
    ['half of the results', [user('q'), call('1', '2'), result('1'), user('r')]],
    ['a result without a call', [user('q'), result('1'), user('r')]],
  ])('leaves out %s', async (_what, rows) => {
    expect(await build(rows)).toEqual([{ role: 'user', content: [{ type: 'text', text: 'q\n\nr' }] }]);
  });

  it('shows no calls to a model that gets no tools', async () => {
    expect(await build([user('q'), call('1'), result('1'), assistant('a')], false)).toEqual([
      { role: 'user', content: 'q' },
      { role: 'assistant', content: [{ type: 'text', text: 'a' }] },
    ]);
  });

  it('shortens what a tool said long ago', async () => {
    const messages = await build([user('q'), call('1'), result('1', 'x'.repeat(9_000))], true, {
      messages: 9,
      characters: 90_000,
    });
    expect(JSON.stringify(messages[2]).length).toBeLessThan(4_300);
  });
});

describe('chooseRows', () => {
  const texts = (rows: HistoryRow[], given: typeof limits) =>
    chooseRows(rows.toReversed(), given).map((row) => (row.role === 'user' ? row.content : row.role));

  it('keeps the newest that fit', () => {
    const rows = [user('old'), assistant('older answer'), user('new')];
    expect(texts(rows, { messages: 1, characters: 1000 })).toEqual(['new']);
    expect(texts(rows, { messages: 10, characters: 5 })).toEqual(['new']);
  });

  it('never leaves out the newest', () => {
    expect(texts([user('far too long')], { messages: 10, characters: 3 })).toEqual(['far too long']);
  });

  it('is empty without a user message', () => {
    expect(chooseRows([assistant('a')], limits)).toEqual([]);
    expect(chooseRows([], limits)).toEqual([]);
  });
});

it('a larger window takes more', () => {
  expect(limitsFor(200_000).characters).toBe(200_000);
  expect(limitsFor(2_000).characters).toBe(24_000);
});
