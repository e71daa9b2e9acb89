import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

it('shows what a model named or said without its marks, and a person’s own name as it was given (R8)', async () => {
  const { connection } = await openWebChat({
    sessions: [
      { key: 'a', displayName: 'Here is a **short** answer:', lastMessagePreview: 'in `src`' },
      { key: 'b', displayName: 'x', label: 'my *own* __init__.py' },
    ],
  });
  expect(screen.getByText('Here is a short answer:')).toBeTruthy();
  expect(screen.getByText('in src')).toBeTruthy();
  expect(screen.getByText('my *own* __init__.py')).toBeTruthy();

  screen.getByText('Here is a short answer:').closest('button')?.focus();
  await userEvent.keyboard('{F2}');
  const field = screen.getByRole<HTMLInputElement>('textbox', {
    name: t('sessions.nameOf', { title: 'Here is a short answer:' }),
  });
  expect(field.value).toBe('Here is a short answer:');
  await userEvent.keyboard('{Enter}');
  expect(connection.requests.map(({ method }) => method)).not.toContain('sessions.patch');
});

it('marks what is archived among others, to see and to hear, and not in the archive (R8)', async () => {
  const archived = { key: 'a', label: 'Old tea', archived: true };
  const { chat, connection } = await openWebChat({ methods: ['sessions.search'] });
  await userEvent.type(screen.getByRole('searchbox', { name: t('sessions.search') }), 'tea');
  await waitFor(() => connection.request('sessions.search'));
  connection.reply('sessions.search', { results: [{ sessionKey: 'a', snippet: 'a cup of tea' }] });
  await act(async () => connection.reply('sessions.list', { sessions: [] }));
  await act(async () => connection.reply('sessions.describe', { session: archived }));
  const line = screen.getByRole('button', { name: new RegExp(`^Old tea.*${t('sessions.isArchived')}`) });
  const marks = line.parentElement?.querySelector('.session-marks');
  expect(marks?.textContent).toBe(t('sessions.isArchived'));
  act(() => chat.sessions.actions.setShowsArchived(true));
  expect(screen.queryByText(t('sessions.isArchived'))).toBeNull();
});

async function beginNaming() {
  const played = await openWebChat({ sessions: [{ key: 'a', label: 'Tea' }] });
  act(() => screen.getByText('Tea').closest('button')?.focus());
  await userEvent.keyboard('{F2}');
  return played;
}
const nameField = () => screen.queryByRole('textbox', { name: t('sessions.nameOf', { title: 'Tea' }) });
const line = () => document.querySelector('[data-session=a]');

it.each([
  ['Enter', 'Green tea'],
  ['Escape', 'Tea'],
])('gives the focus back to its line after naming with %s (R8)', async (key, title) => {
  await beginNaming();
  await userEvent.keyboard(`Green tea{${key}}`);
  expect(nameField()).toBeNull();
  expect(line()?.textContent).toContain(title);
  await waitFor(() => expect(document.activeElement).toBe(line()));
});

it('leaves the focus where it was put while a name was written (R8)', async () => {
  await beginNaming();
  const field = screen.getByRole('textbox', { name: t('chat.composer.label') });
  await userEvent.click(field);
  expect(nameField()).toBeNull();
  expect(document.activeElement).toBe(field);
});

it.each([
  { isComposing: true, keyCode: 27 },
  { isComposing: false, keyCode: 229 },
])('keeps the new name where Escape drops an input method’s word: %j (R8)', async (mark) => {
  await beginNaming();
  const field = nameField();
  if (!field) throw new Error('there is no field for the name');
  fireEvent.keyDown(field, { key: 'Escape', ...mark });
  expect(nameField()).toBe(field);
  fireEvent.keyDown(field, { key: 'Escape', keyCode: 27 });
  expect(nameField()).toBeNull();
});
