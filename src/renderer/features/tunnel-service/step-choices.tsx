import { useId, useState } from 'react';
import {
  type TunnelChoices,
  type TunnelPlan,
  type TunnelStepId,
  tunnelAliasSchema,
} from '../../../shared/contract/tunnel-service.ts';
import { ExactInput } from '../../ui/exact-input.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { SegmentedChoice } from '../../ui/segmented.tsx';

type StepChoicesProps = {
  plan: TunnelPlan;
  step: TunnelStepId;
  choices: TunnelChoices;
  onChoose: (choices: TunnelChoices) => void;
};

/** What may be chosen about a step, beside leaving it out. */
export function StepChoices({ plan, step, choices, onChoose }: StepChoicesProps) {
  const { t } = useI18n();
  switch (step) {
    case 'key':
      return <KeyChoice plan={plan} chosen={choices.key} onChoose={(key) => onChoose({ ...choices, key })} />;
    case 'copyKey':
      return <KeyUseChoice plan={plan} choices={choices} onChoose={onChoose} />;
    case 'sshConfig':
      return <AliasChoice alias={plan.alias} onChoose={(alias) => onChoose({ ...choices, alias })} />;
    case 'token':
      return (
        <div className="step-choice">
          <span className="step-choice-label">{t('tunnelService.plan.token.label')}</span>
          <SegmentedChoice
            label={t('tunnelService.plan.token.label')}
            value={choices.token ?? plan.chosen.token}
            options={(['keep', 'fetch'] as const).map((value) => ({
              value,
              label: t(`tunnelService.plan.token.${value}`),
            }))}
            onChange={(token) => onChoose({ ...choices, token })}
          />
        </div>
      );
    default:
      return null;
  }
}

type KeyChoiceProps = {
  plan: TunnelPlan;
  /** Absent: what the plan proposes. */
  chosen: TunnelChoices['key'];
  onChoose: (key: NonNullable<TunnelChoices['key']>) => void;
};

/** No path is empty. */
const CREATE = '';

function KeyChoice({ plan, chosen, onChoose }: KeyChoiceProps) {
  const { t } = useI18n();
  const id = useId();
  const { keys } = plan;
  if (keys.length === 0) return null;
  const proposed = plan.chosen.createKey ? CREATE : plan.chosen.key;
  const value = chosen === undefined ? proposed : chosen.kind === 'create' ? CREATE : chosen.file;
  return (
    <div className="step-choice">
      <label className="step-choice-label" htmlFor={id}>
        {t('tunnelService.plan.key.label')}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={({ target }) =>
          onChoose(target.value === CREATE ? { kind: 'create' } : { kind: 'use', file: target.value })
        }
      >
        <option value={CREATE}>{t('tunnelService.plan.key.create')}</option>
        {keys.map(({ file, isLocked }) => (
          <option key={file} value={file}>
            {isLocked ? t('tunnelService.plan.key.locked', { file }) : file}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Of a key that Chela makes; another keeps the line that its owner would give it. */
function KeyUseChoice({ plan, choices, onChoose }: Omit<StepChoicesProps, 'step'>) {
  const { t } = useI18n();
  const proposed = plan.chosen.keyUse;
  if (proposed === null) return null;
  return (
    <div className="step-choice">
      <span className="step-choice-label">{t('tunnelService.plan.keyUse.label')}</span>
      <div>
        <SegmentedChoice
          label={t('tunnelService.plan.keyUse.label')}
          value={choices.keyUse ?? proposed}
          options={(['tunnel', 'any'] as const).map((value) => ({
            value,
            label: t(`tunnelService.plan.keyUse.${value}`),
          }))}
          onChange={(keyUse) => onChoose({ ...choices, keyUse })}
        />
        <p className="row-note">{t('tunnelService.plan.keyUse.hint')}</p>
      </div>
    </div>
  );
}

/** Taken over when the field is left, or at Enter: a plan for every letter would be one too many. */
function AliasChoice({ alias, onChoose }: { alias: string; onChoose: (alias: string) => void }) {
  const { t } = useI18n();
  const id = useId();
  const [typed, setTyped] = useState(alias);
  const isGood = tunnelAliasSchema.safeParse(typed).success;
  const take = () => {
    if (isGood && typed !== alias) onChoose(typed);
  };
  return (
    <form
      className="step-choice"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <label className="step-choice-label" htmlFor={id}>
        {t('tunnelService.plan.alias.label')}
      </label>
      <div>
        <ExactInput
          id={id}
          className="input mono"
          value={typed}
          aria-invalid={!isGood}
          aria-describedby={`${id}-note`}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={take}
        />
        <p className={isGood ? 'row-note' : 'row-note row-problem'} id={`${id}-note`}>
          {t(isGood ? 'tunnelService.plan.alias.hint' : 'tunnelService.plan.alias.problem')}
        </p>
      </div>
    </form>
  );
}
