import type { SettingsView } from '../../../shared/config/settings.ts';
import type { FormProblems, SettingsEdits, SettingsForm } from '../../stores/settings-draft.ts';
import { Field } from '../../ui/field.tsx';
import { useI18n } from '../../ui/i18n.tsx';
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
  const { value, origin } = view.local.port;
  return (
    <div className="fields">
      <Field
        label={t('settings.gatewayPort.label')}
        hint={t('settings.localPort.hintLocal')}
        origin={originText(origin, form.localPort !== String(value))}
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
