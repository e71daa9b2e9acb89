import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { renderScreen, t } from '../../test-support/render.tsx';
import { directSnapshot, localSnapshot } from '../../test-support/snapshot.ts';
import { openWebChat } from '../../test-support/webchat.tsx';
import { WebChat } from './webchat.tsx';

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: t('chat.composer.label') });

/** True where the browser goes on and puts the text into the field. */
const paste = (files: File[], text = '') =>
  fireEvent.paste(field(), { clipboardData: { files, getData: () => text } });

describe('files of a message (R8)', () => {
  const picker = () => document.querySelector<HTMLInputElement>('input[type=file]');
  const choose = async (...files: File[]) => {
    const input = picker();
    if (input) await userEvent.upload(input, files);
  };

  it('go out with the text, as the Gateway takes them', async () => {
    const { connection } = await openWebChat();
    await choose(new File(['hello'], 'notes.txt', { type: 'text/plain' }));
    await userEvent.type(field(), 'read this');
    await waitFor(() =>
      expect(screen.getByRole('button', { name: t('chat.composer.send') })).toHaveProperty('disabled', false),
    );
    await userEvent.keyboard('{Enter}');
    await waitFor(() => connection.request('chat.send'));
    expect(connection.request('chat.send').params).toMatchObject({
      message: 'read this',
      attachments: [{ type: 'file', mimeType: 'text/plain', fileName: 'notes.txt', content: btoa('hello') }],
    });
    expect(screen.queryByText('notes.txt')).toBeNull();
  });

  it('that are too large say so each, and hold back the text until they are removed', async () => {
    const { connection } = await openWebChat();
    await choose(new File(['x'.repeat(11)], 'cat.png', { type: 'image/png' }), new File([], 'empty.txt'));
    await userEvent.type(field(), 'look{Enter}');
    expect(screen.getByText(t('chat.files.tooLarge', { limit: '1 KB' }))).toBeTruthy();
    expect(screen.getByText(t('chat.files.empty'))).toBeTruthy();
    expect(connection.requests.map(({ method }) => method)).not.toContain('chat.send');
    for (const name of ['cat.png', 'empty.txt']) {
      await userEvent.click(screen.getByRole('button', { name: t('chat.files.remove', { name }) }));
    }
    await userEvent.type(field(), '{Enter}');
    await waitFor(() => expect(connection.request('chat.send').params).toMatchObject({ message: 'look' }));
  });

  it('that are refused are said to a screen reader, each by its name, and once more on Enter', async () => {
    await openWebChat();
    expect(field().getAttribute('aria-describedby')).toBeNull();
    await choose(new File([], 'empty.txt'), new File(['x'.repeat(11)], 'cat.png', { type: 'image/png' }));
    const region = document.getElementById(field().getAttribute('aria-describedby') ?? '');
    expect(region?.getAttribute('aria-live')).toBe('polite');
    const said = () => [...(region?.children ?? [])];
    const problems = [
      t('chat.files.problem', { name: 'empty.txt', problem: t('chat.files.empty') }),
      t('chat.files.problem', { name: 'cat.png', problem: t('chat.files.tooLarge', { limit: '1 KB' }) }),
    ];
    expect(said().map(({ textContent }) => textContent)).toEqual(problems);
    const before = said();
    await userEvent.type(field(), 'look');
    expect(said()).toEqual(before);
    await userEvent.keyboard('{Enter}');
    expect(said().map(({ textContent }) => textContent)).toEqual(problems);
    expect(said().some((element) => before.includes(element))).toBe(false);
  });

  it('come back into the field with the text of a message that is written again', async () => {
    const { connection } = await openWebChat();
    act(() => connection.drop());
    await choose(new File(['hello'], 'notes.txt', { type: 'text/plain' }));
    await userEvent.type(field(), 'read this');
    await waitFor(() =>
      expect(screen.getByRole('button', { name: t('chat.composer.send') })).toHaveProperty('disabled', false),
    );
    await userEvent.keyboard('{Enter}');
    expect(screen.queryByText('notes.txt')).toBeNull();
    // Without a layout nothing counts as visible, so not by its role.
    await userEvent.click(screen.getByText(t('chat.delivery.edit')));
    expect(field().value).toBe('read this');
    expect(screen.getByText('notes.txt').nextElementSibling?.textContent).toBe('1 KB');
    expect(screen.getByRole('button', { name: t('chat.composer.send') })).toHaveProperty('disabled', false);
  });

  it('are checked again when the Gateway says what it takes', async () => {
    const { connection, net, chat } = await openWebChat();
    await choose(
      new File(['x'.repeat(60)], 'notes.txt'),
      new File(['hello'], 'cat.png', { type: 'image/png' }),
    );
    await waitFor(() => expect(chat.store.getState().attached.isReady).toBe(true));
    act(() => connection.drop());
    const sayLimits = async (maxBytes: number) => {
      await waitFor(() => expect(net.last().requests).toEqual([]), { timeout: 5000 });
      act(() => net.last().challenge());
      await waitFor(() => net.last().request('connect'));
      const policy = { attachments: { maxBytes, maxImageBytes: 10 } };
      await act(async () => net.last().reply('connect', { type: 'hello-ok', protocol: 4, policy }));
    };
    act(() => chat.actions.retry());
    await sayLimits(50);
    expect(screen.getByText(t('chat.files.tooLarge', { limit: '1 KB' }))).toBeTruthy();
    expect(chat.store.getState().attached.files.map(({ state }) => state)).toEqual(['refused', 'ready']);
    expect(chat.store.getState().attached.isReady).toBe(false);
    act(() => net.last().drop());
    act(() => chat.actions.retry());
    await sayLimits(100);
    expect(chat.store.getState().attached.isReady).toBe(true);
  });

  it('can be pasted and dropped', async () => {
    await openWebChat();
    paste([new File(['a'], 'pasted.txt')]);
    expect(await screen.findByText('pasted.txt')).toBeTruthy();
    paste([new File(['b'], 'named.txt')], 'file:///home/ada/named.txt');
    expect(await screen.findByText('named.txt')).toBeTruthy();
    fireEvent.drop(window, { dataTransfer: { types: ['Files'], files: [new File(['b'], 'dropped.txt')] } });
    expect(await screen.findByText('dropped.txt')).toBeTruthy();
  });
});

