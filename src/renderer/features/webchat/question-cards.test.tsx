import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const methods = ['question.list', 'question.resolve'];
const question = (more: object = {}) => ({
  id: 'q1',
  status: 'pending',
  sessionKey: 'agent:main:main',
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + 60_000,
  questions: [
    {
      questionId: 'where',
      header: 'Where',
      question: 'Where to?',
      options: [{ label: 'Staging', description: 'safe' }, { label: 'Production' }],
    },
  ],
  ...more,
});
const answer = () => screen.getByRole('button', { name: t('ask.answer') });

describe('questions of the agent (R8)', () => {
  it('wait above the field without taking the focus; nothing is chosen by itself', async () => {
    await openWebChat({ methods, questions: [question()] });
    expect(screen.getByRole('form', { name: t('ask.title') }).textContent).toContain('Where to?');
    expect(answer()).toHaveProperty('disabled', true);
    expect(screen.getByRole('radio', { name: /Staging/ })).toHaveProperty('checked', false);
    expect(document.activeElement?.closest('form')?.getAttribute('aria-label')).not.toBe(t('ask.title'));
  });

  it.each([
    [59 * 60_000, /expires in (59:00|58:5\d)$/],
    [24 * 60 * 60_000, /expires in (24:00:00|23:59:5\d)$/],
  ])('tell how long they wait, from an hour on with the hours: %i ms', async (ms, clock) => {
    await openWebChat({ methods, questions: [question({ expiresAtMs: Date.now() + ms })] });
    const form = screen.getByRole('form', { name: t('ask.title') });
    expect(form.querySelector('header')?.textContent).toMatch(clock);
  });

  it('take an option, and go when the Gateway has the answer', async () => {
    const { connection } = await openWebChat({ methods, questions: [question()] });
    await userEvent.click(screen.getByRole('radio', { name: /Staging/ }));
    await userEvent.click(answer());
    const params = { id: 'q1', answers: { answers: { where: ['Staging'] } } };
    expect(connection.request('question.resolve').params).toEqual(params);
    await act(async () =>
      connection.reply('question.resolve', { status: 'answered', answers: params.answers }),
    );
    expect(screen.queryByText('Where to?')).toBeNull();
  });

  it('take words of their own in the place of an option, and several where that is allowed', async () => {
    const { connection } = await openWebChat({ methods });
    const [part] = question().questions;
    const parts = [part, { ...part, questionId: 'who', question: 'Who?', multiSelect: true }];
    act(() => connection.event('question.requested', question({ questions: parts })));
    await userEvent.click(screen.getByRole('radio', { name: /Production/ }));
    const [own] = screen.getAllByRole('textbox', { name: t('ask.own') });
    if (own) await userEvent.type(own, 'the lab');
    expect(screen.getByRole('radio', { name: /Production/ })).toHaveProperty('checked', false);
    expect(answer()).toHaveProperty('disabled', true);
    for (const box of screen.getAllByRole('checkbox')) await userEvent.click(box);
    await userEvent.click(answer());
    expect(connection.request('question.resolve').params.answers).toEqual({
      answers: { where: ['the lab'], who: ['Staging', 'Production'] },
    });
  });

  it('can be skipped; a refusal is said and the question stays', async () => {
    const { connection } = await openWebChat({ methods, questions: [question()] });
    await userEvent.click(screen.getByRole('button', { name: t('ask.skip') }));
    expect(connection.request('question.resolve').params).toEqual({ id: 'q1', cancel: true });
    const error = { code: 'INVALID_REQUEST', message: 'not yours' };
    await act(async () => connection.refuse('question.resolve', error));
    expect(screen.getByRole('alert').textContent).toContain('not yours');
    expect(screen.getByText('Where to?')).toBeTruthy();
  });

  it('go when somebody answers elsewhere', async () => {
    const { connection } = await openWebChat({ methods, questions: [question()] });
    act(() => connection.event('question.resolved', { id: 'q1', status: 'answered' }));
    expect(screen.queryByText('Where to?')).toBeNull();
  });

  it('hide a secret, and leave the secret store to the Gateway', async () => {
    const { connection } = await openWebChat({ methods });
    const [part] = question().questions;
    const secret = { ...part, options: [], isSecret: true };
    act(() => connection.event('question.requested', question({ questions: [secret] })));
    expect(screen.getByLabelText(t('ask.words')).getAttribute('type')).toBe('password');
    const stored = { ...secret, secretStore: { name: 'KEY', kind: 'secret' } };
    act(() => connection.event('question.requested', question({ id: 'q2', questions: [stored] })));
    expect(screen.getByText(t('ask.store'))).toBeTruthy();
  });
});
