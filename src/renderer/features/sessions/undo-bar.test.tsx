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