describe('pasted text (R8)', () => {
  it('goes into the field where the same comes as a picture too', async () => {
    const { chat } = await openWebChat();
    const isLeftToTheField = paste([new File(['x'], 'image.png', { type: 'image/png' })], 'Total\t12');
    expect(isLeftToTheField).toBe(true);
    expect(chat.store.getState().attached.files).toEqual([]);
  });
});

describe('slash commands (R8)', () => {
  it('are completed by key; Enter on a finished one sends it', async () => {
    const { connection } = await openWebChat();
    await userEvent.type(field(), '/');
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([
      '/statusShow the state.',
      '/modelChoose a model.',
    ]);
    await userEvent.keyboard('{ArrowDown}{Enter}');
    expect(field().value).toBe('/model ');
    await userEvent.clear(field());
    await userEvent.type(field(), '/sta{Tab}');
    expect(field().value).toBe('/status');
    expect(screen.queryByRole('listbox')).toBeNull();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(connection.request('chat.send').params).toMatchObject({ message: '/status' }));
  });

  it('leave Enter to an input method, and go away with Escape', async () => {
    await openWebChat();
    await userEvent.type(field(), '/st');
    fireEvent.keyDown(field(), { key: 'Enter', isComposing: true });
    expect(field().value).toBe('/st');
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(document.activeElement).toBe(field());
  });
});

