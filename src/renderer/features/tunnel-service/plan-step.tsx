import { useId } from 'react';
import type {
  TunnelChoices,
  TunnelCommand,
  TunnelFileChange,
  TunnelPlan,
  TunnelPlanStep,
} from '../../../shared/contract/tunnel-service.ts';
import { commandText, describeTunnelStep, withSkip } from '../../../shared/tunnel-text.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';
import { StepChoices } from './step-choices.tsx';

type PlanStepProps = {
  number: number;
  plan: TunnelPlan;
  step: TunnelPlanStep;
  choices: TunnelChoices;
  onChoose: (choices: TunnelChoices) => void;
};

/** One step: what it does, what it changes, and a switch where it may be left out. */
export function PlanStep({ number, plan, step, choices, onChoose }: PlanStepProps) {
  const { t, translate } = useI18n();
  const { title, does, notes } = describeTunnelStep(plan, step, translate);
  const { id, state, canSkip, files, commands, error } = step;
  const isUninstall = plan.what === 'uninstall';
  const isOn = state === 'needed' || state === 'blocked';
  // At once, and not when the plan has been worked out anew.
  const isChosen = choices.skip ? !choices.skip.includes(id) : isOn;
  return (
    <li className={`step is-${state}`}>
      <span className="step-mark tabular" aria-hidden="true">
        {number}
      </span>
      <div className="step-head">
        <p className="step-title">{title}</p>
        {canSkip && state !== 'done' && (
          <label className="check step-switch">
            <input
              type="checkbox"
              checked={isChosen}
              aria-label={t(isUninstall ? 'tunnelService.plan.kept' : 'tunnelService.plan.included', {
                step: title,
              })}
              onChange={() => onChoose(withSkip(plan, choices, id, isChosen))}
            />
            {t(isUninstall ? 'tunnelService.plan.keep' : 'tunnelService.plan.include')}
          </label>
        )}
      </div>
      <div className="step-body">
        <p>{does}</p>
        {state === 'done' && <p className="step-quiet">{t('tunnelService.plan.nothingToDo')}</p>}
        {state === 'skipped' && (
          <p className="step-quiet">
            {t(isUninstall ? 'tunnelService.plan.stays' : 'tunnelService.plan.leftOut')}
          </p>
        )}
        {notes.map(({ text, isWarning }) => (
          <p key={text} className={isWarning ? 'step-note is-stated' : 'step-note'}>
            {isWarning && <StateShape kind="attention" />}
            {text}
          </p>
        ))}
        {error && <Failure error={error} />}
        {plan.what === 'install' && isOn && (
          <StepChoices plan={plan} step={id} choices={choices} onChoose={onChoose} />
        )}
        {isOn && <Changes files={files} commands={commands} host={plan.destination.host} />}
      </div>
    </li>
  );
}

type ChangesProps = {
  files: readonly TunnelFileChange[];
  commands: readonly TunnelCommand[];
  host: string;
};

function Changes({ files, commands, host }: ChangesProps) {
  const { t } = useI18n();
  return (
    <>
      {files.map(({ file, change, diff }) => (
        <div key={`${change}:${file}`} className="file-change">
          <p className="file-change-name">
            <span className={`file-change-kind is-${change}`}>
              {t(`tunnelService.plan.change.${change}`, { host })}
            </span>{' '}
            <code>{file}</code>
          </p>
          {diff !== '' && <DiffView diff={diff} label={t('tunnelService.plan.diffLabel', { file })} />}
        </div>
      ))}
      {(['here', 'host'] as const).map((where) => (
        <Commands
          key={where}
          label={t(where === 'host' ? 'tunnelService.plan.onHost' : 'tunnelService.plan.here', { host })}
          commands={commands.filter((command) => command.where === where)}
        />
      ))}
    </>
  );
}

function Commands({ label, commands }: { label: string; commands: readonly TunnelCommand[] }) {
  const id = useId();
  if (commands.length === 0) return null;
  return (
    <div className="step-commands">
      <p className="file-change-name" id={id}>
        {label}
      </p>
      <ul aria-labelledby={id}>
        {commands.map(({ argv }) => (
          <li key={commandText(argv)}>
            <CommandLine line={commandText(argv)} />
          </li>
        ))}
      </ul>
    </div>
  );
}
