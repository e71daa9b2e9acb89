import { describe, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';

const meta = (seq: number) => ({ id: `m${seq}`, seq });
const omitted = (seq: number) => ({
  role: 'user',
  content: [{ type: 'text', text: '[chat.history omitted: message too large]' }],
  __openclaw: { ...meta(seq), truncated: true, reason: 'oversized' },
});
const whole = (seq: number) => ({ role: 'user', content: `whole ${seq}`, __openclaw: meta(seq) });
const words = {
  title: 'T',
  you: 'You',
  assistant: 'It',
  given: '',
  output: '',
  failed: '',
  cut: 'not whole',
  readable: String,
};

async function openWith(...messages: unknown[]) {
  const page = createChatPages().open();
  await page.greet({ messages });
  const connection = page.net.last();
  const asked = () => connection.requests.filter(({ method }) => method === 'chat.message.get');
  const askedIds = () => asked().map(({ params }) => params.messageId);
  return { ...page, connection, asked, askedIds };
}

describe('messages that came cut (R8)', () => {
  it('are asked for a few at a time, each once, the last ones first', async () => {
    const { chat, connection, asked, askedIds, state } = await openWith(...[1, 2, 3, 4].map(omitted));
    chat.actions.readWhole(['m1', 'm2', 'm3']);
    chat.actions.readWhole(['m4', 'm1']);
    expect(askedIds()).toEqual(['m1', 'm2']);
    expect(asked()[0]?.params).toMatchObject({ messageId: 'm1', maxChars: 2_000_000 });
    connection.reply('chat.message.get', { ok: true, message: whole(2) });
    await vi.waitFor(() => expect(askedIds()).toEqual(['m1', 'm2', 'm4']));
    connection.reply('chat.message.get', { ok: true, message: whole(4) });
    await vi.waitFor(() => expect(askedIds()).toEqual(['m1', 'm2', 'm4', 'm3']));
    expect(state().rows.map((row) => 'text' in row && row.text)).toEqual(['', 'whole 2', '', 'whole 4']);
  });

  it('say why they do not come, and come when they are asked for again', async () => {
    const { chat, connection, state } = await openWith(omitted(1));
    chat.actions.readWhole(['m1']);
    expect(state().wholes).toEqual({ m1: { tag: 'reading' } });
    connection.refuse('chat.message.get', { code: 'UNAVAILABLE', message: 'busy' });
    await vi.waitFor(() => expect(state().wholes).toMatchObject({ m1: { tag: 'failed' } }));
    chat.actions.readWhole(['m1']);
    connection.reply('chat.message.get', { ok: true, message: whole(1) });
    await vi.waitFor(() => expect(state().rows).toMatchObject([{ text: 'whole 1' }]));
    expect(state().wholes).toEqual({});
  });

  it('are read for a search, which says where one of them does not come', async () => {
    const { chat, connection, askedIds, state } = await openWith(omitted(1), omitted(2));
    chat.actions.find('whole 1');
    await vi.waitFor(() => expect(askedIds()).toEqual(['m2', 'm1']));
    connection.reply('chat.message.get', { ok: true, message: whole(1) });
    await vi.waitFor(() => expect(state().find?.matches).toHaveLength(1));
    const [second] = connection.requests.filter(({ params }) => params.messageId === 'm2');
    connection.requests.push(...(second ? [second] : []));
    connection.reply('chat.message.get', { ok: false, unavailableReason: 'oversized' });
    await vi.waitFor(() => expect(state().find).toMatchObject({ isReading: false, isPartial: true }));
  });

  it('are read for an export, and named in it where the Gateway does not give them', async () => {
    const { chat, connection, askedIds } = await openWith(omitted(1), omitted(2));
    const file = chat.actions.exportAs('markdown', words);
    await vi.waitFor(() => expect(askedIds()).toEqual(['m2', 'm1']));
    connection.reply('chat.message.get', { ok: true, message: whole(1) });
    const [second] = connection.requests.filter(({ params }) => params.messageId === 'm2');
    connection.requests.push(...(second ? [second] : []));
    connection.reply('chat.message.get', { ok: false, unavailableReason: 'oversized' });
    expect(await file).toBe('# T\n\n## You\n\nwhole 1\n\n## You\n\n*not whole*\n');
  });

  it('stop an export where they can be had later', async () => {
    const { chat, connection } = await openWith(omitted(1));
    const file = chat.actions.exportAs('json', words);
    await vi.waitFor(() => connection.request('chat.message.get'));
    connection.refuse('chat.message.get', { code: 'UNAVAILABLE', message: 'busy' });
    expect(await file).toBeNull();
    expect(chat.sessions.store.getState().refusals).toMatchObject([
      { change: 'export', error: { code: 'TRANSCRIPT_INCOMPLETE' } },
    ]);
  });
});
