import { localGateways } from '../../../shared/config/choices.ts';
import type { LocalGatewayChoice, SettingsView } from '../../../shared/config/settings.ts';
import type { FormProblems, SettingsEdits, SettingsForm } from '../../stores/settings-draft.ts';
import { Field } from '../../ui/field.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ChoiceRow } from './choice-row.tsx';
import { useOriginText } from './origin-text.ts';
import { PortInput } from './port-input.tsx';

type LocalFieldsProps = {
  form: SettingsForm;
  view: SettingsView;
  problems: FormProblems;
  onEdit: (change: SettingsEdits) => void;
};

export function LocalFields({ form, view, problems, onEdit }: LocalFieldsProps) {
  const { t } = useI18n();
  const originText = useOriginText();
  const { port, gateway } = view.local;
  return (
    <div className="fields">
      <ChoiceRow<LocalGatewayChoice>
        label={t('localGateway.label')}
        value={form.localGateway}
        options={localGateways.map((choice) => ({ value: choice, label: t(`localGateway.${choice}`) }))}
        note={t(`localGateway.${form.localGateway}Body`)}
        origin={originText(gateway.origin, form.localGateway !== gateway.value)}
        onChange={(localGateway) => onEdit({ localGateway })}
      />
      <Field
        label={t('settings.gatewayPort.label')}
        hint={t('settings.localPort.hintLocal')}
        origin={originText(port.origin, form.localPort !== String(port.value))}
        problem={problems.localPort && t('settings.portProblem')}
      >
        {(ids) => (
          <PortInput
            {...ids}
            value={form.localPort}
            isInvalid={problems.localPort !== undefined}
            onChange={(localPort) => onEdit({ localPort })}
          />
        )}
      </Field>
    </div>
  );
}
