import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import type { FakeConnection, FakeTransports } from '../../test-support/fake-transport.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { localSnapshot, remoteSnapshot } from '../../test-support/snapshot.ts';
import { openWebChat } from '../../test-support/webchat.tsx';
import { WebChat } from './webchat.tsx';

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: t('chat.composer.label') });
const log = () => screen.getByRole('log', { name: t('chat.conversation') });

/** Up to the question for its history. */
async function greeted(connection: FakeConnection) {
  act(() => connection.challenge());
  await waitFor(() => connection.request('connect'));
  await act(async () => connection.reply('connect', { type: 'hello-ok', protocol: 4, policy: {} }));
  await waitFor(() => connection.request('chat.history'));
}

async function connected(messages: unknown[] = []) {
  const played = renderScreen(<WebChat />, localSnapshot);
  const connection = played.net.last();
  await greeted(connection);
  await act(async () => connection.reply('chat.history', { sessionId: 's', messages }));
  return { ...played, connection };
}

const delta = (text: string, seq: number) => ({
  runId: 'r1',
  sessionKey: 'agent:main:main',
  seq,
  state: 'delta',
  message: { role: 'assistant', content: [{ type: 'text', text }] },
});

describe('Enter in the message field', () => {
  it('sends, and Shift+Enter starts a line', async () => {
    const user = userEvent.setup();
    await connected();
    await user.type(field(), 'one{Shift>}{Enter}{/Shift}two');
    expect(field().value).toBe('one\ntwo');
    await user.keyboard('{Enter}');
    expect(log().textContent).toContain('one\ntwo');
    expect(field().value).toBe('');
    expect(document.activeElement).toBe(field());
  });

  it.each([
    ['while an input method composes', { isComposing: true }],
    ['that ends a composition, as Safari sends it', { keyCode: 229 }],
  ])('does not send %s', async (_, init) => {
    const { connection } = await connected();
    fireEvent.change(field(), { target: { value: '你好' } });
    fireEvent.keyDown(field(), { key: 'Enter', ...init });
    expect(field().value).toBe('你好');
    expect(connection.requests.map(({ method }) => method)).not.toContain('chat.send');
    fireEvent.keyDown(field(), { key: 'Enter', keyCode: 13 });
    expect(field().value).toBe('');
  });
});

/** The connection ends before the Gateway answers whether it took the message. */
async function leftInDoubt() {
  const { connection, net } = await connected();
  await userEvent.type(field(), 'in doubt{Enter}');
  await waitFor(() => connection.request('chat.send'));
  act(() => connection.drop());
  await screen.findByText(t('chat.delivery.inDoubt'));
  return { connection, net };
}

async function comesBack(net: FakeTransports): Promise<FakeConnection> {
  await waitFor(() => expect(net.connections).toHaveLength(2));
  const next = net.last();
  await greeted(next);
  return next;
}

/** While an answer is written another message is sent; the Gateway takes it, and holds it. */
async function writeBehindAnAnswer() {
  const question = { role: 'user', content: 'first', idempotencyKey: 'r1:user' };
  const { connection } = await connected([{ ...question, __openclaw: { id: 'q', seq: 1 } }]);
  act(() => connection.event('chat', delta('part', 1)));
  await userEvent.type(field(), 'and then{Enter}');
  await waitFor(() => connection.request('chat.send'));
  const runId = String(connection.request('chat.send').params.idempotencyKey);
  await act(async () => connection.reply('chat.send', { runId, status: 'started' }));
  act(() => connection.event('chat', { runId, sessionKey: 'agent:main:main', seq: 1, state: 'final' }));
  await screen.findByText(t('chat.delivery.held'));
  return { connection, runId };
}

