import { describe, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';
import { undoMs } from '../undo-times.ts';

const session = { sessionKey: 'agent:main:main' };
const message = { role: 'assistant', content: [{ type: 'text', text: 'working' }] };

/** A page with an answer under way, behind which a message with a file waits. */
async function withHeld() {
  const pages = createChatPages();
  const page = pages.open();
  await page.greet();
  const connection = page.net.last();
  connection.event('chat', { ...session, runId: 'r1', seq: 1, state: 'delta', message });
  page.chat.actions.setQueueMode('followup');
  await page.attach(new File(['hello'], 'notes.txt', { type: 'text/plain' }));
  page.write('and then');
  await vi.waitFor(() => expect(page.sends()).toHaveLength(1));
  const id = page.sendId('and then');
  connection.reply('chat.send', { runId: id, status: 'started' });
  connection.event('chat', { ...session, runId: id, seq: 1, state: 'final' });
  await vi.waitFor(() => expect(page.shown()).toContainEqual(['and then', 'held']));
  const answer = async (aborted: boolean) => {
    await vi.waitFor(() => connection.request('chat.abort'));
    expect(connection.request('chat.abort').params).toMatchObject({ ...session, runId: id });
    connection.reply('chat.abort', { ok: true, aborted, runIds: aborted ? [id] : [] });
  };
  return { ...pages, page, connection, id, answer };
}

describe('a message that the Gateway holds for later (R8)', () => {
  it('is edited once the Gateway gave it back: text and file are in the field, the answer goes on', async () => {
    const { page, id, answer } = await withHeld();
    page.chat.actions.edit(id);
    expect(page.state().draft).toBe('');
    await answer(true);
    await vi.waitFor(() => expect(page.state().draft).toBe('and then'));
    expect(page.shown()).toEqual(['assistant']);
    expect(page.state()).toMatchObject({ run: { runId: 'r1' }, stopError: null, lostFiles: [] });
    expect(page.state().attached).toMatchObject({ isReady: true, files: [{ name: 'notes.txt' }] });
  });

  it('is discarded, and had back as another send with its file, in the mode that it had', async () => {
    const { page, id, answer } = await withHeld();
    page.chat.actions.discard(id);
    await answer(true);
    await vi.waitFor(() => expect(page.state().discarded).toHaveLength(1));
    expect(page.shown()).toEqual(['assistant']);
    page.chat.actions.setQueueMode('interrupt');
    page.chat.actions.undoDiscard(id);
    expect(page.state().discarded).toEqual([]);
    await vi.waitFor(() => expect(page.sends()).toHaveLength(2));
    const [first, second] = page.sends();
    expect(second).toMatchObject({
      message: 'and then',
      queueMode: 'followup',
      attachments: [{ fileName: 'notes.txt', content: btoa('hello') }],
    });
    expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
  });

  it('stays where it is when the agent took it up meanwhile, and says so', async () => {
    const { page, connection, id, answer } = await withHeld();
    page.chat.actions.edit(id);
    page.chat.actions.edit(id);
    await answer(false);
    await vi.waitFor(() => expect(connection.requests.at(-1)?.method).toBe('chat.history'));
    connection.reply('chat.history', { sessionId: 's1', messages: [], inFlightRun: { runId: 'r1' } });
    await vi.waitFor(() => expect(page.state().stopError).toMatchObject({ code: 'MESSAGE_TAKEN_UP' }));
    expect(page.state()).toMatchObject({ draft: '', discarded: [] });
    expect(page.shown()).toContainEqual(['and then', 'held']);
    expect(connection.requests.filter(({ method }) => method === 'chat.abort')).toHaveLength(1);
  });

  it('stays where it is without a connection, and when the Gateway refuses', async () => {
    const { page, connection, id } = await withHeld();
    page.chat.actions.discard(id);
    connection.refuse('chat.abort', { code: 'INVALID_REQUEST', message: 'unauthorized' });
    await vi.waitFor(() => expect(page.state().stopError).toMatchObject({ code: 'GATEWAY_REQUEST_FAILED' }));
    page.chat.actions.discard(id);
    connection.drop();
    await vi.waitFor(() => expect(page.state().stopError).toMatchObject({ code: 'GATEWAY_NOT_CONNECTED' }));
    page.chat.actions.discard(id);
    expect(page.state().discarded).toEqual([]);
    expect(page.shown()).toContainEqual(['and then', 'held']);
  });

  it('names the files that a later page does not have, and sends nothing without them', async () => {
    const { open, id, page: before } = await withHeld();
    before.chat.actions.stop();
    const page = open();
    const media = [{ fileName: 'notes.txt', kind: 'document' }];
    const row = { role: 'user', content: 'and then', timestamp: 1, __openclaw: { media } };
    await page.greet({
      inFlightRun: { runId: 'r1', text: 'working' },
      pendingInputs: { items: [{ runId: id, state: 'queued', message: row }] },
    });
    expect(page.shown()).toContainEqual(['and then', 'held']);
    page.chat.actions.discard(id);
    page.net.last().reply('chat.abort', { ok: true, aborted: true, runIds: [id] });
    await vi.waitFor(() => expect(page.state().discarded).toHaveLength(1));
    page.chat.actions.undoDiscard(id);
    expect(page.state()).toMatchObject({ draft: 'and then', lostFiles: ['notes.txt'] });
    expect(page.sends()).toEqual([]);
  });

  it('is looked for when the run before it has ended: where somebody else took it back, it can be sent again', async () => {
    const { page, connection, id } = await withHeld();
    const reads = () => connection.requests.filter(({ method }) => method === 'chat.history').length;
    const before = reads();
    connection.event('chat', { ...session, runId: 'r1', seq: 2, state: 'final', message });
    await vi.waitFor(() => expect(reads()).toBe(before + 1));
    connection.reply('chat.history', {
      sessionId: 's1',
      messages: [],
      sessionInfo: { activeRunIds: [] },
      pendingInputs: { items: [{ runId: id, state: 'cancelled' }] },
    });
    await vi.waitFor(() => expect(page.shown()).toContainEqual(['and then', 'failed']));
    page.chat.actions.sendAgain(id);
    await vi.waitFor(() => expect(page.sends()).toHaveLength(2));
    expect(page.sends()[1]).toMatchObject({ message: 'and then', attachments: [{ fileName: 'notes.txt' }] });
    expect(page.sendId('and then')).not.toBe(id);
    expect(reads()).toBe(before + 1);
  });

  it('is not said to have stopped when it is taken back', async () => {
    const { page, connection, id, answer } = await withHeld();
    page.chat.actions.discard(id);
    await answer(true);
    await vi.waitFor(() => expect(page.state().discarded).toHaveLength(1));
    connection.event('chat', { ...session, runId: 'queued-elsewhere', seq: 1, state: 'aborted' });
    connection.event('chat', { ...session, runId: id, seq: 2, state: 'aborted' });
    expect(page.state().announcement).toBeNull();
  });
});

describe('a message that is discarded (R8)', () => {
  it('can be had back for a while, as it was and where it was', async () => {
    const { open, clock } = createChatPages();
    const page = open();
    await page.greet();
    page.net.last().drop();
    page.write('one');
    page.write('two');
    const [one, two] = [page.sendId('one'), page.sendId('two')];
    page.chat.actions.discard(one);
    page.chat.actions.discard(two);
    expect(page.shown()).toEqual([]);
    page.chat.actions.undoDiscard(two);
    page.chat.actions.undoDiscard(one);
    expect(page.shown()).toEqual([
      ['one', 'waiting'],
      ['two', 'waiting'],
    ]);

    page.chat.actions.discard(one);
    const letGo = page.chat.actions.holdDiscarded();
    clock.advance(undoMs * 2);
    expect(page.state().discarded).toHaveLength(1);
    letGo();
    clock.advance(undoMs);
    expect(page.state().discarded).toEqual([]);
    page.chat.actions.undoDiscard(one);
    expect(page.shown()).toEqual([['two', 'waiting']]);
  });
});
