import { act, cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err, ok } from '../../../shared/result.ts';
import { row } from '../../test-support/chat-script.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const key = 'agent:main:main';
const levels = ['off', 'low', 'high', 'cosmic'].map((id) => ({ id, label: id }));
const models = [
  {
    id: 'small',
    name: 'Small',
    provider: 'lab',
    tags: ['default'],
    thinkingLevels: [{ id: 'off', label: 'off' }],
  },
  { id: 'large', name: 'Large', provider: 'lab', thinkingLevels: levels, thinkingDefault: 'low' },
  { id: 'gone', name: 'Gone', provider: 'lab', available: false },
];
const session = (more: object) => ({ key, modelProvider: 'lab', model: 'large', ...more });
const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: t('chat.composer.label') });
const control = (label: 'model' | 'thinking', shown: string) =>
  screen.getByRole('button', { name: `${t(`chat.${label}.label`)}: ${shown}` });

describe('model and thinking level of a conversation (R8)', () => {
  it('are shown as they are in force, and changed where the Gateway agrees', async () => {
    const { connection } = await openWebChat({
      models,
      sessions: [session({ modelOverrideSource: 'user' })],
    });
    await userEvent.click(control('thinking', t('chat.thinking.shown', { level: t('chat.thinking.low') })));
    await userEvent.click(await screen.findByRole('menuitemradio', { name: t('chat.thinking.high') }));
    expect(connection.request('sessions.patch').params).toEqual({ key, thinkingLevel: 'high' });
    // Nothing is claimed before the answer.
    control('thinking', t('chat.thinking.shown', { level: t('chat.thinking.low') }));
    const entry = { modelOverride: 'large', thinkingLevel: 'high' };
    await act(async () => connection.reply('sessions.patch', { key, entry }));
    control('thinking', t('chat.thinking.shown', { level: t('chat.thinking.high') }));

    await userEvent.click(control('model', 'Large'));
    const away = await screen.findByRole('menuitemradio', { name: new RegExp(t('chat.model.away')) });
    expect(away.getAttribute('aria-disabled')).toBe('true');
    await userEvent.click(screen.getByRole('menuitemradio', { name: new RegExp(t('chat.model.default')) }));
    expect(connection.request('sessions.patch').params).toEqual({ key, model: null });
  });

  it('say why a choice was refused, and keep what is in force', async () => {
    const { connection } = await openWebChat({ models, sessions: [session({})] });
    await userEvent.click(control('model', 'Large'));
    await userEvent.click(await screen.findByRole('menuitemradio', { name: /^Small/ }));
    const error = { code: 'INVALID_REQUEST', message: 'the key for lab was refused' };
    await act(async () => connection.refuse('sessions.patch', error));
    expect(screen.getByText(/the key for lab was refused/)).toBeTruthy();
    control('model', 'Large');
    await userEvent.click(screen.getByRole('button', { name: t('chat.dismiss') }));
    expect(screen.queryByText(/the key for lab was refused/)).toBeNull();
  });

  it('are fixed where the Gateway has fixed them, and absent where it names no model', async () => {
    await openWebChat({ models, sessions: [session({ runtimeSelectionLocked: true })] });
    const button = control('model', `Large. ${t('chat.model.locked')}`);
    expect(button).toHaveProperty('disabled', true);
  });

  it('are absent where the Gateway names no model', async () => {
    await openWebChat();
    expect(screen.queryByRole('button', { name: new RegExp(`^${t('chat.model.label')}:`) })).toBeNull();
  });
});

describe('how full the model is (R8)', () => {
  const used = (totalTokens: number, more: object = {}) => ({
    models,
    sessions: [session({ contextTokens: 1000, totalTokens, ...more })],
  });

  it('is not said while there is room, and not where the Gateway does not know', async () => {
    await openWebChat(used(590));
    expect(screen.queryByText(/Context/)).toBeNull();
  });

  it('is not said where the count is old', async () => {
    await openWebChat(used(990, { totalTokensFresh: false }));
    expect(screen.queryByText(/Context/)).toBeNull();
  });

  it('is said from 60 percent on, and near the end with what to do', async () => {
    const { connection, chat } = await openWebChat(used(630));
    expect(screen.getByText(t('chat.context.used', { percent: 63 }))).toBeTruthy();
    expect(screen.queryByRole('button', { name: t('chat.context.startNew') })).toBeNull();
    act(() =>
      connection.event('sessions.changed', { session: session({ totalTokens: 880 }), sessionKey: key }),
    );
    expect(screen.getByText(t('chat.context.nearlyFull', { percent: 88 }))).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: t('chat.context.startNew') }));
    expect(chat.store.getState().sessionKey).toContain('dashboard');
  });
});

