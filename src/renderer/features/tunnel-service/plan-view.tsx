import { useTunnelService, useTunnelServiceActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';
import { PlanStep } from './plan-step.tsx';

const consents = { install: 'install', repair: 'applyRepair', uninstall: 'uninstall' } as const;

/** Every file and command, before anything is touched; one consent at the end. */
export function PlanView() {
  const { t } = useI18n();
  const actions = useTunnelServiceActions();
  const phase = useTunnelService((state) => state.phase);
  if (phase.tag !== 'shown') return null;
  const { plan, choices, isLooking, isStale, error } = phase;
  const { what, isNothing, isReady } = plan;
  const isOff = isLooking || !isReady || error !== null;
  return (
    <div className="tunnel-plan" aria-busy={isLooking}>
      <p className="section-note" tabIndex={-1} data-lands="">
        {t(`tunnelService.plan.${isNothing ? 'nothing' : 'intro'}.${what}`)}
      </p>
      {isStale && (
        <p className="is-stated tunnel-remark" role="alert">
          <StateShape kind="attention" />
          {t('tunnelService.plan.stale')}
        </p>
      )}
      <ol className="steps" aria-label={t('tunnelService.plan.label')}>
        {plan.steps.map((step, at) => (
          <PlanStep
            key={step.id}
            number={at + 1}
            plan={plan}
            step={step}
            choices={choices}
            onChoose={(next) => void actions.choose(next)}
          />
        ))}
      </ol>
      <div aria-live="polite" className="tunnel-refusal">
        {error && <Failure error={error} />}
      </div>
      <div className="form-actions">
        <Button look={isNothing ? 'plain' : 'quiet'} onClick={actions.leave}>
          {t(isNothing ? 'tunnelService.action.close' : 'tunnelService.action.leave')}
        </Button>
        {!isNothing && (
          <Button
            look={what === 'uninstall' ? 'danger' : 'primary'}
            disabled={isOff}
            onClick={() => void actions.apply()}
          >
            {t(`tunnelService.action.${consents[what]}`)}
          </Button>
        )}
      </div>
    </div>
  );
}
