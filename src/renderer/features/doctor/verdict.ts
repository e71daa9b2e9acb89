import { assertNever } from '../../../shared/assert-never.ts';
import { useDoctor } from '../../stores/context.tsx';
import type { DoctorState } from '../../stores/doctor-store.ts';
import { useI18n } from '../../ui/i18n.tsx';
import type { StateShapeKind } from '../../ui/state-shape.tsx';

type T = ReturnType<typeof useI18n>['t'];
type Verdict = { shape: StateShapeKind; text: string };

/** The whole ladder in one line a person can read aloud; null while there is nothing to say. */
export function useVerdict(): Verdict | null {
  const { t } = useI18n();
  return verdictOf(
    useDoctor((state) => state),
    t,
  );
}

function verdictOf({ phase, steps }: Pick<DoctorState, 'phase' | 'steps'>, t: T): Verdict | null {
  const titleOf = (status: 'running' | 'failed') => {
    const step = steps.find((other) => other.status === status);
    return step && t(`doctor.title.${step.id}`);
  };
  switch (phase.tag) {
    case 'idle':
    case 'failed':
      return null;
    case 'starting':
      return { shape: 'working', text: t('connection.ladder.starting') };
    case 'running': {
      const rung = titleOf('running');
      const text = rung ? t('connection.ladder.climbing', { rung }) : t('connection.ladder.starting');
      return { shape: 'working', text };
    }
    case 'stopped':
    case 'done': {
      const rung = titleOf('failed');
      if (rung) return { shape: 'stopped', text: t('connection.ladder.failedAt', { rung }) };
      return phase.tag === 'done'
        ? { shape: 'good', text: t('connection.ladder.allPassed') }
        : { shape: 'off', text: t('connection.ladder.stopped') };
    }
    default:
      return assertNever(phase);
  }
}