const keepsBranches = ['sessions.rewind', 'sessions.branches.list', 'sessions.branches.switch'];

describe('an answer that is asked for again (R8)', () => {
  const messages = () => [row('user', 'one', 'r1'), row('assistant', 'first', 'r1')];
  const methodsOf = (requests: readonly { method: string }[]) => requests.map(({ method }) => method);
  const bringBack = () => screen.queryByText(t('chat.former.bringBack'));

  async function answeredAgain() {
    const before = messages();
    const page = await openWebChat({ messages: before, methods: keepsBranches });
    const { connection } = page;
    await userEvent.click(await screen.findByLabelText(t('chat.answerAgain')));
    const leaf = { headline: 'first', messageCount: 2 };
    await act(async () =>
      connection.reply('sessions.branches.list', {
        branches: [
          { ...leaf, leafEntryId: 'older', active: false },
          { ...leaf, leafEntryId: 'leaf-1', active: true },
        ],
      }),
    );
    await act(async () => connection.reply('sessions.rewind', { editorText: 'one' }));
    await waitFor(() => connection.request('chat.send'));
    const runId = String(connection.request('chat.send').params.idempotencyKey);
    await act(async () => connection.reply('chat.send', { runId, status: 'started' }));
    return { ...page, before, runId, question: row('user', 'one', runId) };
  }
  const event = (runId: string, more: object) => ({ sessionKey: 'agent:main:main', runId, seq: 1, ...more });

  it('is offered at a question that nothing answers: what stopped it, the transcript does not tell', async () => {
    const { connection } = await openWebChat({
      messages: [row('user', 'one', 'r1')],
      methods: keepsBranches,
    });
    await userEvent.click(await screen.findByLabelText(t('chat.answerAgain')));
    await act(async () => connection.reply('sessions.branches.list', { branches: [] }));
    expect(connection.request('sessions.rewind').params).toMatchObject({ sessionKey: 'agent:main:main' });
    await act(async () => connection.reply('sessions.rewind', { editorText: 'one' }));
    await waitFor(() => expect(connection.request('chat.send').params).toMatchObject({ message: 'one' }));
  });

  it('leaves the former one to be brought back, once the new one is finished', async () => {
    const { connection, before, runId, question } = await answeredAgain();
    expect(screen.queryByText('first')).toBeNull();
    act(() => connection.event('session.message', event(runId, { message: question })));
    expect(bringBack()?.getAttribute('aria-disabled')).toBe('true');
    await userEvent.click(bringBack() ?? document.body);
    expect(methodsOf(connection.requests)).not.toContain('sessions.branches.switch');
    const message = { role: 'assistant', content: [{ type: 'text', text: 'second' }] };
    act(() => connection.event('chat', event(runId, { state: 'final', message })));
    expect(bringBack()?.closest('[role=status]')?.textContent).toContain(t('chat.former.kept'));

    bringBack()?.focus();
    await userEvent.keyboard('{Enter}');
    expect(document.activeElement).toBe(field());
    expect(connection.request('sessions.branches.switch').params).toMatchObject({ leafEntryId: 'leaf-1' });
    await act(async () => connection.reply('sessions.branches.switch', {}));
    await act(async () => connection.reply('chat.history', { sessionId: 's', messages: before }));
    await waitFor(() => expect(screen.queryByText('first')).toBeTruthy());
    expect(screen.queryByText('second')).toBeNull();
    expect(bringBack()).toBeNull();
  });

  it('says why the Gateway does not bring it back, and still can, whether or not the new question is written', async () => {
    const { connection, before, runId } = await answeredAgain();
    const second = { role: 'assistant', content: [{ type: 'text', text: 'second' }] };
    act(() => connection.event('chat', event(runId, { state: 'final', message: second })));
    await userEvent.click(bringBack() ?? document.body);
    await act(async () =>
      connection.refuse('sessions.branches.switch', { code: 'UNAVAILABLE', message: 'try again later' }),
    );
    expect(screen.getByText(/try again later/)).toBeTruthy();

    await userEvent.click(bringBack() ?? document.body);
    await act(async () => connection.reply('sessions.branches.switch', {}));
    await act(async () => connection.reply('chat.history', { sessionId: 's', messages: before }));
    await waitFor(() => expect(screen.queryByText('first')).toBeTruthy());
    expect(screen.queryByText('second')).toBeNull();
  });

  it('is offered until something else is said, or another conversation is opened', async () => {
    const { connection, chat, runId } = await answeredAgain();
    act(() => connection.event('chat', event(runId, { state: 'final' })));
    expect(bringBack()).toBeTruthy();
    await userEvent.type(field(), 'thanks{Enter}');
    expect(bringBack()).toBeNull();
    act(() => chat.actions.openSession('agent:main:other'));
    act(() => chat.actions.openSession('agent:main:main'));
    expect(bringBack()).toBeNull();
  });

  it('asks first where the Gateway keeps nothing of it', async () => {
    const { connection } = await openWebChat({ messages: messages(), methods: ['sessions.rewind'] });
    const ask = async () => userEvent.click(await screen.findByLabelText(t('chat.answerAgain')));
    await ask();
    expect(screen.getByText(t('chat.former.goes'))).toBeTruthy();
    const confirm = screen.getByText(t('chat.answerAgain'));
    expect(document.activeElement).toBe(confirm);
    await userEvent.click(screen.getByLabelText(t('chat.former.leave')));
    expect(document.activeElement).toBe(field());
    expect(screen.queryByText(t('chat.former.goes'))).toBeNull();
    expect(methodsOf(connection.requests)).not.toContain('sessions.rewind');

    await ask();
    await userEvent.keyboard('{Enter}');
    expect(methodsOf(connection.requests)).toContain('sessions.rewind');
    await act(async () => connection.reply('sessions.rewind', { editorText: 'one' }));
    await waitFor(() => connection.request('chat.send'));
    expect(bringBack()).toBeNull();
  });
});