describe('what was sent before (R8)', () => {
  it('comes back with arrow up in an empty field, and only there', async () => {
    const row = (content: string, seq: number) => ({
      role: 'user',
      content,
      timestamp: seq,
      __openclaw: { id: `u${seq}`, seq },
    });
    await openWebChat({ messages: [row('first', 1), row('second', 2)] });
    field().focus();
    await userEvent.keyboard('{ArrowUp}{ArrowUp}');
    expect(field().value).toBe('first');
    await userEvent.keyboard('{ArrowDown}');
    expect(field().value).toBe('second');
    await userEvent.keyboard('!{ArrowUp}');
    expect(field().value).toBe('second!');
  });
});

describe('the keys of the message field (R8)', () => {
  it('go on through what was sent before, past what looks like a command that is being typed', async () => {
    const rows = ['first', '/st'].map((content, at) => ({
      role: 'user',
      content,
      timestamp: at,
      __openclaw: { id: `u${at}`, seq: at + 1 },
    }));
    await openWebChat({ messages: rows });
    field().focus();
    await userEvent.keyboard('{ArrowUp}');
    expect(field().value).toBe('/st');
    expect(screen.queryByRole('listbox')).toBeNull();
    await userEvent.keyboard('{ArrowUp}');
    expect(field().value).toBe('first');
    await userEvent.clear(field());
    await userEvent.type(field(), '/st');
    expect(screen.getByRole('listbox')).toBeTruthy();
  });

  it('send with Enter from the choice of what the message does to the answer', async () => {
    const { connection } = await openWebChat();
    const message = { role: 'assistant', content: [{ type: 'text', text: 'part' }] };
    const about = { runId: 'r1', sessionKey: 'agent:main:main', seq: 1 };
    act(() => connection.event('chat', { ...about, state: 'delta', message }));
    await userEvent.type(field(), 'and then');
    await userEvent.click(screen.getByRole('radio', { name: t('chat.queue.followup') }));
    await userEvent.keyboard('{Enter}');
    await waitFor(() =>
      expect(connection.request('chat.send').params).toMatchObject({
        message: 'and then',
        queueMode: 'followup',
      }),
    );
    expect(document.activeElement).toBe(field());
  });
});

describe('messages that wait for another Gateway (R8)', () => {
  const note = (gateway: string) => t('chat.elsewhere.waits', { count: 1, gateway });

  it.each([
    ['local', t('chat.elsewhere.own')],
    ['local:attached', t('chat.elsewhere.installed')],
    ['ssh:ada@studio#18789', 'ada@studio'],
    ['ssh:ada@studio#19001', t('chat.elsewhere.port', { host: 'ada@studio', port: 19001 })],
    ['wss://studio.example:18789/', 'studio.example:18789'],
    [null, t('connection.localGateway')],
  ])('are named by it: %s', async (gatewayKey, name) => {
    const { fake } = renderScreen(<WebChat />, { ...localSnapshot, gatewayKey, endpoint: null });
    await userEvent.type(field(), 'hello{Enter}');
    const other = { ...directSnapshot, gatewayKey: 'wss://other.example/', endpoint: null };
    act(() => fake.show(other));
    expect(screen.getByText(note(name))).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: t('chat.elsewhere.take', { count: 1 }) }));
    expect(field().value).toBe('hello');
    expect(document.activeElement).toBe(field());
    expect(screen.queryByText(note(name))).toBeNull();
  });

  it('are not said to be unsent where they may have arrived', async () => {
    const { connection, fake } = await openWebChat();
    await userEvent.type(field(), 'hello{Enter}');
    await waitFor(() => connection.request('chat.send'));
    act(() => connection.drop());
    act(() => fake.show({ ...directSnapshot, endpoint: null }));
    expect(
      screen.getByText(t('chat.elsewhere.inDoubt', { count: 1, gateway: t('chat.elsewhere.own') })),
    ).toBeTruthy();
    expect(screen.queryByText(note(t('chat.elsewhere.own')))).toBeNull();
  });
});
