import { beforeEach, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';
import { localSnapshot } from '../../test-support/snapshot.ts';
import { announcementOf } from './announcement.ts';
import { createChatModel, withActivity } from './chat-state.ts';

let page: ReturnType<ReturnType<typeof createChatPages>['open']>;
let heard: unknown[];

beforeEach(async () => {
  page = createChatPages().open();
  await page.greet();
  heard = [];
  page.chat.store.subscribe(({ announcement }, before) => {
    if (announcement !== before.announcement) heard.push(announcement);
  });
});

const event = (payload: object) =>
  page.net.last().event('chat', { runId: 'r1', sessionKey: 'agent:main:main', ...payload });
const row = (content: string, more: object = {}) => ({
  role: 'assistant',
  content,
  ...more,
  __openclaw: { id: content, seq: 2, runId: 'r1' },
});

/** The connection ends while an answer comes, and is back with what was written meanwhile. */
async function comeBackTo(words: string, history: object) {
  const delta = { role: 'assistant', content: 'The' };
  event({ seq: 1, state: 'delta', message: delta });
  page.net.last().drop();
  page.fake.show({ ...localSnapshot, endpoint: { url: 'ws://127.0.0.1:18789', generation: 2 } });
  await page.greet({ sessionInfo: { key: 'agent:main:main', activeRunIds: [] }, ...history });
  await vi.waitFor(() => expect(JSON.stringify(page.state().rows)).toContain(words));
}

it('an answer that was finished while the page was cut off is announced, once (R8)', async () => {
  await comeBackTo('The answer.', { messages: [row('The answer.')] });
  const said = { runId: 'r1', kind: 'finished', text: 'The answer.', nth: 1 };
  expect(heard).toEqual([said]);
  event({ seq: 2, state: 'final', message: { role: 'assistant', content: 'The answer.' } });
  expect(heard).toEqual([said]);
});

it('an answer that goes on after the page was cut off is not announced yet (R8)', async () => {
  await comeBackTo('The answer so far', { inFlightRun: { runId: 'r1', text: 'The answer so far' } });
  expect(page.chat.store.getState().run).toMatchObject({ runId: 'r1' });
  expect(heard).toEqual([]);
});

it('an answer that somebody stopped meanwhile is announced as stopped (R8)', async () => {
  await comeBackTo('The half', { messages: [row('The half', { openclawAbort: { aborted: true } })] });
  expect(heard).toMatchObject([{ runId: 'r1', kind: 'stopped' }]);
});

it('a run that left no answer, and what was there before, is not announced (R8)', async () => {
  await comeBackTo('Older.', {
    messages: [{ ...row('Older.'), __openclaw: { id: 'o', seq: 1, runId: 'r0' } }],
  });
  expect(page.chat.store.getState().run).toBeNull();
  expect(heard).toEqual([]);
});

it('while an answer is written, a conversation is not looked through for one that has ended (R8)', () => {
  const model = createChatModel('agent:main:main');
  const read = vi.fn(() => []);
  const projection = Object.defineProperty({ ...model.projection }, 'entries', { get: read });
  const before = { ...model, projection, activities: withActivity(model, 'r1', 1) };
  expect(
    announcementOf(before, { ...before, activities: withActivity(before, 'r1', 1, { lastSeq: 2 }) }),
  ).toBeNull();
  expect(read).not.toHaveBeenCalled();
  expect(announcementOf(before, { ...before, activities: {} })).toBeNull();
  expect(read).toHaveBeenCalled();
});