describe('an earlier message, sent in other words (R8)', () => {
  const messages = () => [row('user', 'one', 'r1'), row('assistant', 'first', 'r1')];
  const methods = ['sessions.rewind'];
  const again = async ({ connection }: Pick<Awaited<ReturnType<typeof openWebChat>>, 'connection'>) => {
    await userEvent.click(await screen.findByLabelText(t('chat.answerAgain')));
    // Not told which branch is shown, it goes on all the same.
    await act(async () =>
      connection.refuse('sessions.branches.list', { code: 'UNAVAILABLE', message: 'not now' }),
    );
  };

  // Without a layout nothing in the list counts as visible, so not by its role.
  it('is taken back only when the new words are sent', async () => {
    const { connection } = await openWebChat({ messages: messages().slice(0, 1), methods });
    await userEvent.type(field(), 'half a thought');
    await userEvent.click(await screen.findByLabelText(t('chat.rewrite.edit')));
    expect(field().value).toBe('one');
    await userEvent.keyboard('{Escape}');
    expect(field().value).toBe('half a thought');

    await userEvent.click(await screen.findByLabelText(t('chat.rewrite.edit')));
    expect(connection.requests.map(({ method }) => method)).not.toContain('sessions.rewind');
    await userEvent.type(field(), ' two{Enter}');
    expect(connection.request('sessions.rewind').params).toMatchObject({ entryId: expect.any(String) });
    expect(connection.requests.map(({ method }) => method)).not.toContain('chat.send');
    await act(async () => connection.reply('sessions.rewind', { editorText: 'one' }));
    await waitFor(() => expect(connection.request('chat.send').params).toMatchObject({ message: 'one two' }));
    expect(field().value).toBe('half a thought');
  });

  it('stays in the field while there is no connection', async () => {
    const { connection } = await openWebChat({ messages: messages().slice(0, 1), methods });
    await userEvent.click(await screen.findByLabelText(t('chat.rewrite.edit')));
    act(() => connection.drop());
    await userEvent.type(field(), ' two{Enter}');
    expect(screen.getByRole('button', { name: t('chat.composer.send') })).toHaveProperty('disabled', true);
    expect(field().value).toBe('one two');
  });

  it('stays where it is when the Gateway refuses', async () => {
    const { connection } = await openWebChat({ messages: messages(), methods: keepsBranches });
    await again({ connection });
    await act(async () =>
      connection.refuse('sessions.rewind', { code: 'UNAVAILABLE', message: 'the agent is working' }),
    );
    expect(screen.getByText(/the agent is working/)).toBeTruthy();
    expect(screen.getByText('first')).toBeTruthy();
  });

  it('says which right is missing, asks for it beside the connection, and goes on when it is granted', async () => {
    const { connection, fake, net } = await openWebChat({ messages: messages(), methods: keepsBranches });
    await again({ connection });
    const scope = 'operator.admin';
    await act(async () =>
      connection.refuse('sessions.rewind', {
        code: 'FORBIDDEN',
        message: `missing scope: ${scope}`,
        details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
      }),
    );
    expect(screen.getByText(t('errors.GATEWAY_SCOPE_MISSING.body', { scope }))).toBeTruthy();
    const details = { requestId: '4f1d2c3b-aa', reason: 'scope-upgrade' };
    fake.answer = (method) =>
      method === 'pairing.askForScopes' ? err(appError('GATEWAY_PAIRING_REQUIRED', 'x', { details })) : null;
    await userEvent.click(screen.getByRole('button', { name: t('connection.remedy.askForScopes') }));
    expect(await screen.findByText(/openclaw devices approve 4f1d2c3b-aa/)).toBeTruthy();
    expect(connection.isOpen).toBe(true);
    fake.answer = (method) => (method === 'pairing.askForScopes' ? ok({}) : null);
    await userEvent.click(screen.getByRole('button', { name: t('connection.remedy.askAgain') }));
    await waitFor(() => expect(net.connections.length).toBe(2));
    expect(connection.isOpen).toBe(false);
    expect(screen.queryByText(t('errors.GATEWAY_SCOPE_MISSING.body', { scope }))).toBeNull();
  });

  it('waits in the field when its file does not come back', async () => {
    const withFile = {
      ...row('user', 'read this', 'r2'),
      __openclaw: { id: 'e', seq: 90, media: [{ fileName: 'a.txt' }] },
    };
    const { connection } = await openWebChat({
      messages: [withFile, row('assistant', 'done', 'r2')],
      methods: keepsBranches,
    });
    await again({ connection });
    await act(async () => connection.reply('sessions.rewind', { editorText: 'read this' }));
    expect(screen.getByText(t('chat.rewrite.lost', { names: 'a.txt' }))).toBeTruthy();
    expect(field().value).toBe('read this');
    expect(connection.requests.map(({ method }) => method)).not.toContain('chat.send');
  });

  it('is not offered where the Gateway cannot take anything back', async () => {
    await openWebChat({ messages: messages() });
    expect(await screen.findAllByLabelText(t('chat.copyMessage'))).not.toHaveLength(0);
    expect(screen.queryByLabelText(t('chat.rewrite.edit'))).toBeNull();
    expect(screen.queryByLabelText(t('chat.answerAgain'))).toBeNull();
  });
});

