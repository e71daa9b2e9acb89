import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const place = { id: 'm1', seq: 1, runId: 'r1' };
const cut = (text: string) => ({
  role: 'assistant',
  content: [{ type: 'text', text: `${text}\n...(truncated)...` }],
  timestamp: 1,
  __openclaw: { ...place, truncated: true, reason: 'display-cap' },
});
const whole = (text: string) => ({
  role: 'assistant',
  content: [{ type: 'text', text }],
  timestamp: 1,
  __openclaw: place,
});
const answer = () => document.querySelector('[data-role=assistant]');
const copy = () => screen.queryByRole('button', { name: t('chat.copyMessage') });
const retry = () => screen.queryByRole('button', { name: t('chat.cut.retry') });

describe('a message that came cut (R8)', () => {
  it('is asked for when it is on the screen; only all of it is copied', async () => {
    const { connection } = await openWebChat({ messages: [cut('the beginning')] });
    await waitFor(() => connection.request('chat.message.get'));
    expect(answer()?.textContent).toContain('the beginning');
    expect(answer()?.textContent).not.toContain('truncated');
    expect(await screen.findByText(t('chat.cut.reading'))).toBeTruthy();
    expect(copy()).toBeNull();
    await act(async () =>
      connection.reply('chat.message.get', { ok: true, message: whole('the beginning and the end') }),
    );
    expect(answer()?.textContent).toContain('the beginning and the end');
    expect(screen.queryByText(t('chat.cut.reading'))).toBeNull();
    expect(copy()).not.toBeNull();
  });

  it('says why the rest does not come, and is asked for again by the keyboard', async () => {
    const { connection } = await openWebChat({ messages: [cut('the beginning')] });
    await waitFor(() => connection.request('chat.message.get'));
    await act(async () => connection.refuse('chat.message.get', { code: 'UNAVAILABLE', message: 'busy' }));
    expect(screen.getByText(/could not be read/).closest('[role=status]')).not.toBeNull();
    retry()?.focus();
    await userEvent.keyboard('{Enter}');
    await act(async () =>
      connection.reply('chat.message.get', { ok: false, unavailableReason: 'oversized' }),
    );
    expect(screen.getByText(t('chat.cut.unavailable'))).toBeTruthy();
    expect(retry()).not.toBeNull();
  });
});
