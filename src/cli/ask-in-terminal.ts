import { confirm, input, password } from '@inquirer/prompts';
import type { AskQuestion, NewQuestion } from '../core/questions.ts';
import { assertNever } from '../shared/assert-never.ts';
import type { Answer } from '../shared/contract/question.ts';
import type { Translate } from '../shared/errors.ts';
import { oneLine } from '../shared/printable.ts';

/** For where no person can answer: every question is declined. */
export const declineAll: AskQuestion = async () => ({ kind: 'cancel' });

export type TerminalAsk = {
  readonly t: Translate;
  readonly input: NodeJS.ReadStream;
  /** The error stream, so that what a command prints stays clean. */
  readonly output: NodeJS.WriteStream;
  /** Ctrl+C at a prompt. */
  readonly onInterrupt: () => void;
};

/** Questions answered in a terminal; secrets are not shown. Nothing is remembered beyond this process. */
export function askInTerminal(terminal: TerminalAsk): AskQuestion {
  return async (question, signal) => {
    try {
      return await put(question, terminal, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      // Every prompt throws this when it is interrupted.
      if (thrown instanceof Error && thrown.name === 'ExitPromptError') {
        terminal.onInterrupt();
        return { kind: 'cancel' };
      }
      throw thrown;
    }
  };
}

async function put(question: NewQuestion, terminal: TerminalAsk, signal: AbortSignal): Promise<Answer> {
  const { t, output } = terminal;
  const context = { input: terminal.input, output, signal };
  const style = { maskedText: `[${t('doctor.cli.masked')}]` };
  const secret = (message: string) =>
    password({ message: oneLine(message), mask: false, toggleMask: false, theme: { style } }, context);
  const say = (text: string) => output.write(`${oneLine(text)}\n`);

  switch (question.kind) {
    case 'hostKey': {
      const { host, port, keyType, fingerprint, knownHostsFile: file } = question;
      const told = t('doctor.cli.hostKey', { host, port, keyType, fingerprint, file }).split('\n');
      const message = oneLine(told.pop() ?? '');
      for (const line of told) say(line);
      const keywords = {
        yes: t('doctor.cli.yes'),
        no: t('doctor.cli.no'),
        error: () => t('doctor.cli.yesOrNo'),
      };
      const trust = await confirm({ message, default: false, theme: { keywords } }, context);
      return { kind: 'hostKey', trust };
    }
    case 'passphrase': {
      if (question.wrongBefore) say(t('doctor.cli.wrongBefore'));
      const passphrase = await secret(t('doctor.cli.passphrase', { file: question.identityFile }));
      return { kind: 'passphrase', passphrase, remember: false };
    }
    case 'password': {
      if (question.wrongBefore) say(t('doctor.cli.wrongBefore'));
      const { user, host } = question;
      const answer = await secret(t('doctor.cli.password', { user, host }));
      return { kind: 'password', password: answer, remember: false };
    }
    case 'keyboardInteractive': {
      if (question.name) say(question.name);
      if (question.instructions) say(question.instructions);
      const answers: string[] = [];
      for (const { prompt, echo } of question.prompts) {
        answers.push(echo ? await input({ message: oneLine(prompt) }, context) : await secret(prompt));
      }
      return { kind: 'keyboardInteractive', answers };
    }
    default:
      return assertNever(question);
  }
}