describe('a right that is missing (R8)', () => {
  const scope = 'operator.approvals';
  const refusal = {
    code: 'FORBIDDEN',
    message: `missing scope: ${scope}`,
    details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
  };
  // Without a layout nothing in the list counts as visible, so not by its role.
  const ask = () => screen.queryByText(t('connection.remedy.askForScopes'));
  const expectAsking = async ({ fake, net }: Awaited<ReturnType<typeof openWebChat>>) => {
    fake.answer = (method) => (method === 'pairing.askForScopes' ? ok({}) : null);
    const button = ask();
    if (!button) throw new Error('it can’t be asked for');
    await userEvent.click(button);
    await waitFor(() => expect(net.connections.length).toBe(2));
  };

  it('can be asked for where a message was refused', async () => {
    const played = await openWebChat();
    await userEvent.type(field(), 'hello{Enter}');
    await waitFor(() => played.connection.request('chat.send'));
    await act(async () => played.connection.refuse('chat.send', refusal));
    await expectAsking(played);
  });

  it('can be asked for where a decision was refused', async () => {
    const request = { command: 'ls', allowedDecisions: ['deny'] };
    const approval = { id: 'a1', expiresAtMs: Date.now() + 90_000, request };
    const played = await openWebChat({ approvals: [approval] });
    await userEvent.click(screen.getByRole('button', { name: t('approvals.deny') }));
    await act(async () => played.connection.refuse('exec.approval.resolve', refusal));
    expect(screen.getByRole('alert').textContent).toContain(scope);
    await expectAsking(played);
  });

  it('can be asked for where the conversation may not be read', async () => {
    const played = await openWebChat();
    await act(async () => played.connection.event('chat', {}, 1));
    await act(async () => played.connection.event('chat', {}, 3));
    await waitFor(() =>
      expect(played.connection.requests.filter(({ method }) => method === 'chat.history')).toHaveLength(2),
    );
    await act(async () => played.connection.refuse('chat.history', refusal));
    await expectAsking(played);
  });

  it('is said once where what waits may not be read, and can be asked for', async () => {
    const played = await openWebChat({ approvals: refusal });
    expect(screen.getByText(t('approvals.unread'))).toBeTruthy();
    await expectAsking(played);
    cleanup();

    const { connection, chat } = await openWebChat({ approvals: refusal });
    await userEvent.click(screen.getByRole('button', { name: t('chat.dismiss') }));
    expect(ask()).toBeNull();
    await act(async () => {
      void chat.approvals.connected(new Set());
    });
    await act(async () => connection.refuse('exec.approval.list', refusal));
    expect(ask()).toBeNull();
  });

  it('is not claimed where a Gateway has no such list', async () => {
    await openWebChat({ approvals: { code: 'INVALID_REQUEST', message: 'unknown method' } });
    expect(screen.queryByText(t('approvals.unread'))).toBeNull();
  });
});
