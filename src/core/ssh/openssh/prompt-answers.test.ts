import { describe, expect, it } from 'vitest';
import type { AppError } from '../../../shared/errors.ts';
import { createQuestions } from '../../questions.ts';
import { createPromptAnswers } from './prompt-answers.ts';

function bench() {
  let id = 0;
  const questions = createQuestions(() => String(++id));
  const over = new AbortController();
  const refused: AppError[] = [];
  const prompts = createPromptAnswers({
    host: 'gw',
    port: 22,
    user: 'ann',
    knownHostsFile: '/k',
    canRemember: false,
    ask: questions.ask,
    signal: over.signal,
    facts: () => ({ step: 'hostKey', hostKey: null, offered: [], user: null, destination: null }),
    refuse: (error) => refused.push(error),
    onStep: () => {},
  });
  return { questions, over, refused, prompts };
}

const touch = 'Confirm user presence for key ED25519-SK SHA256:abc';

describe('a security key', () => {
  it('shows that it waits, until somebody touched it', async () => {
    const { questions, prompts, refused } = bench();
    const answered = prompts.answer(touch, 'none');
    expect(questions.open()).toMatchObject([{ kind: 'keyboardInteractive', prompts: [{ prompt: touch }] }]);
    prompts.signedIn();
    expect(await answered).toBeNull();
    expect(questions.open()).toEqual([]);
    expect(refused).toEqual([]);
  });

  it('gives way to the next thing asked', async () => {
    const { questions, prompts } = bench();
    const answered = prompts.answer(touch, 'none');
    const pin = prompts.answer('Enter PIN for ED25519-SK key /k: ', 'text');
    expect(await answered).toBeNull();
    const [question] = questions.open();
    expect(question).toMatchObject({
      prompts: [{ prompt: 'Enter PIN for ED25519-SK key /k:', echo: false }],
    });
    questions.answer(question?.id ?? '', { kind: 'keyboardInteractive', answers: ['1234'] });
    expect(await pin).toBe('1234');
  });

  it('ends the attempt when a person cancels', async () => {
    const { questions, prompts, refused } = bench();
    const answered = prompts.answer(touch, 'none');
    questions.answer(questions.open()[0]?.id ?? '', { kind: 'cancel' });
    expect(await answered).toBeNull();
    expect(refused).toMatchObject([{ code: 'SSH_AUTH_CANCELLED' }]);
  });
});

it('withdraws its questions when the attempt is over', async () => {
  const { questions, prompts, over } = bench();
  const answered = prompts.answer("ann@gw's password: ", 'text');
  over.abort(new Error('over'));
  await expect(answered).rejects.toThrow('over');
  expect(questions.open()).toEqual([]);
});

it('says yes without a fingerprint where the prompt takes none', async () => {
  const { questions, prompts } = bench();
  const text =
    "The authenticity of host 'gw (192.0.2.1)' can't be established.\nRSA key fingerprint is SHA256:abc.\nAre you sure you want to continue connecting (yes/no)? ";
  const answered = prompts.answer(text, 'text');
  questions.answer(questions.open()[0]?.id ?? '', { kind: 'hostKey', trust: true });
  expect(await answered).toBe('yes');
});
