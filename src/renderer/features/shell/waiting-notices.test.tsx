import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pageNotifier } from '../../notifier.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';
import { WaitingNotices } from './waiting-notices.tsx';
import { WindowTitle } from './window-title.tsx';

const beside = (
  <>
    <WaitingNotices />
    <WindowTitle />
  </>
);
const soon = () => ({ createdAtMs: Date.now(), expiresAtMs: Date.now() + 90_000 });
const command = (id: string, text: string) => ({ id, ...soon(), request: { command: text } });
const question = {
  id: 'q1',
  status: 'pending',
  ...soon(),
  questions: [{ questionId: 'where', question: 'Where to?\nThink well.', options: [] }],
};
const offer = () => screen.queryByRole('button', { name: t('approvals.notify') });

describe('what waits for a person who is elsewhere (R8)', () => {
  it('is told by a notification, which goes when it is settled; a command is on its card alone', async () => {
    const { connection, notifier } = await openWebChat({ beside });
    notifier.allowed = 'granted';
    notifier.away = true;
    const long = `${'x'.repeat(300)}\u0007\nand more`;
    act(() => connection.event('exec.approval.requested', command('a1', 'deploy --password hunter2')));
    act(() =>
      connection.event('plugin.approval.requested', { id: 'p2', ...soon(), request: { title: long } }),
    );
    act(() => connection.event('question.requested', question));
    act(() =>
      connection.event('plugin.approval.requested', { id: 'p1', ...soon(), request: { title: 'Pay' } }),
    );
    expect(notifier.shown.map(({ id, title, body }) => [id, title, body])).toEqual([
      ['a1', t('approvals.title'), ''],
      ['p2', t('approvals.pluginTitle'), `${'x'.repeat(200)}…`],
      ['q1', t('ask.title'), 'Where to?'],
      ['p1', t('approvals.pluginTitle'), 'Pay'],
    ]);
    act(() => connection.event('exec.approval.resolved', { id: 'a1', decision: 'deny' }));
    expect(notifier.shown.map(({ id }) => id)).toEqual(['p2', 'q1', 'p1']);
  });

  it('is told once, also where the connection comes back', async () => {
    const { connection, notifier, chat } = await openWebChat({ beside });
    notifier.allowed = 'granted';
    notifier.away = true;
    act(() => connection.event('exec.approval.requested', command('a1', 'ls')));
    await act(async () => void chat.approvals.connected(new Set()));
    await act(async () => connection.reply('exec.approval.list', [command('a1', 'ls')]));
    expect(notifier.shown).toHaveLength(1);
  });

  it('is not told where somebody sees the page, or where nobody allowed it', async () => {
    const { connection, notifier } = await openWebChat({ beside });
    notifier.allowed = 'granted';
    act(() => connection.event('exec.approval.requested', command('a1', 'ls')));
    notifier.away = true;
    notifier.allowed = 'default';
    act(() => connection.event('exec.approval.requested', command('a2', 'ls')));
    expect(notifier.shown).toEqual([]);
  });

  it('is counted in the window’s title', async () => {
    const { connection } = await openWebChat({ beside });
    const before = document.title;
    act(() => connection.event('exec.approval.requested', command('a1', 'ls')));
    expect(document.title).toBe(`${t('approvals.waits', { count: 1 })} · ${before}`);
    act(() => connection.event('exec.approval.resolved', { id: 'a1', decision: 'deny' }));
    expect(document.title).toBe(before);
  });
});

describe('leave to notify (R8)', () => {
  it('is asked for by a press only, while something waits', async () => {
    const { connection, notifier } = await openWebChat({ beside });
    notifier.allowed = 'default';
    const ask = vi.spyOn(notifier, 'ask');
    expect(offer()).toBeNull();
    act(() => connection.event('exec.approval.requested', command('a1', 'ls')));
    expect(ask).not.toHaveBeenCalled();
    const button = offer();
    if (!button) throw new Error('it is not offered');
    await userEvent.click(button);
    expect(ask).toHaveBeenCalledOnce();
    expect(offer()).toBeNull();
    const field = screen.getByRole('textbox', { name: t('chat.composer.label') });
    expect(document.activeElement).toBe(field);
  });

  it('is not offered where it was given or refused before', async () => {
    const { connection, notifier } = await openWebChat({ beside });
    notifier.allowed = 'granted';
    act(() => connection.event('exec.approval.requested', command('a1', 'ls')));
    expect(offer()).toBeNull();
  });
});

describe('a notification of the browser (R8)', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('brings the page to the front when it is pressed', () => {
    const made: { title: string; options: NotificationOptions; onclick?: () => void }[] = [];
    const close = vi.fn();
    class FakeNotification {
      close = close;
      constructor(title: string, options: NotificationOptions) {
        made.push(Object.assign(this, { title, options }));
      }
    }
    vi.stubGlobal('Notification', FakeNotification);
    const focus = vi.spyOn(window, 'focus').mockImplementation(() => undefined);
    const onPress = vi.fn();
    const takeBack = pageNotifier.show({ id: 'a1', title: 'Run this command?', body: 'ls', onPress });
    expect(made).toMatchObject([{ title: 'Run this command?', options: { body: 'ls', tag: 'a1' } }]);
    made[0]?.onclick?.();
    expect([focus.mock.calls.length, onPress.mock.calls.length, close.mock.calls.length]).toEqual([1, 1, 1]);
    takeBack();
    expect(close).toHaveBeenCalledTimes(2);
  });

  it('is not missed where a browser has none', () => {
    vi.stubGlobal(
      'Notification',
      class {
        constructor() {
          throw new TypeError('Illegal constructor');
        }
      },
    );
    expect(() =>
      pageNotifier.show({ id: 'a', title: '', body: '', onPress: () => undefined })(),
    ).not.toThrow();
  });
});
