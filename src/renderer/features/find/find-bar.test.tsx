import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const bar = () => screen.getByRole<HTMLInputElement>('searchbox', { name: t('chat.find.label') });
const log = () => screen.getByRole('log', { name: t('chat.conversation') });
const press = () => userEvent.keyboard('{Control>}f{/Control}');

const call = (id: string, name: string, args: unknown) => ({ type: 'toolCall', id, name, arguments: args });
const result = (id: string, text: string, seq: number) => ({
  role: 'toolResult',
  toolCallId: id,
  content: [{ type: 'text', text }],
  __openclaw: { id: `row-${seq}`, seq, runId: 'r1' },
});
const answer = (content: unknown[], seq: number) => ({
  role: 'assistant',
  content,
  __openclaw: { id: `row-${seq}`, seq, runId: 'r1' },
});

describe('the search bar (R8)', () => {
  it('keeps its words when it is asked for again, and takes the focus to write over them', async () => {
    await openWebChat();
    await press();
    await userEvent.type(bar(), 'tea');
    await userEvent.click(screen.getByRole('textbox', { name: t('chat.composer.label') }));
    expect(document.activeElement).not.toBe(bar());
    await press();
    expect(bar().value).toBe('tea');
    expect(document.activeElement).toBe(bar());
    expect([bar().selectionStart, bar().selectionEnd]).toEqual([0, 3]);
  });

  it.each([
    ['most browsers', { isComposing: true, keyCode: 27 }],
    ['Safari', { isComposing: false, keyCode: 229 }],
  ])('stays while Escape drops an input method’s word, as %s tell it', async (_, mark) => {
    await openWebChat();
    await press();
    fireEvent.keyDown(bar(), { key: 'Escape', ...mark });
    expect(bar()).toBeTruthy();
    fireEvent.keyDown(bar(), { key: 'Escape', keyCode: 27 });
    expect(screen.queryByRole('searchbox', { name: t('chat.find.label') })).toBeNull();
  });
});

describe('a hit of the search across conversations (R8)', () => {
  it('is looked for in the conversation that it opens', async () => {
    const { connection } = await openWebChat({
      sessions: [
        { key: 'a', label: 'Drinks', lastMessagePreview: 'oolong' },
        { key: 'b', label: 'The oolong' },
      ],
    });
    const search = screen.getByRole('searchbox', { name: t('sessions.search') });
    await userEvent.type(search, 'oolong');
    await userEvent.click(screen.getByText('Drinks'));
    expect(bar().value).toBe('oolong');
    expect(document.activeElement).toBe(bar());
    const messages = [
      answer([{ type: 'text', text: 'oolong' }], 1),
      answer([{ type: 'text', text: 'more' }], 2),
    ];
    await act(async () => connection.reply('chat.history', { sessionId: 'a', messages }));
    expect(await screen.findByText(t('chat.find.count', { at: 1, count: 1 }))).toBeTruthy();
    expect(log().querySelector('.is-found')?.textContent).toContain('oolong');

    await userEvent.click(screen.getByText('The oolong'));
    expect(screen.queryByRole('searchbox', { name: t('chat.find.label') })).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: t('chat.composer.label') }));
  });

  it('says that something was not found only in what is loaded, where the rest could not be read', async () => {
    const { chat } = await openWebChat();
    const none = { query: 'tea', matches: [], at: null, isReading: false };
    act(() => chat.store.setState({ find: { ...none, isPartial: true } }));
    expect(screen.getByText(t('chat.find.noneLoaded'))).toBeTruthy();
    act(() => chat.store.setState({ find: { ...none, isPartial: false } }));
    expect(screen.getByText(t('chat.find.none'))).toBeTruthy();
  });

  it('leaves a conversation unread while the page is hidden', async () => {
    const { connection } = await openWebChat({ sessions: [{ key: 'agent:main:main', updatedAt: 1 }] });
    const patches = () => connection.requests.filter(({ method }) => method === 'sessions.patch');
    let isHidden = true;
    vi.spyOn(document, 'hidden', 'get').mockImplementation(() => isHidden);
    document.dispatchEvent(new Event('visibilitychange'));
    const session = { key: 'agent:main:main', unread: true, updatedAt: 2 };
    act(() => connection.event('sessions.changed', { sessionKey: 'agent:main:main', session }));
    expect(patches()).toEqual([]);
    isHidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(patches()).toHaveLength(1);
    vi.restoreAllMocks();
  });
});

describe('what a search finds (R8)', () => {
  it('is shown where it lies in a tool’s card, also in one of many', async () => {
    const calls = [1, 2, 3, 4].map((at) => call(`call-${at}`, 'read', { path: `/srv/${at}.txt` }));
    await openWebChat({
      messages: [
        answer(calls, 1),
        ...[1, 2, 3, 4].map((at) => result(`call-${at}`, at === 3 ? 'the oolong' : 'nothing', at + 1)),
      ],
    });
    expect(log().querySelector('details[open]')).toBeNull();
    await press();
    await userEvent.type(bar(), 'oolong');
    expect(screen.getByText(t('chat.find.count', { at: 1, count: 1 }))).toBeTruthy();
    await waitFor(() => expect(log().textContent).toContain('the oolong'));
    expect(log().querySelectorAll('.tool-group details[open]')).toHaveLength(1);
  });

  it('is unfolded in a long message', async () => {
    const text = `${'word '.repeat(30_000)}oolong ${'word '.repeat(40_000)}`;
    await openWebChat({ messages: [answer([{ type: 'text', text }], 1)] });
    expect(log().textContent).not.toContain('oolong');
    await press();
    await userEvent.type(bar(), 'oolong');
    await waitFor(() => expect(log().textContent).toContain('oolong'));
  });
});
