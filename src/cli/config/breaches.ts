import type { AppError } from '../../shared/errors.ts';
import type { CliContext } from '../frame/context.ts';
import { describeHere } from '../frame/describe-here.ts';

/** Which rule refuses the value at this place, and what to do instead. */
export function breachLines(
  { at, rule, error }: { at: string; rule: string; error: AppError },
  { t, out }: CliContext,
): string[] {
  const { title, body, fix } = describeHere(error, t);
  return [`${out.paint('red', '■')} ${at}: ${title} (${rule})`, `  ${body}`, `  ${t('cli.fix', { fix })}`];
}
