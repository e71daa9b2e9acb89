import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const row = (at: number) => ({ key: `s${at}`, label: `Talk ${at}`, updatedAt: 100 - at });
const few = [row(1), row(2)];
const all = [...few, row(3), row(4)];

async function askForMore() {
  const played = await openWebChat({ sessions: few });
  // The Gateway tells with each list whether it has more.
  act(() => played.chat.sessions.actions.reload());
  await act(async () => played.connection.reply('sessions.list', { sessions: few, hasMore: true }));
  const button = screen.getByRole('button', { name: t('sessions.showMore') });
  await userEvent.click(button);
  const answer = () =>
    act(async () => played.connection.reply('sessions.list', { sessions: all, hasMore: true }));
  return { ...played, button, answer };
}

it('goes on with the focus where the rest of the list begins (R8)', async () => {
  const { answer } = await askForMore();
  await answer();
  expect(document.activeElement?.getAttribute('data-session')).toBe('s3');
});

it('leaves the focus to who went on before the rest of the list came (R8)', async () => {
  const { answer } = await askForMore();
  const field = screen.getByRole('textbox', { name: t('chat.composer.label') });
  act(() => field.focus());
  await answer();
  expect(screen.getByText('Talk 3')).toBeTruthy();
  expect(document.activeElement).toBe(field);
});

it('says of a search that it goes on, why it failed, and only then that nothing was found (R8)', async () => {
  const { connection } = await openWebChat({ sessions: few, methods: ['sessions.search'] });
  const note = () => document.querySelector('.sessions-note')?.textContent;
  expect(note()).toBe('');
  await userEvent.type(screen.getByRole('searchbox', { name: t('sessions.search') }), 'tea');
  expect(note()).toBe(t('sessions.searching'));
  expect(screen.queryByText(t('sessions.noMatch'))).toBeNull();
  const list = () => act(async () => connection.reply('sessions.list', { sessions: [] }));
  await waitFor(() => connection.request('sessions.search'));
  connection.refuse('sessions.search', { code: 'UNAVAILABLE', message: 'index is locked' });
  await list();
  await waitFor(() => expect(note()).toContain(t('sessions.searchFailed')));
  expect(note()).toContain('index is locked');
  expect(screen.queryByText(t('sessions.noMatch'))).toBeNull();

  await userEvent.click(screen.getByRole('button', { name: t('connection.tryAgain') }));
  connection.reply('sessions.search', { results: [], truncated: true });
  await list();
  await waitFor(() => expect(note()).toBe(t('sessions.partlySearched')));
  expect(screen.getByText(t('sessions.noMatch'))).toBeTruthy();
});

it('says whole words may be needed where a conversation is not kept here (R8)', async () => {
  const { connection } = await openWebChat({
    sessions: [{ ...row(1), sessionId: 's1' }],
    methods: ['sessions.search'],
  });
  await userEvent.type(screen.getByRole('searchbox', { name: t('sessions.search') }), 'tea');
  await waitFor(() => connection.request('sessions.search'));
  connection.reply('sessions.search', { results: [] });
  await act(async () => connection.reply('sessions.list', { sessions: [] }));
  const note = () => document.querySelector('.sessions-note')?.textContent;
  await waitFor(() => expect(note()).toBe(t('sessions.wholeWords')));
  expect(screen.getByText(t('sessions.noMatch'))).toBeTruthy();
});

it('asks for no more of the list while the Gateway is not there (R8)', async () => {
  const { chat, button } = await askForMore();
  act(() => chat.sessions.disconnected());
  expect(button).toHaveProperty('disabled', true);
});

it('ends a search with Escape, and leads to the conversation only with the next one (R8)', async () => {
  await openWebChat({ sessions: few });
  const search = screen.getByRole<HTMLInputElement>('searchbox', { name: t('sessions.search') });
  await userEvent.type(search, 'Talk 2');
  expect(screen.queryByText('Talk 1')).toBeNull();
  fireEvent.keyDown(search, { key: 'Escape', isComposing: true });
  expect(search.value).toBe('Talk 2');
  await userEvent.keyboard('{Escape}');
  expect(search.value).toBe('');
  expect(screen.getByText('Talk 1')).toBeTruthy();
  expect(document.activeElement).toBe(search);
  await userEvent.keyboard('{Escape}');
  expect(document.activeElement).toBe(screen.getByRole('log', { name: t('chat.conversation') }));
});

const more = (title: string) => screen.getByRole('button', { name: t('sessions.more', { title }) });

it('is one stop of the Tab key with its menu; the arrows lead to the menus of the others and back (R8)', async () => {
  await openWebChat({ sessions: few });
  const list = screen.getByRole('list', { name: t('sessions.title') });
  const stops = [...list.querySelectorAll('button')].filter(({ tabIndex }) => tabIndex === 0);
  expect(stops.map((stop) => stop.className.split(' ').at(-1))).toEqual(['session-open', 'session-more']);

  const line = screen.getByText('Talk 2').closest('button');
  act(() => line?.focus());
  await userEvent.keyboard('{ArrowRight}');
  expect(document.activeElement).toBe(more('Talk 2'));
  await userEvent.keyboard('{ArrowLeft}');
  expect(document.activeElement).toBe(line);
});

it('opens the menu of a line where a context menu is asked for (R8)', async () => {
  await openWebChat({ sessions: few });
  const line = screen.getByText('Talk 2').closest('button');
  if (!line) throw new Error('there is no line');
  line.focus();
  const isDefault = fireEvent.contextMenu(line);
  expect(isDefault).toBe(false);
  await waitFor(() => expect(more('Talk 2').getAttribute('aria-expanded')).toBe('true'));
  expect(await screen.findByRole('menuitem', { name: t('sessions.rename') })).toBeTruthy();
});
