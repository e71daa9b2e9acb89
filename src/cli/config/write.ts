import type { ConfigPlan, ConfigService } from '../../core/config/config-service.ts';
import { breachesIn } from '../../core/config/validate.ts';
import { appError } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import { exitCodes } from '../exit-codes.ts';
import { canAsk, confirmed } from '../frame/consent.ts';
import type { CliContext } from '../frame/context.ts';
import { breachLines } from './breaches.ts';

export type WriteOptions = { readonly dryRun?: boolean; readonly yes?: boolean };

/**
 * Shows a planned change and writes it with consent: `--yes`, or a yes at the terminal. Where nobody can be asked and
 * `--yes` is missing, nothing is written and the code is that of a usage error.
 */
export async function writePlan(
  context: CliContext,
  service: ConfigService,
  planned: Result<ConfigPlan>,
  { dryRun = false, yes = false }: WriteOptions,
): Promise<number> {
  const { out, t } = context;
  if (!planned.ok) return out.fail(planned.error);
  const plan = planned.value;
  const { file, diff } = plan;
  if (diff === '') {
    out.answer({ ok: true, file, diff, written: false }, () => [t('config.unchanged', { file })]);
    return exitCodes.ok;
  }
  showDiff(context, diff);
  // Said before consent: it is written all the same, since the rest may follow in a second step.
  const breaches = breachesIn(plan.after, context.env);
  for (const { line, column, ...breach } of breaches) {
    for (const said of breachLines({ ...breach, at: `${file}:${line}:${column}` }, context)) out.note(said);
  }
  if (dryRun) {
    out.answer({ ok: true, file, diff, written: false }, () => [t('config.dryRun')]);
    return exitCodes.ok;
  }
  if (!yes) {
    if (!canAsk(context)) {
      const reason = t('config.yesNeeded');
      const details = { reason, help: 'chela config set --help' };
      return out.fail(appError('CLI_USAGE', 'no consent', { details }), { file, diff });
    }
    const answer = await confirmed(context, t('config.confirm', { file }));
    if (answer !== 'yes') {
      out.say(t('config.declined'));
      return answer === 'interrupted' ? exitCodes.interrupted : exitCodes.failed;
    }
  }
  const applied = await service.apply(plan);
  if (!applied.ok) return out.fail(applied.error, { file });
  const { written, rebased, backup } = applied.value;
  out.answer({ ok: true, file, diff, written, rebased, backup }, () => [
    t('config.written', { file }),
    ...(rebased ? [t('config.rebased')] : []),
    ...(backup ? [t('config.backup', { backup })] : []),
  ]);
  return exitCodes.ok;
}

export function showDiff({ out }: CliContext, diff: string): void {
  for (const line of coloured(diff, out.paint)) out.say(line);
}

function coloured(diff: string, paint: CliContext['out']['paint']): string[] {
  return diff
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (/^(\+\+\+|---) /.test(line)) return paint('bold', line);
      if (line.startsWith('@@')) return paint('cyan', line);
      if (line.startsWith('+')) return paint('green', line);
      return line.startsWith('-') ? paint('red', line) : line;
    });
}
