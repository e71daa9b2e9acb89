import type { RunCommand } from './context.ts';
import type { ChelaCommand } from './program.ts';
import { runCommand } from './run.ts';

/** What the command that ran ended with. One process runs one command. */
let lastExitCode = 0;

export function exitCodeOfRun(): number {
  return lastExitCode;
}

/** The action of a command whose code is loaded when it runs, and not for `--help`. */
export function does<Options, Args extends readonly unknown[] = []>(
  load: () => Promise<RunCommand<Options, Args>>,
): (this: ChelaCommand, ...received: unknown[]) => Promise<void> {
  return async function action(this: ChelaCommand, ...received) {
    // commander hands over the arguments, the options and the command itself.
    const args = received.slice(0, -2) as unknown as Args;
    const { t, locale } = this;
    lastExitCode = await runCommand(
      { t, locale },
      this.optsWithGlobals(),
      load,
      received.at(-2) as Options,
      args,
    );
  };
}
