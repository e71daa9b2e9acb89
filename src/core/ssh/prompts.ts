import { AppErrorException, appError } from '../../shared/errors.ts';
import { printable } from '../../shared/printable.ts';
import type { AskQuestion } from '../questions.ts';
import type { Secret, Secrets } from './secrets.ts';

type Asking = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
};

type ServerPrompts = {
  readonly name: string;
  readonly instructions: string;
  readonly prompts: readonly { readonly prompt: string; readonly echo?: boolean }[];
};

/** As many answers as prompts. Throws SSH_AUTH_CANCELLED or the signal's reason. */
async function askKeyboardInteractive(
  asking: Asking,
  { name, instructions, prompts }: ServerPrompts,
): Promise<readonly string[]> {
  const { user, host } = asking;
  const answer = await asking.ask(
    {
      kind: 'keyboardInteractive',
      user,
      host,
      name: printable(name),
      instructions: printable(instructions),
      prompts: prompts.map(({ prompt, echo }) => ({ prompt: printable(prompt), echo: echo === true })),
    },
    asking.signal,
  );
  if (answer.kind !== 'keyboardInteractive') throw cancelled(asking);
  return prompts.map((_, index) => answer.answers[index] ?? '');
}

/** The plain question for the password, and no other secret: a code is good for once. */
function isPasswordPrompt({ prompts }: ServerPrompts): boolean {
  const [first, ...others] = prompts;
  if (!first || others.length > 0 || first.echo === true) return false;
  return /^\s*(\([^)]*\)\s*)?(\S+'s )?password( for \S+)?\s*:?\s*$/i.test(first.prompt);
}

/** The prompts of one connection: a lone question for the password is answered from memory once, as after a drop. */
export function createPromptAnswers(asking: Asking & { readonly secrets: Secrets }) {
  const { user, host, port, secrets } = asking;
  const who = { user, host, port };
  let mayRecall = true;
  let typed: string | null = null;
  let recalled = false;
  return {
    async answer(prompts: ServerPrompts): Promise<readonly string[]> {
      const isPassword = isPasswordPrompt(prompts);
      const held = isPassword && mayRecall ? secrets.passwordInMemory(who) : null;
      mayRecall = false;
      if (held) {
        recalled = true;
        return [held.text];
      }
      const answers = await askKeyboardInteractive(asking, prompts);
      if (isPassword) typed = answers[0] ?? null;
      return answers;
    },
    async accepted(): Promise<void> {
      if (typed !== null) await secrets.keepPassword(who, typed, false);
      typed = null;
    },
    /** True when nobody was asked, so that it does not count as a person's try. */
    async refused(): Promise<boolean> {
      const wasRecalled = recalled;
      if (recalled) await secrets.forgetPassword(who, 'memory');
      typed = null;
      recalled = false;
      return wasRecalled;
    },
  };
}

export type PasswordTries = {
  /** The one that is remembered, then what a person types, a few times; null when that is used up. */
  next(): Promise<string | null>;
  accepted(): Promise<void>;
  refused(): Promise<void>;
};

export function createPasswordTries(
  options: Asking & {
    readonly secrets: Secrets;
    readonly passwordPrompts: number;
    readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  },
): PasswordTries {
  const { user, host, port, secrets } = options;
  const who = { user, host, port };
  let lookedUp = new Set<Secret['from']>();
  let asked = 0;
  let current: (Secret & { remember: boolean }) | null = null;

  return {
    async next() {
      if (!lookedUp.has('keychain')) {
        const known = await options.during(() => secrets.password(who));
        lookedUp = new Set([...lookedUp, known?.from ?? 'keychain']);
        if (known) {
          current = { ...known, remember: false };
          return known.text;
        }
      }
      if (asked >= options.passwordPrompts) return null;
      const canRemember = await secrets.canRemember();
      const question = { kind: 'password', user, host, wrongBefore: asked > 0, canRemember } as const;
      const answer = await options.ask(question, options.signal);
      if (answer.kind !== 'password') throw cancelled(options);
      asked++;
      current = { text: answer.password, from: 'person', remember: answer.remember };
      return answer.password;
    },
    async accepted() {
      if (current) await secrets.keepPassword(who, current.text, current.remember);
      current = null;
    },
    async refused() {
      if (current && current.from !== 'person') await secrets.forgetPassword(who, current.from);
      current = null;
    },
  };
}

function cancelled({ host, user }: Asking): AppErrorException {
  return new AppErrorException(
    appError('SSH_AUTH_CANCELLED', `the question of ${host} was not answered`, { details: { host, user } }),
  );
}
