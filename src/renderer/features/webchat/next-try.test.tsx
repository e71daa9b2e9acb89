import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

it('says after two seconds why the chat does not open, when it is tried again, and tries at once when asked (R8)', async () => {
  const { chat } = await openWebChat();
  const retry = vi.spyOn(chat.actions, 'retry');
  const error = appError('GATEWAY_REQUEST_FAILED', 'x', { details: { reason: 'gateway starting' } });
  act(() =>
    chat.store.setState({
      link: { tag: 'waiting' },
      linkFailure: { error, nextTryAtMs: Date.now() + 60_000 },
    }),
  );
  const button = () => screen.queryByRole('button', { name: t('connection.retryNow') });
  await screen.findByText(t('chat.offline.connecting'));
  expect(button()).toBeNull();
  await vi.waitFor(() => expect(button()).toBeTruthy(), 4000);
  const note = button()?.closest('p')?.textContent;
  expect(note).toContain('gateway starting');
  expect(note).toMatch(/next try in (60|5\d) s/);
  await userEvent.click(screen.getByRole('button', { name: t('connection.retryNow') }));
  expect(retry).toHaveBeenCalledOnce();
});
