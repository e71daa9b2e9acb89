import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const sessions = [
  { key: 'a', label: 'Tea', updatedAt: 2 },
  { key: 'b', label: 'Coffee', updatedAt: 1 },
];
const words = t('sessions.refused.archive', { title: 'Tea' });
const region = () => screen.queryByText(words, { exact: false })?.closest('[role=status]');

async function archive(error: Record<string, unknown>) {
  const { connection } = await openWebChat({ sessions });
  await userEvent.click(screen.getByRole('button', { name: t('sessions.more', { title: 'Tea' }) }));
  await userEvent.click(await screen.findByRole('menuitem', { name: t('sessions.archive') }));
  await waitFor(() => connection.request('sessions.patch'));
  await userEvent.click(screen.getByRole('button', { name: t('sessions.toggle') }));
  const before = [...document.querySelectorAll('[role=status]')];
  await act(async () => connection.refuse('sessions.patch', error));
  // One that comes together with its words is not read aloud.
  expect(before).toContain(region());
}

it('says what was refused where the list is not in view, until it is dismissed (R8)', async () => {
  await archive({ code: 'UNAVAILABLE', message: 'session is busy' });
  expect(region()?.textContent).toContain('session is busy');
  await userEvent.click(screen.getByRole('button', { name: t('chat.dismiss') }));
  expect(region()).toBeUndefined();
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: t('chat.composer.label') }));
});

it('offers to ask for the right that a change lacks (R8)', async () => {
  const details = { code: 'MISSING_SCOPE', missingScope: 'operator.admin' };
  await archive({ code: 'INVALID_REQUEST', message: 'missing scope', details });
  expect(region()?.textContent).toContain('operator.admin');
  expect(screen.getByRole('button', { name: t('connection.remedy.askForScopes') })).toBeTruthy();
});

it('gives the focus to the list where that covers the conversation, or to the search where the list is empty (R8)', async () => {
  const { matchMedia } = window;
  const narrow = (query: string) => ({ matches: query.includes('max-width') }) as MediaQueryList;
  window.matchMedia = narrow;
  try {
    const { connection } = await openWebChat({ sessions });
    await userEvent.click(screen.getByRole('button', { name: t('sessions.toggle') }));
    for (const isEmpty of [false, true]) {
      await userEvent.click(
        await screen.findByRole('button', { name: t('sessions.more', { title: 'Tea' }) }),
      );
      await userEvent.click(await screen.findByRole('menuitem', { name: t('sessions.archive') }));
      await waitFor(() => connection.request('sessions.patch'));
      await act(async () => connection.refuse('sessions.patch', { code: 'UNAVAILABLE', message: 'busy' }));
      const search = screen.getByRole('searchbox', { name: t('sessions.search') });
      if (isEmpty) {
        await userEvent.type(search, 'nothing like it');
        await waitFor(() => expect(document.querySelector('[data-session]')).toBeNull());
      }
      const sheet = screen.getByRole('dialog', { name: t('sessions.title') });
      await userEvent.click(within(sheet).getByRole('button', { name: t('chat.dismiss') }));
      expect(region()).toBeUndefined();
      const line = document.querySelector('[data-session][tabindex="0"]');
      expect(document.activeElement).toBe(isEmpty ? search : line);
      expect(document.activeElement).not.toBe(document.body);
    }
  } finally {
    window.matchMedia = matchMedia;
  }
});
