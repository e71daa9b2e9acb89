import { assertNever } from '../../../shared/assert-never.ts';
import { type AppError, appError } from '../../../shared/errors.ts';
import type { AskQuestion } from '../../questions.ts';
import type { AnswerPrompt } from './askpass.ts';
import type { SshFacts } from './output.ts';
import { classifyPrompt, type Prompt } from './prompts.ts';

export type PromptAnswersOptions = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly knownHostsFile: string;
  readonly canRemember: boolean;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
  readonly facts: () => SshFacts;
  /** A person said no. The session has to end with this. */
  readonly refuse: (error: AppError) => void;
  readonly onStep: (step: 'hostKey' | 'authentication') => void;
};

export type PromptAnswers = {
  readonly answer: AnswerPrompt;
  /** Withdraws what only waits for a touch: it has happened. */
  signedIn(): void;
};

/** Turns what `ssh` asks into questions for a person, and their answers into its words. */
export function createPromptAnswers(options: PromptAnswersOptions): PromptAnswers {
  const { host, port, user, signal, canRemember } = options;
  const askedBefore = new Set<string>();
  let presence: AbortController | null = null;

  const hostKey = async (prompt: Extract<Prompt, { kind: 'hostKey' }>): Promise<string | null> => {
    const shown = options.facts().hostKey;
    const fingerprint = prompt.fingerprint ?? shown?.fingerprint ?? '';
    // The log names the type in full, where it speaks of the same key.
    const keyType = shown?.fingerprint === fingerprint ? shown.keyType : (prompt.keyType ?? '');
    const where = { host: prompt.host ?? host, port: prompt.port ?? port };
    options.onStep('hostKey');
    const answer = await options.ask(
      { kind: 'hostKey', ...where, keyType, fingerprint, knownHostsFile: options.knownHostsFile },
      signal,
    );
    if (answer.kind === 'hostKey' && answer.trust) {
      return prompt.takesFingerprint && fingerprint !== '' ? fingerprint : 'yes';
    }
    options.refuse(
      appError('SSH_HOST_KEY_DECLINED', `${keyType} ${fingerprint} of ${where.host} was not trusted`, {
        details: { ...where, keyType, fingerprint },
      }),
    );
    return null;
  };

  const passphrase = async (identityFile: string, wrongBefore: boolean): Promise<string | null> => {
    const answer = await options.ask({ kind: 'passphrase', identityFile, wrongBefore, canRemember }, signal);
    if (answer.kind === 'passphrase') return answer.passphrase;
    options.refuse(
      appError('SSH_PASSPHRASE_CANCELLED', `no passphrase for ${identityFile}`, {
        details: { file: identityFile },
      }),
    );
    return null;
  };

  const cancelled = () =>
    options.refuse(
      appError('SSH_AUTH_CANCELLED', `${host} got no answer`, { details: { host, port, user } }),
    );

  const password = async (who: { user: string; host: string }, wrongBefore: boolean) => {
    const answer = await options.ask({ kind: 'password', ...who, wrongBefore, canRemember }, signal);
    if (answer.kind === 'password') return answer.password;
    cancelled();
    return null;
  };

  const other = async (text: string, echo: boolean, questionSignal: AbortSignal): Promise<string | null> => {
    const prompts = [{ prompt: text, echo }];
    const answer = await options.ask(
      { kind: 'keyboardInteractive', user, host, name: '', instructions: '', prompts },
      questionSignal,
    );
    if (answer.kind === 'keyboardInteractive') return answer.answers[0] ?? '';
    cancelled();
    return null;
  };

  const answer: AnswerPrompt = async (text, hint) => {
    // It was touched: there is another thing to ask now.
    presence?.abort();
    presence = null;
    const prompt = classifyPrompt(text, hint);
    const wrongBefore = askedBefore.has(text);
    askedBefore.add(text);
    if (prompt.kind !== 'hostKey') options.onStep('authentication');
    switch (prompt.kind) {
      case 'hostKey':
        return hostKey(prompt);
      case 'passphrase':
        return passphrase(prompt.identityFile, wrongBefore);
      case 'password':
        return password({ user: prompt.user, host: prompt.host }, wrongBefore);
      case 'presence': {
        presence = new AbortController();
        await other(prompt.text, true, AbortSignal.any([signal, presence.signal])).catch(() => null);
        return null;
      }
      case 'other':
        return other(prompt.text, prompt.echo, signal);
      default:
        return assertNever(prompt);
    }
  };
  return { answer, signedIn: () => presence?.abort() };
}
