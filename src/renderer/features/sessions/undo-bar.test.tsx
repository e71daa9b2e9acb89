import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

it('says by its name what is about to be emptied, also of the conversation that nobody named (R8)', async () => {
  await openWebChat();
  const title = t('sessions.main');
  await userEvent.click(screen.getByRole('button', { name: t('sessions.more', { title }) }));
  await userEvent.click(await screen.findByRole('menuitem', { name: t('sessions.reset') }));
  expect(await screen.findByText(t('sessions.resetting', { title }))).toBeTruthy();
  await userEvent.click(screen.getByText(t('sessions.undo')));
  expect(screen.queryByText(t('sessions.resetting', { title }))).toBeNull();
});

const remove = async (title: string) => {
  await userEvent.click(screen.getByRole('button', { name: t('sessions.more', { title }) }));
  await userEvent.click(await screen.findByRole('menuitem', { name: t('sessions.delete') }));
};
const sessions = [
  { key: 'a', label: 'Tea', updatedAt: 2 },
  { key: 'b', label: 'Coffee', updatedAt: 1 },
];

it('is taken back with a key, and stays where the list is not (R8)', async () => {
  await openWebChat({ sessions });
  await remove('Tea');
  const words = t('sessions.deleting', { title: 'Tea' });
  expect(screen.getByText(words).closest('[role=status]')?.textContent).toContain(
    t('sessions.undoKeys', { keys: 'Ctrl+Z' }),
  );
  await waitFor(() => expect(document.activeElement?.getAttribute('data-session')).toBe('b'));
  await userEvent.click(screen.getByRole('button', { name: t('sessions.toggle') }));
  expect(screen.queryByText('Coffee')).toBeNull();
  expect(screen.getByText(words)).toBeTruthy();

  const field = screen.getByRole('textbox', { name: t('chat.composer.label') });
  field.focus();
  await userEvent.keyboard('{Control>}z{/Control}');
  expect(screen.getByText(words)).toBeTruthy();
  field.blur();
  await userEvent.keyboard('{Control>}z{/Control}');
  expect(screen.queryByText(words)).toBeNull();
});

it('waits for who points at it or has the focus there, and lets go of both (R8)', async () => {
  const { chat } = await openWebChat({ sessions });
  let holds = 0;
  chat.sessions.actions.holdRemovals = () => {
    holds += 1;
    return () => {
      holds -= 1;
    };
  };
  await remove('Tea');
  const undo = screen.getByRole('button', { name: t('sessions.undo') });
  act(() => undo.focus());
  expect(holds).toBe(1);
  await userEvent.hover(undo);
  act(() => undo.blur());
  expect(holds).toBe(1);
  await userEvent.unhover(undo);
  expect(holds).toBe(0);
  await userEvent.click(undo);
  await waitFor(() => expect(holds).toBe(0));
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: t('chat.composer.label') }));
});

it('takes back with the key what was taken away last, whether message or conversation (R8)', async () => {
  const { connection, chat } = await openWebChat({ sessions });
  act(() => connection.drop());
  const field = screen.getByRole('textbox', { name: t('chat.composer.label') });
  const later = async () => {
    const at = Date.now();
    await waitFor(() => expect(Date.now()).toBeGreaterThan(at));
  };
  const discard = async (text: string) => {
    await userEvent.type(field, `${text}{Enter}`);
    await userEvent.click(await screen.findByText(t('chat.delivery.discard')));
    return t('chat.delivery.discarded', { text });
  };
  const first = await discard('the first');
  await later();
  act(() => chat.sessions.actions.remove('a'));
  await later();
  const last = await discard('the last');
  const tea = t('sessions.deleting', { title: 'Tea' });

  const keys = t('sessions.undoKeys', { keys: 'Ctrl+Z' });
  const withKeys = () => screen.queryAllByText(keys).map((one) => one.previousElementSibling?.textContent);
  field.blur();
  for (const words of [last, tea, first]) {
    expect(withKeys()).toEqual([words]);
    await userEvent.keyboard('{Control>}z{/Control}');
    expect(screen.queryByText(words)).toBeNull();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
  expect(withKeys()).toEqual([]);
});

it('offers again what the last page was closed on, and says that it was asked for before (R8)', async () => {
  const { chat } = await openWebChat({ sessions });
  await remove('Tea');
  const [removal] = chat.sessions.store.getState().removals;
  if (!removal) throw new Error('nothing waits');
  act(() => chat.sessions.actions.undo('a'));
  act(() => chat.sessions.inherit({ 'local\na': removal }));
  const words = t('sessions.askedEarlier', { words: t('sessions.deleting', { title: 'Tea' }) });
  expect(screen.getByText(words)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: t('sessions.undo') }));
  expect(screen.queryByText(words)).toBeNull();
  expect(screen.getByText('Tea')).toBeTruthy();
});
