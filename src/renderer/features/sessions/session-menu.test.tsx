import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const openMenu = () =>
  userEvent.click(screen.getByRole('button', { name: t('sessions.more', { title: 'Tea' }) }));
const line = (name: string) => screen.findByRole('menuitem', { name });

it('offers no change that can not be made without a connection, and says so (R8)', async () => {
  const { connection } = await openWebChat({ sessions: [{ key: 'a', label: 'Tea' }] });
  await openMenu();
  expect((await line(t('sessions.pin'))).getAttribute('aria-disabled')).not.toBe('true');
  expect(screen.queryByText(t('sessions.offline'))).toBeNull();
  act(() => connection.drop());
  expect(screen.getByText(t('sessions.offline'))).toBeTruthy();
  for (const name of [t('sessions.rename'), t('sessions.pin'), t('sessions.archive'), t('sessions.delete')]) {
    expect((await line(name)).getAttribute('aria-disabled')).toBe('true');
  }
  await userEvent.keyboard('{Escape}');
  screen.getByText('Tea').closest('button')?.focus();
  await userEvent.keyboard('{F2}');
  expect(screen.queryByRole('textbox', { name: t('sessions.nameOf', { title: 'Tea' }) })).toBeNull();
});

it('gives the focus to the next line when it archives one by keyboard, and to the search after the last (R8)', async () => {
  const { chat, connection } = await openWebChat({
    sessions: [
      { key: 'a', label: 'Tea', updatedAt: 2 },
      { key: 'b', label: 'Coffee', updatedAt: 1 },
    ],
  });
  const more = (title: string) => screen.getByRole('button', { name: t('sessions.more', { title }) });
  const choose = async (title: string, name: string) => {
    act(() => more(title).focus());
    await userEvent.keyboard('{Enter}');
    const item = await line(name);
    act(() => item.focus());
    await userEvent.keyboard('{Enter}');
  };
  await choose('Tea', t('sessions.archive'));
  expect(screen.queryByText('Tea')).toBeNull();
  await waitFor(() => expect(document.activeElement?.getAttribute('data-session')).toBe('b'));
  await act(async () => connection.reply('sessions.patch', {}));

  act(() => chat.sessions.actions.setShowsArchived(true));
  await choose('Tea', t('sessions.unarchive'));
  expect(screen.queryByText('Tea')).toBeNull();
  await waitFor(() =>
    expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: t('sessions.search') })),
  );
});
