import { act, screen } from '@testing-library/react';
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

it('asks for no more of the list while the Gateway is not there (R8)', async () => {
  const { chat, button } = await askForMore();
  act(() => chat.sessions.disconnected());
  expect(button).toHaveProperty('disabled', true);
});
