import type { TunnelServiceStatus } from '../../../shared/contract/tunnel-service.ts';
import { tunnelStepTitle } from '../../../shared/tunnel-text.ts';
import { useTunnelService, useTunnelServiceActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useMoment } from './use-moment.ts';

type InterruptedChangeProps = { interrupted: NonNullable<TunnelServiceStatus['interrupted']> };

/** A change that a crash or a power cut ended: on, or back. Nothing else is offered before. */
export function InterruptedChange({ interrupted }: InterruptedChangeProps) {
  const { t, translate, list } = useI18n();
  const moment = useMoment();
  const actions = useTunnelServiceActions();
  const busy = useTunnelService((state) => state.busy);
  const { what, atMs, done } = interrupted;
  const names = done.map((id) => tunnelStepTitle(id, translate));
  return (
    <div className="failure is-attention tunnel-interrupted">
      <StateShape kind="attention" />
      <div className="failure-words">
        <p className="failure-title">{t(`tunnelService.interrupted.${what}`, { time: moment(atMs) })}</p>
        <p>
          {names.length === 0
            ? t('tunnelService.interrupted.doneNothing')
            : t('tunnelService.interrupted.doneBefore', { steps: list(names) })}
        </p>
        <p>{t('tunnelService.interrupted.body')}</p>
      </div>
      <div className="failure-actions">
        <Button
          look="primary"
          data-lands=""
          aria-disabled={busy !== null}
          onClick={() => void actions.settle('resume')}
        >
          {t('tunnelService.interrupted.resume')}
        </Button>
        <Button aria-disabled={busy !== null} onClick={() => void actions.settle('rollback')}>
          {t('tunnelService.interrupted.rollback')}
        </Button>
      </div>
    </div>
  );
}