describe('the conversation', () => {
  it('says what to say first when it is empty; a suggestion only fills the field', async () => {
    const { connection } = await connected();
    await userEvent.click(screen.getByRole('button', { name: t('chat.empty.first') }));
    expect(field().value).toBe(t('chat.empty.first'));
    expect(connection.requests.map(({ method }) => method)).not.toContain('chat.send');
  });

  it('draws Markdown that is not finished, without raw HTML and without fetching pictures', async () => {
    const { connection } = await connected();
    act(() =>
      connection.event(
        'chat',
        delta('**bold** <img src=x onerror=alert(1)> ![a cat](https://example.com/cat.png) and **op', 1),
      ),
    );
    const answer = log().querySelector('[data-role="assistant"]');
    expect([...(answer?.querySelectorAll('strong') ?? [])].map((node) => node.textContent)).toEqual([
      'bold',
      'op',
    ]);
    expect(answer?.querySelector('img')).toBeNull();
    expect(answer?.textContent).toContain('a cat');
  });

  it('opens links outside and leads nowhere with the Gateway’s own addresses', async () => {
    await connected([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: '[out](https://example.com) [in](/api/x) [bad](javascript:alert(1))' },
        ],
        __openclaw: { id: 'a', seq: 1 },
      },
    ]);
    const links = [...log().querySelectorAll('a')];
    expect(links.map((link) => [link.textContent, link.href, link.rel, link.target])).toEqual([
      ['out', 'https://example.com/', 'noopener noreferrer', '_blank'],
    ]);
  });

  it('tells a screen reader about a finished answer once, and stays quiet while it streams', async () => {
    const { connection } = await connected();
    const spoken = () => document.querySelector('[aria-live="polite"][data-run]')?.textContent ?? '';
    act(() => connection.event('chat', delta('The **ans', 1)));
    expect(log().getAttribute('aria-live')).toBe('off');
    expect(spoken()).toBe('');
    const final = { ...delta('The **answer**.', 2), state: 'final' };
    act(() => connection.event('chat', final));
    expect(spoken()).toBe('Answer: The answer.');
  });

  it('tells a screen reader about a second answer that says the same', async () => {
    const { connection } = await connected();
    const said = () => document.querySelector('[aria-live="polite"][data-run]')?.firstElementChild;
    act(() => connection.event('chat', { ...delta('Done.', 1), state: 'final' }));
    const first = said();
    act(() => connection.event('chat', { ...delta('Done.', 1), runId: 'r2', state: 'final' }));
    expect(said()?.textContent).toBe(first?.textContent);
    expect(said()).not.toBe(first);
  });

  it('tells a screen reader that a message was refused, each time', async () => {
    const { connection } = await connected();
    const live = () => document.querySelector('[aria-live="polite"][data-run]');
    const refuse = () =>
      act(async () => connection.refuse('chat.send', { code: 'UNAVAILABLE', message: 'the disk is full' }));
    await userEvent.type(field(), 'hello{Enter}');
    await waitFor(() => connection.request('chat.send'));
    expect(live()).toBeNull();
    await refuse();
    const first = live()?.firstElementChild;
    expect(first?.textContent).toMatch(/^Not sent\. .*the disk is full/);
    const sends = () => connection.requests.filter(({ method }) => method === 'chat.send').length;
    await userEvent.click(screen.getByText(t('chat.delivery.retry')));
    await waitFor(() => expect(sends()).toBe(2));
    await refuse();
    expect(live()?.textContent).toBe(first?.textContent);
    expect(live()?.firstElementChild).not.toBe(first);
  });

  it('offers each way out of a message that waits once', async () => {
    const { connection } = await connected();
    act(() => connection.drop());
    await userEvent.type(field(), 'later{Enter}');
    const buttons = [...log().querySelectorAll('.delivery button')].map((button) => button.textContent);
    expect(buttons).toEqual([t('chat.delivery.edit'), t('chat.delivery.discard')]);
  });

  it('does not call a message offline that only waits for the one before it', async () => {
    const { connection } = await connected();
    await userEvent.type(field(), 'one{Enter}two{Enter}');
    await waitFor(() => connection.request('chat.send'));
    expect(await screen.findByText(t('chat.delivery.soon'))).toBeTruthy();
    expect(log().textContent).not.toContain(t('chat.delivery.waiting'));
  });

  it('offers what is safe for a message that may have arrived: edit and discard, and the same again once connected', async () => {
    const { connection, net } = await leftInDoubt();
    const buttons = () => [...log().querySelectorAll('.delivery button')].map((button) => button.textContent);
    expect(buttons()).toEqual([t('chat.delivery.edit'), t('chat.delivery.discard')]);
    const next = await comesBack(net);
    expect(log().textContent).toContain(t('chat.delivery.unconfirmed'));
    expect(buttons()).toEqual([
      t('chat.delivery.retry'),
      t('chat.delivery.edit'),
      t('chat.delivery.discard'),
    ]);
    await userEvent.click(screen.getByText(t('chat.delivery.retry')));
    await act(async () => next.reply('chat.history', { sessionId: 's', messages: [] }));
    await waitFor(() => next.request('chat.send'));
    const sent = (of: typeof next) => of.requests.filter(({ method }) => method === 'chat.send');
    expect(sent(next).map(({ params }) => params)).toEqual(sent(connection).map(({ params }) => params));
  });

  it.each([true, false])(
    'gives the focus of a button that goes with the doubt to the field: %s',
    async (isThere) => {
      const { connection, net } = await leftInDoubt();
      const { idempotencyKey } = connection.request('chat.send').params;
      const focused = isThere
        ? screen.getByText(t('chat.delivery.discard'))
        : screen.getByLabelText(t('chat.keys.open'));
      act(() => focused.focus());
      const next = await comesBack(net);
      expect(document.activeElement).toBe(focused);
      const row = {
        role: 'user',
        content: 'in doubt',
        timestamp: 1,
        idempotencyKey: `${idempotencyKey}:user`,
      };
      const messages = [{ ...row, __openclaw: { id: 'm1', seq: 1 } }];
      await act(async () => next.reply('chat.history', { sessionId: 's', messages }));
      await waitFor(() => expect(screen.queryByText(t('chat.delivery.discard'))).toBeNull());
      expect(document.activeElement).toBe(isThere ? field() : focused);
    },
  );

  it('takes a message that may have arrived back into the field', async () => {
    const { net } = await leftInDoubt();
    await userEvent.click(screen.getByText(t('chat.delivery.edit')));
    expect(field().value).toBe('in doubt');
    expect(log().textContent).not.toContain('in doubt');
    expect(
      net.connections.flatMap(({ requests }) => requests.filter(({ method }) => method === 'chat.send')),
    ).toHaveLength(1);
  });

  it('says of a message behind an answer that it has arrived and waits', async () => {
    const { connection } = await writeBehindAnAnswer();
    act(() => connection.event('chat', { ...delta('part', 2), state: 'final' }));
    await waitFor(() => expect(screen.queryByText(t('chat.delivery.held'))).toBeNull());
  });

  it('offers to take back a message behind an answer, by the keyboard, and a way back that is read out', async () => {
    const { connection, runId } = await writeBehindAnAnswer();
    const buttons = [...log().querySelectorAll('.delivery button')].map((button) => button.textContent);
    expect(buttons).toEqual([t('chat.delivery.edit'), t('chat.delivery.discard')]);

    screen.getByText(t('chat.delivery.discard')).focus();
    await userEvent.keyboard('{Enter}');
    expect(document.activeElement).toBe(field());
    expect(connection.request('chat.abort').params).toMatchObject({ runId });
    await act(async () => connection.reply('chat.abort', { ok: true, aborted: true, runIds: [runId] }));
    expect(log().textContent).not.toContain('and then');
    const words = await screen.findByText(t('chat.delivery.discarded', { text: 'and then' }));
    expect(words.closest('[role=status]')?.textContent).toContain(t('sessions.undoKeys', { keys: 'Ctrl+Z' }));
    field().blur();
    await userEvent.keyboard('{Control>}z{/Control}');
    await waitFor(() => expect(log().textContent).toContain('and then'));
    expect(screen.queryByText(t('chat.delivery.discarded', { text: 'and then' }))).toBeNull();

    act(() => connection.drop());
    await userEvent.click(await screen.findByText(t('chat.delivery.discard')));
    expect(log().textContent).not.toContain('and then');
    await userEvent.click(screen.getByRole('button', { name: t('sessions.undo') }));
    expect(log().textContent).toContain('and then');
    expect(document.activeElement).toBe(field());
  });

  it('says of a message that was stopped before its turn that it has no answer, and sends it again', async () => {
    const { net } = await leftInDoubt();
    const next = await comesBack(net);
    const runId = String(net.connections[0]?.request('chat.send').params.idempotencyKey);
    const pendingInputs = { items: [{ runId, state: 'cancelled' }] };
    await act(async () => next.reply('chat.history', { sessionId: 's', messages: [], pendingInputs }));
    const reason = 'It was stopped before its turn, or failed, on the Gateway.';
    const note = () => log().querySelector('.delivery')?.textContent;
    expect(note()).toContain(t('chat.delivery.ended', { reason }));
    await userEvent.click(screen.getByText(t('chat.delivery.retry')));
    await waitFor(() => expect(next.request('chat.send').params).toMatchObject({ message: 'in doubt' }));
    expect(note()).toBeUndefined();
  });

  it('keeps Stop until the run has ended', async () => {
    const { connection } = await connected();
    act(() => connection.event('chat', delta('part', 1)));
    await userEvent.click(screen.getByRole('button', { name: t('chat.composer.stop') }));
    expect(connection.request('chat.abort').params).toMatchObject({ runId: 'r1' });
    expect(screen.getByRole('button', { name: t('chat.composer.stopping') })).toBeTruthy();
    act(() => connection.event('chat', { ...delta('part', 2), state: 'aborted' }));
    expect(screen.queryByRole('button', { name: t('chat.composer.stopping') })).toBeNull();
    expect(log().textContent).toContain(t('chat.run.stopped'));
  });
});

