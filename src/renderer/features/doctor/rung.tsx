import type { DoctorStep, DoctorStepId } from '../../../shared/contract/doctor.ts';
import { describeStep } from '../../../shared/doctor-text.ts';
import { useDoctor } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape, type StateShapeKind } from '../../ui/state-shape.tsx';
import { briefly, briefValues } from '../connection/certificate-review.ts';
import { RungFix } from './rung-fix.tsx';

const shapes: Record<DoctorStep['status'], StateShapeKind> = {
  running: 'working',
  passed: 'good',
  failed: 'stopped',
  skipped: 'off',
};

type RungProps = {
  id: DoctorStepId;
  /** Null: not reached yet. */
  step: DoctorStep | null;
  /** The one it stands on. */
  below: DoctorStep | null;
};

/** One rung: what it is, how it went, and of the failed one the problem and what to do. */
export function Rung({ id, step, below }: RungProps) {
  const { t, translate, date } = useI18n();
  const isStopped = useDoctor(({ phase }) => phase.tag === 'stopped' || phase.tag === 'failed');
  if (!step || (step.status === 'running' && isStopped)) {
    return (
      <li className="rung is-waiting">
        <StateShape kind="off" />
        <p className="rung-title">
          {t(`doctor.title.${id}`)} <span className="sr-only">{t('connection.ladder.waiting')}</span>
        </p>
      </li>
    );
  }
  const { error, evidence } = step;
  const brief = {
    ...step,
    error: error && briefly(error, date),
    evidence: evidence && { ...evidence, values: briefValues(evidence.values, date) },
  };
  const text = describeStep(brief, translate);
  // The same reason is read once, not on every rung it holds for.
  const isRepeated =
    step.status === 'skipped' && below?.status === 'skipped' && below.evidence?.key === step.evidence?.key;
  return (
    <li className={`rung is-${step.status}`}>
      <StateShape kind={shapes[step.status]} />
      <div className="rung-head">
        <p className="rung-title">
          {text.title} <span className="sr-only">{t(`doctor.status.${step.status}`)}</span>
        </p>
        {step.ms !== null && (
          <span className="rung-ms tabular">
            {t('connection.ladder.ms', { ms: Math.max(1, Math.round(step.ms)) })}
          </span>
        )}
      </div>
      {text.evidence !== null && !isRepeated && <p className="rung-evidence tabular">{text.evidence}</p>}
      {text.problem && (
        <div className="rung-problem">
          <p className="failure-title">{text.problem.title}</p>
          <p>{text.problem.body}</p>
          {text.fix && <RungFix step={step} fix={text.fix} />}
        </div>
      )}
    </li>
  );
}
