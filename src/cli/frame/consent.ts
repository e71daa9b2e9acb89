import { confirm } from '@inquirer/prompts';
import type { CliContext } from './context.ts';

/** Whether somebody sits here who can be asked. */
export function canAsk({ out, stdin }: CliContext): boolean {
  return !out.json && stdin.isTTY && process.stderr.isTTY;
}

/** Asks at the terminal; Enter alone is no. */
export async function confirmed(
  { t, stdin, signal }: CliContext,
  message: string,
): Promise<'yes' | 'no' | 'interrupted'> {
  const keywords = {
    yes: t('doctor.cli.yes'),
    no: t('doctor.cli.no'),
    error: () => t('doctor.cli.yesOrNo'),
  };
  try {
    const isYes = await confirm(
      { message, default: false, theme: { keywords } },
      { input: stdin, output: process.stderr, signal },
    );
    return isYes ? 'yes' : 'no';
  } catch (thrown) {
    if (thrown instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(thrown.name)) {
      return 'interrupted';
    }
    throw thrown;
  }
}