describe('Stop (R8)', () => {
  const stop = (name: Parameters<typeof t>[0]) => screen.queryByRole('button', { name: t(name) });

  it('says without a connection that it comes later, and offers nothing harder', async () => {
    const { connection } = await connected();
    act(() => connection.event('chat', delta('part', 1)));
    act(() => connection.drop());
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      fireEvent.click(screen.getByRole('button', { name: t('chat.composer.stop') }));
      act(() => vi.advanceTimersByTime(7000));
      expect(stop('chat.composer.stopLater')).toBeTruthy();
      expect(stop('chat.composer.stopAll')).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it('before the first word leaves an answer that says so; whoever had the focus on it writes on', async () => {
    const { connection } = await connected();
    await userEvent.type(field(), 'hello{Enter}');
    await waitFor(() => connection.request('chat.send'));
    const runId = String(connection.request('chat.send').params.idempotencyKey);
    await act(async () => connection.reply('chat.send', { runId, status: 'started' }));
    await userEvent.click(screen.getByRole('button', { name: t('chat.composer.stop') }));
    expect(document.activeElement).toBe(stop('chat.composer.stopping'));
    act(() => connection.event('chat', { runId, sessionKey: 'agent:main:main', seq: 1, state: 'aborted' }));
    expect(log().querySelector('[data-role="assistant"]')?.textContent).toContain(t('chat.run.stopped'));
    expect(document.activeElement).toBe(field());
  });

  it('before the first word is said of the last question after a reload too, until it is asked again', async () => {
    const asked = (id: string, seq: number) => ({
      role: 'user',
      content: `question ${id}`,
      timestamp: seq,
      idempotencyKey: `${id}:user`,
      __openclaw: { id: `m${seq}`, seq },
    });
    const messages = [asked('k1', 1), asked('k2', 2)];
    const { connection } = await openWebChat({ messages, activeRunIds: [] });
    const notes = () => screen.queryAllByText(t('chat.run.unanswered'));
    expect(notes()).toHaveLength(1);
    expect(notes()[0]?.closest('[data-role="user"]')?.textContent).toContain('question k2');
    act(() => connection.event('chat', delta('part', 1)));
    expect(notes()).toEqual([]);
  });

  it('is asked once by its key, and five seconds later the harder way; the button stays where it is', async () => {
    const { connection } = await connected();
    const aborts = () =>
      connection.requests.flatMap(({ method, params }) => (method === 'chat.abort' ? [params] : []));
    const press = () => fireEvent.keyDown(field(), { key: '.', ctrlKey: true });
    const once = { sessionKey: 'agent:main:main', runId: 'r1' };
    act(() => connection.event('chat', delta('part', 1)));
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      press();
      const button = stop('chat.composer.stopping');
      button?.focus();
      for (const _ of [1, 2]) {
        act(() => vi.advanceTimersByTime(2000));
        press();
      }
      expect(aborts()).toEqual([once]);
      act(() => vi.advanceTimersByTime(2000));
      expect(stop('chat.composer.stopAll')).toBe(button);
      expect(document.activeElement).toBe(button);
      expect(screen.getByText(t('chat.composer.stopAll'), { selector: '[role=status]' })).toBeTruthy();
      press();
      expect(aborts()).toEqual([once, { sessionKey: 'agent:main:main' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that is refused says why, and can be pressed again', async () => {
    const { connection } = await connected();
    act(() => connection.event('chat', delta('part', 1)));
    await userEvent.click(screen.getByRole('button', { name: t('chat.composer.stop') }));
    await act(async () =>
      connection.refuse('chat.abort', { code: 'INVALID_REQUEST', message: 'not your run' }),
    );
    expect(screen.getByText(/not your run/)).toBeTruthy();
    expect(stop('chat.composer.stop')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: t('chat.dismiss') }));
    expect(screen.queryByText(/not your run/)).toBeNull();
  });
});

describe('a browser that keeps nothing (R8)', () => {
  it('is said at the field, once and only then', () => {
    renderScreen(<WebChat />, localSnapshot);
    expect(screen.queryByText(t('chat.notKept'))).toBeNull();
    cleanup();
    renderScreen(<WebChat />, localSnapshot, undefined, { isKept: false });
    expect(screen.getByText(t('chat.notKept'))).toBeTruthy();
  });

  it('is said as soon as a message could not be written, and until all of them are', () => {
    const { storage } = renderScreen(<WebChat />, localSnapshot);
    act(() => storage.keep(false));
    expect(screen.getByText(t('chat.notKept')).closest('[role="status"]')).not.toBeNull();
    act(() => storage.keep(true));
    expect(screen.queryByText(t('chat.notKept'))).toBeNull();
  });
});

describe('a tool call', () => {
  const toolEvent = (stream: string, data: Record<string, unknown>, seq: number) => ({
    runId: 'r1',
    sessionKey: 'agent:main:main',
    stream,
    seq,
    data: { toolCallId: 'call-1', name: 'exec', ...data },
  });

  it('is a card while it runs: what it was given, what it gives back, how it ended (R8)', async () => {
    const { connection } = await connected();
    act(() => {
      connection.event('chat', delta('Let me look.', 1));
      connection.event(
        'agent',
        toolEvent('item', { kind: 'tool', phase: 'start', title: 'Exec list files' }, 2),
      );
      connection.event('agent', toolEvent('tool', { phase: 'start', args: { command: 'ls /nothing' } }, 3));
      connection.event(
        'agent',
        toolEvent('command_output', { phase: 'delta', output: 'ls: \u001b[31mcannot' }, 4),
      );
    });
    const card = () => log().querySelector('details.tool');
    expect(card()?.textContent).toContain(`Exec list files${t('chat.toolRunning')}`);
    await userEvent.click(screen.getByText('Exec list files'));
    await waitFor(() => expect(card()?.textContent).toContain('ls /nothing'));
    expect(card()?.textContent).toContain('ls: cannot');

    const details = { exitCode: 2, durationMs: 79, cwd: '/home/ada' };
    const result = { content: [{ type: 'text', text: 'ls: cannot access' }], details };
    act(() => connection.event('agent', toolEvent('tool', { phase: 'result', isError: true, result }, 5)));
    expect(card()?.getAttribute('data-status')).toBe('failed');
    expect(card()?.textContent).toContain(`${t('chat.tool.exitCode', { code: 2 })} · 79 ms`);
    expect(card()?.textContent).toContain('/home/ada');
    await userEvent.click(screen.getByText('Exec list files'));
    expect(card()?.querySelector('.tool-reason')?.textContent).toBe('ls: cannot access');
  });

  it('counts the attempts where the model does not answer', async () => {
    const { connection } = await connected();
    const data = { phase: 'retrying', retryAttempt: 2, maxRetries: 8 };
    act(() => {
      connection.event('chat', { ...delta('', 1), state: 'status', phase: 'starting_model' });
      connection.event('agent', toolEvent('run_status', data, 2));
    });
    expect(log().textContent).toContain(t('chat.run.retryingCounted', { attempt: 2, max: 8 }));
  });
});

describe('what history tells about an answer', () => {
  it('is the model and the tokens; a long message is cut until more is asked for (R8)', async () => {
    await connected([
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'word '.repeat(40_000) }],
        model: 'fake-1',
        usage: { input: 1234, output: 5 },
        __openclaw: { id: 'a', seq: 1 },
      },
    ]);
    await waitFor(() => expect(log().textContent).toContain('fake-1'));
    expect(log().textContent).toContain(t('chat.usage', { input: '1,234', output: '5' }));
    const before = log().textContent?.length ?? 0;
    expect(before).toBeLessThan(30_000);
    // Without a layout nothing counts as visible, so not by its role.
    await userEvent.click(screen.getByText(/^Show more/));
    expect(log().textContent?.length ?? 0).toBeGreaterThan(100_000);
  });
});

