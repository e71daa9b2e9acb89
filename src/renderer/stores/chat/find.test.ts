import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';
import { row } from '../../test-support/chat-script.ts';
import type { FindState } from './chat-types.ts';
import { createFinder, type Finder } from './find.ts';
import type { AssistantRow, ChatRow } from './rows.ts';
import type { Segment } from './segments.ts';
import { noDetail } from './tool-details.ts';

let rows: readonly ChatRow[];
let found: FindState | null;
let finder: Finder;
/** Answers to the reading of older rows, in their order. */
let pages: PromiseWithResolvers<boolean>[];
let hasEarlier: boolean;

const answer = (key: string, ...segments: Segment[]): AssistantRow => ({
  kind: 'assistant',
  key,
  runId: null,
  atMs: null,
  segments,
  status: 'done',
  activity: null,
});
const said = (key: string, text: string) => answer(key, { kind: 'text', text });
const tool = (detail: Partial<typeof noDetail>): Segment => ({
  kind: 'tool',
  tool: { id: 'c', name: 'exec', title: 'exec', status: 'done', detail: { ...noDetail, ...detail } },
});

beforeEach(() => {
  rows = [];
  found = null;
  pages = [];
  hasEarlier = false;
  finder = createFinder({
    rows: () => rows,
    hasMore: () => hasEarlier,
    loadMore() {
      const page = Promise.withResolvers<boolean>();
      pages.push(page);
      return page.promise;
    },
    onDidChange(next) {
      found = next;
    },
  });
});

describe('a search in the conversation (R8)', () => {
  it.each<[string, Segment]>([
    ['what a tool was given', tool({ args: { path: '/srv/Tea.txt' } })],
    ['the command that it ran', tool({ args: { command: 'brew tea' } })],
    ['what it gave back', tool({ output: 'a cup of TEA' })],
    ['the name of what it gave', tool({ media: [{ kind: 'lost', name: 'tea.png' }] })],
    ['the name of a picture', { kind: 'image', name: 'tea.png' }],
    [
      'the name of a file',
      {
        kind: 'artifact',
        artifact: {
          id: 'x',
          kind: 'file',
          name: 'tea.pdf',
          mimeType: null,
          bytes: 1,
          size: null,
          data: null,
        },
      },
    ],
  ])('finds %s', (_, segment) => {
    rows = [said('a', 'coffee'), answer('b', segment), said('c', 'water')];
    finder.find('tea');
    expect(found?.matches).toEqual(['b']);
  });

  it('reads a conversation that comes after the words to its beginning', async () => {
    finder.find('tea');
    expect(pages).toHaveLength(0);
    [rows, hasEarlier] = [[said('b', 'tea')], true];
    finder.refresh();
    expect(found).toMatchObject({ matches: ['b'], at: 0, isReading: true });
    await vi.waitFor(() => expect(pages).toHaveLength(1));
    [rows, hasEarlier] = [[said('a', 'old tea'), ...rows], false];
    finder.refresh();
    pages[0]?.resolve(true);
    await vi.waitFor(() => expect(found).toMatchObject({ matches: ['a', 'b'], at: 1, isReading: false }));
  });

  it.each([
    ['the answer is', 'The **answer** is'],
    ['see the plan', 'See [the *plan*](https://example.org/x)'],
    ['run make_tea now', 'Run `make_tea` _now_'],
    ['2 * 3', '2 \\* 3'],
    ['**answer**', 'The **answer** is'],
  ])('finds “%s” as it is read, and as it was written', (words, written) => {
    rows = [said('a', 'coffee'), said('b', written)];
    finder.find(words);
    expect(found?.matches).toEqual(['b']);
  });

  it('says that older rows could not be read, and goes on when they may be there again', async () => {
    [rows, hasEarlier] = [[said('b', 'water')], true];
    finder.find('tea');
    expect(found?.isPartial).toBe(false);
    pages[0]?.resolve(false);
    await vi.waitFor(() => expect(found).toMatchObject({ isReading: false, isPartial: true }));
    finder.resume();
    expect(pages).toHaveLength(2);
    [rows, hasEarlier] = [[said('a', 'old tea'), ...rows], false];
    finder.refresh();
    pages[1]?.resolve(true);
    await vi.waitFor(() =>
      expect(found).toMatchObject({ matches: ['a'], isReading: false, isPartial: false }),
    );
  });

  it('asks once where older rows can not be read, and again with other words', async () => {
    [rows, hasEarlier] = [[said('b', 'tea')], true];
    finder.find('tea');
    pages[0]?.resolve(false);
    await vi.waitFor(() => expect(found?.isReading).toBe(false));
    rows = [...rows, said('c', 'more')];
    finder.refresh();
    expect(pages).toHaveLength(1);
    finder.find('more');
    expect(pages).toHaveLength(2);
  });

  it('goes on in the conversation that was opened while another was being read', async () => {
    [rows, hasEarlier] = [[said('b', 'tea')], true];
    finder.find('tea');
    finder.end();
    rows = [said('z', 'tea elsewhere')];
    finder.find('tea');
    pages[0]?.resolve(false);
    await vi.waitFor(() => expect(pages).toHaveLength(2));
    expect(found?.matches).toEqual(['z']);
  });

  it('goes on to the beginning of the conversation once the connection is back', async () => {
    const { chat, greet, net, state } = createChatPages().open();
    const oldest = row('assistant', '**coffee**', 'r1');
    const newest = { messages: [row('assistant', 'tea', 'r2')], hasMore: true, nextOffset: 1 };
    await greet(newest);
    chat.actions.find('coffee');
    await vi.waitFor(() => expect(net.last().request('chat.history').params.offset).toBe(1));
    net.last().drop();
    await vi.waitFor(() => expect(state().find).toMatchObject({ isReading: false, isPartial: true }));
    chat.actions.retry();
    await vi.waitFor(() => expect(net.connections).toHaveLength(2));
    await greet(newest);
    await vi.waitFor(() => expect(net.last().request('chat.history').params.offset).toBe(1));
    net.last().reply('chat.history', { sessionId: 's1', messages: [oldest] });
    await vi.waitFor(() => expect(state().find).toMatchObject({ at: 0, isReading: false, isPartial: false }));
  });
});
