import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FindState } from './chat-types.ts';
import { createFinder, type Finder } from './find.ts';
import type { AssistantRow, ChatRow, Segment } from './rows.ts';
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
    hasEarlier: () => hasEarlier,
    loadEarlier() {
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
});
