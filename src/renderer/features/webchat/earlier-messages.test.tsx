import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { row } from '../../test-support/chat-script.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

/** jsdom lays nothing out: the test says what is near the window. */
let isNear = false;
let look: () => void = () => undefined;

beforeEach(() => {
  isNear = false;
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(heard: (places: { isIntersecting: boolean }[]) => void) {
        look = () => heard([{ isIntersecting: isNear }]);
      }
      observe() {
        look();
      }
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

function comesNear() {
  isNear = true;
  act(look);
}

const older = [row('user', 'first', 'r1'), row('assistant', 'first answer', 'r1')];
const newer = [row('user', 'second', 'r2'), row('assistant', 'second answer', 'r2')];
const button = (name: 'show' | 'reading' | 'failed' | 'offline') =>
  screen.findByRole('button', { name: t(`chat.earlier.${name}`) });

async function openNewer() {
  const { connection, chat } = await openWebChat({ messages: newer, hasMore: true });
  await button('show');
  const asked = () => connection.requests.filter(({ params }) => params.offset !== undefined).length;
  const answer = (messages: unknown[], hasMore: boolean) =>
    act(async () => connection.reply('chat.history', { sessionId: 's', messages, hasMore }));
  const first = () => chat.store.getState().rows[0];
  return { connection, asked, answer, first };
}

describe('older messages of a conversation (R8)', () => {
  it('are read when a person comes near them, once, and go on until there are none', async () => {
    const { asked, answer, first } = await openNewer();
    expect(asked()).toBe(0);
    comesNear();
    comesNear();
    expect((await button('reading')).getAttribute('aria-busy')).toBe('true');
    expect(asked()).toBe(1);
    await answer(older.slice(1), true);
    // Still near: there is room above the first row.
    await waitFor(() => expect(asked()).toBe(2));
    await answer(older.slice(0, 1), false);
    expect(first()).toMatchObject({ text: 'first' });
    expect(screen.queryByText(t('chat.earlier.show'))).toBeNull();
  });

  it('are read on request, and the focus does not fall out of the page', async () => {
    const { asked, answer, first } = await openNewer();
    await userEvent.click(await button('show'));
    await answer(older, false);
    expect(asked()).toBe(1);
    expect(first()).toMatchObject({ text: 'first' });
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: t('chat.composer.label') }));
  });

  it('that could not be read are asked for again on request only', async () => {
    const { connection, asked, answer, first } = await openNewer();
    comesNear();
    await act(async () => connection.refuse('chat.history', { code: 'UNAVAILABLE', message: 'busy' }));
    await button('failed');
    expect(asked()).toBe(1);
    await userEvent.click(await button('failed'));
    await answer(older, false);
    expect(first()).toMatchObject({ text: 'first' });
  });

  it('wait for the Gateway while it is away', async () => {
    const { connection, asked } = await openNewer();
    act(() => connection.drop());
    expect(await button('offline')).toHaveProperty('disabled', true);
    comesNear();
    expect(asked()).toBe(0);
  });
});
