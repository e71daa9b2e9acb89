import type { DoctorStep } from '../shared/contract/doctor.ts';
import { describeStep } from '../shared/doctor-text.ts';
import type { Translate } from '../shared/errors.ts';
import { oneLine } from '../shared/printable.ts';
import { describeHere } from './frame/describe-here.ts';

export type Paint = (colour: 'green' | 'red' | 'yellow' | 'dim', text: string) => string;

const marks = { passed: ['✓', 'green'], failed: ['✗', 'red'], skipped: ['–', 'dim'] } as const;

/** One rung for a terminal, without a newline at its end; null where there is nothing to say yet. Pure. */
export function doctorLines(
  step: DoctorStep,
  t: Translate,
  paint: Paint,
  describe = describeHere,
): string | null {
  const { title, evidence, problem, fix } = describeStep(step, t, describe);
  if (step.status === 'running') return evidence && `${paint('yellow', '…')} ${title}: ${oneLine(evidence)}`;
  const [mark, colour] = marks[step.status];
  const ms = step.ms === null ? '' : ` ${paint('dim', t('doctor.cli.ms', { ms: step.ms }))}`;
  if (step.status === 'skipped') return paint('dim', `${mark} ${title}: ${oneLine(evidence ?? '')}`);
  const under = [
    evidence && paint('dim', oneLine(evidence)),
    problem && oneLine(problem.title),
    problem && oneLine(problem.body),
    fix && oneLine(t('doctor.cli.fix', { fix: fix.sentence })),
    fix?.command && oneLine(`${t(`doctor.cli.where.${fix.command.where}`)} ${fix.command.line}`),
  ];
  const head = `${paint(colour, mark)} ${title}${ms}`;
  return [head, ...under.flatMap((line) => (line ? [`  ${line}`] : []))].join('\n');
}
