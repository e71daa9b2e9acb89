import { appError, type Translate } from '../../shared/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { errorJson } from './output.ts';
import { HelpShown, UsageProblem, usageSentence } from './program.ts';

/** Says what was wrong with a command line, and how it is meant. Returns the exit code; rethrows what is no usage. */
export function exitCodeOfThrown(thrown: unknown, json: boolean, t: Translate): number {
  if (thrown instanceof HelpShown) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (!(thrown instanceof UsageProblem)) throw thrown;
  const { command } = thrown;
  const reason = usageSentence(thrown, t);
  const names: string[] = [];
  for (let at: typeof command | null = command; at; at = at.parent) names.unshift(at.name());
  const help = `${names.join(' ')} --help`;
  if (json) {
    const error = appError('CLI_USAGE', thrown.message, { details: { reason, help } });
    process.stdout.write(`${JSON.stringify({ ok: false, error: errorJson(error, t) }, null, 2)}\n`);
  } else {
    const usage = `${t('cli.help.usage')} ${command.createHelp().commandUsage(command)}`;
    process.stderr.write(`${reason}\n${usage}\n${t('cli.usage.seeHelp', { help })}\n`);
  }
  return exitCodes.usage;
}
