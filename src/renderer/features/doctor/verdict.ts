import { assertNever } from '../../../shared/assert-never.ts';
import { useDoctor } from '../../stores/context.tsx';
import type { DoctorState } from '../../stores/doctor-store.ts';
import { useI18n } from '../../ui/i18n.tsx';

type T = ReturnType<typeof useI18n>['t'];

/** The whole ladder in one line a person can read aloud; null before the first run. */
export function useVerdict(): string | null {
  const { t } = useI18n();
  return verdictOf(
    useDoctor((state) => state),
    t,
  );
}

/** Pure. */
export function verdictOf({ phase, steps }: Pick<DoctorState, 'phase' | 'steps'>, t: T): string | null {
  const titleOf = (status: 'running' | 'failed') => {
    const step = steps.find((other) => other.status === status);
    return step && t(`doctor.title.${step.id}`);
  };
  const failed = titleOf('failed');
  switch (phase.tag) {
    case 'idle':
    case 'failed':
      return null;
    case 'starting':
      return t('connection.ladder.starting');
    case 'running': {
      const rung = titleOf('running');
      return rung ? t('connection.ladder.climbing', { rung }) : t('connection.ladder.starting');
    }
    case 'stopped':
      return failed ? t('connection.ladder.failedAt', { rung: failed }) : t('connection.ladder.stopped');
    case 'done':
      return failed ? t('connection.ladder.failedAt', { rung: failed }) : t('connection.ladder.allPassed');
    default:
      return assertNever(phase);
  }
}
