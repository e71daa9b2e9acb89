import { screen } from '@testing-library/react';
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