describe('the status line', () => {
  const status = () => screen.getByRole('status', { name: t('connection.label') });

  it('says connected, to what, and how well', async () => {
    await connected();
    expect(status().textContent).toContain(
      t('connection.connected', { where: t('connection.localGateway') }),
    );
    expect(screen.getByRole('banner').textContent).toContain('3 ms');
  });

  it('counts down to the next attempt, which can be skipped', async () => {
    const { fake } = await connected();
    const error = appError('SSH_CLOSED', 'x', { details: { host: 'studio', reason: '' } });
    const retryAt = Date.now() + 7500;
    act(() =>
      fake.show({ ...remoteSnapshot, connection: { tag: 'reconnecting', attempt: 2, retryAt, error } }),
    );
    await waitFor(() => expect(status().textContent).toContain('in 8 s'));
    await userEvent.click(screen.getByRole('button', { name: t('connection.retryNow') }));
    expect(fake.asked).toContainEqual({ method: 'connection.retry', params: {} });
  });

  it('explains a permanent failure and offers its one fix', async () => {
    const { fake } = await connected();
    const error = appError('GATEWAY_TOKEN_MISMATCH', 'x');
    act(() => fake.show({ ...remoteSnapshot, connection: { tag: 'failed', error } }));
    expect(screen.getByRole('alert').textContent).toContain(t('errors.GATEWAY_TOKEN_MISMATCH.title'));
    await userEvent.click(screen.getByRole('button', { name: t('connection.openSettings') }));
    expect(window.location.hash).toBe('#/settings/general');
  });

  it('switches on a press, not when the arrow keys move the focus', async () => {
    const { fake } = await connected();
    act(() => fake.show({ ...remoteSnapshot, mode: 'local', target: '' }));
    const remote = screen.getByRole('radio', { name: t('connection.mode.remote') });
    screen.getByRole('radio', { name: t('connection.mode.local') }).focus();
    await userEvent.keyboard('{ArrowRight}');
    expect(document.activeElement).toBe(remote);
    expect(fake.asked.map(({ method }) => method)).not.toContain('connection.setMode');
    await userEvent.keyboard(' ');
    expect(fake.asked).toContainEqual({ method: 'connection.setMode', params: { mode: 'remote' } });
  });

  it('asks for a target before it goes remote without one', async () => {
    const { fake } = await connected();
    await userEvent.click(screen.getByRole('radio', { name: t('connection.mode.remote') }));
    expect(fake.asked.map(({ method }) => method)).not.toContain('connection.setMode');
    expect(window.location.hash).toBe('#/settings/general?runs=remote');
  });
});

describe('the keyboard', () => {
  it('a new conversation can be written in at once, wherever the focus was', async () => {
    await connected();
    act(() => field().blur());
    await userEvent.keyboard('{Alt>}n{/Alt}');
    await waitFor(() => expect(document.activeElement).toBe(field()));
    await userEvent.keyboard('first words');
    expect(field().value).toBe('first words');
  });

  it('opens the sheet with ? outside of text, and Escape closes it', async () => {
    await connected();
    await userEvent.type(field(), '?');
    expect(screen.queryByRole('dialog')).toBeNull();
    act(() => field().blur());
    await userEvent.keyboard('?');
    expect(await screen.findByRole('dialog', { name: t('chat.keys.title') })).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});

it('takes nothing for read once the page is gone (R8)', async () => {
  const { chat } = await connected();
  const seen: boolean[] = [];
  const { setIsVisible } = chat.sessions.actions;
  chat.sessions.actions.setIsVisible = (isVisible) => {
    seen.push(isVisible);
    setIsVisible(isVisible);
  };
  cleanup();
  expect(seen).toEqual([false]);
});
