import type { TunnelRun } from '../../../shared/contract/tunnel-service.ts';
import { tunnelStepTitle } from '../../../shared/tunnel-text.ts';
import { useSnapshot, useTunnelService, useTunnelServiceActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape, type StateShapeKind } from '../../ui/state-shape.tsx';

type StepRun = TunnelRun['steps'][number];

const shapes: Record<StepRun['state'], StateShapeKind> = {
  waiting: 'off',
  running: 'working',
  done: 'good',
  skipped: 'off',
  failed: 'stopped',
  undone: 'attention',
};

/** How far the change is, step by step. Questions come over it, as everywhere. */
export function RunProgress() {
  const { t, translate } = useI18n();
  const actions = useTunnelServiceActions();
  const phase = useTunnelService((state) => state.phase);
  const run = useSnapshot((snapshot) => snapshot.tunnelRun);
  const asks = useSnapshot((snapshot) => snapshot.questions.length > 0);
  const plan = phase.tag === 'applying' ? phase.plan : null;
  const isCancelled = phase.tag === 'applying' && phase.isCancelled;
  const isOpen = run?.outcome === null;
  const what = isOpen ? run.what : (plan?.what ?? 'install');
  // The plan was sent, and the first word of it has not come back yet.
  const steps: readonly StepRun[] = isOpen
    ? run.steps
    : (plan?.steps ?? []).map(({ id, state }) => ({
        id,
        state: state === 'done' || state === 'skipped' ? state : 'waiting',
      }));
  const at = steps.findIndex(({ state }) => state === 'running');
  const current = steps[at];
  return (
    <div className="tunnel-run">
      <p className="tunnel-run-title" tabIndex={-1} data-lands="">
        {t(`tunnelService.run.title.${what}`)}
      </p>
      <p className="section-note" role="status">
        {current
          ? t('tunnelService.run.now', {
              at: at + 1,
              count: steps.length,
              step: tunnelStepTitle(current.id, translate),
            })
          : ''}
        {asks && ` ${t('tunnelService.run.asks')}`}
      </p>
      <RunSteps steps={steps} />
      <div className="form-actions">
        <Button aria-disabled={isCancelled} onClick={() => isCancelled || actions.cancel()}>
          {t(isCancelled ? 'tunnelService.action.cancelling' : 'tunnelService.action.cancel')}
        </Button>
      </div>
    </div>
  );
}

export function RunSteps({ steps }: { steps: readonly StepRun[] }) {
  const { t, translate } = useI18n();
  return (
    <ol className="steps is-run" aria-label={t('tunnelService.plan.label')}>
      {steps.map(({ id, state }) => (
        <li key={id} className={`step is-${state}`}>
          <StateShape kind={shapes[state]} />
          <p className="step-title">
            {tunnelStepTitle(id, translate)}{' '}
            <span className={state === 'done' || state === 'waiting' ? 'sr-only' : 'step-quiet'}>
              {t(`tunnelService.run.state.${state}`)}
            </span>
          </p>
        </li>
      ))}
    </ol>
  );
}
