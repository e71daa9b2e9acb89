import type { TunnelOutcome, TunnelRun } from '../../../shared/contract/tunnel-service.ts';
import { describeError } from '../../../shared/errors.ts';
import { useSnapshot, useTunnelService, useTunnelServiceActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';
import { RunSteps } from './run-progress.tsx';
import { ServiceView } from './service-view.tsx';

/** How the last change ended: done, or what failed, what was put back, and the one thing to do. */
export function RunOutcome() {
  const run = useSnapshot((snapshot) => snapshot.tunnelRun);
  if (!run?.outcome) return null;
  return run.outcome.tag === 'done' ? <Done run={run} /> : <Failed run={run} outcome={run.outcome} />;
}

function Done({ run }: { run: TunnelRun }) {
  const { t } = useI18n();
  const port = useTunnelService(({ status }) => (status?.ok ? status.value.port.port : null));
  return (
    <>
      <p className="is-stated tunnel-outcome" role="status" tabIndex={-1} data-lands="">
        <StateShape kind="good" />
        {t(`tunnelService.outcome.${run.what}`, { port: port ?? '' })}
      </p>
      <ServiceView />
    </>
  );
}

type FailedProps = { run: TunnelRun; outcome: Extract<TunnelOutcome, { tag: 'failed' }> };

function Failed({ run, outcome }: FailedProps) {
  const { t, translate, list } = useI18n();
  const actions = useTunnelServiceActions();
  const { error, restored, left } = outcome;
  const undone = (
    <>
      <p>
        {restored.length === 0
          ? t('tunnelService.outcome.restoredAll')
          : t('tunnelService.outcome.restored', { names: list(restored) })}
      </p>
      {left.map(({ name, error: why }) => (
        <p key={name}>
          {t('tunnelService.outcome.left', { name, reason: describeError(why, translate).body })}
        </p>
      ))}
    </>
  );
  return (
    <div className="tunnel-outcome" role="alert" tabIndex={-1} data-lands="">
      {error.code === 'STOPPED' ? (
        <div className="failure is-attention">
          <StateShape kind="attention" />
          <div className="failure-words">
            <p className="failure-title">{t('tunnelService.outcome.stopped')}</p>
            {undone}
          </div>
        </div>
      ) : (
        <Failure error={error}>{undone}</Failure>
      )}
      <RunSteps steps={run.steps} />
      <div className="form-actions">
        <Button onClick={() => void actions.plan(run.what)}>{t('tunnelService.action.again')}</Button>
        <Button look="quiet" onClick={actions.leave}>
          {t('tunnelService.action.close')}
        </Button>
      </div>
    </div>
  );
}
