import type { HostKeyPolicy, SettingsView, SshEngineChoice } from '../../../shared/config/settings.ts';
import type { SettingsEdits, SettingsForm } from '../../stores/settings-draft.ts';
import { Field } from '../../ui/field.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ChoiceRow } from './choice-row.tsx';
import { useOriginText } from './origin-text.ts';

type SshFieldsProps = {
  form: SettingsForm;
  edits: SettingsEdits;
  view: SettingsView;
  onEdit: (change: SettingsEdits) => void;
};

/** How SSH is done; the choices say what they mean. */
export function SshFields({ form, edits, view, onEdit }: SshFieldsProps) {
  const { t } = useI18n();
  const originText = useOriginText();
  const { remote } = view;
  const gatewayPort = Number(form.gatewayPort) || remote.gatewayPort.value;
  return (
    <>
      <ChoiceRow<SshEngineChoice>
        label={t('settings.engine.label')}
        value={form.engine}
        options={(['auto', 'builtin', 'openssh'] as const).map((value) => ({
          value,
          label: t(`settings.engine.${value}`),
        }))}
        note={t(`settings.engine.${form.engine}Body`)}
        origin={originText(remote.engine.origin, form.engine !== remote.engine.value)}
        onChange={(engine) => onEdit({ engine })}
      />
      <ChoiceRow<HostKeyPolicy>
        label={t('settings.hostKeyPolicy.label')}
        value={form.hostKeyPolicy}
        options={(['strict', 'openssh'] as const).map((value) => ({
          value,
          label: t(`settings.hostKeyPolicy.${value}`),
        }))}
        note={
          edits.isPolicyReset
            ? t('settings.hostKeyPolicy.wentStrict')
            : t(`settings.hostKeyPolicy.${form.hostKeyPolicy}Body`)
        }
        origin={originText(remote.hostKeyPolicy.origin, form.hostKeyPolicy !== remote.hostKeyPolicy.value)}
        onChange={(hostKeyPolicy) => onEdit({ hostKeyPolicy, isPolicyReset: false })}
      />
      <Field
        label={t('settings.sideForwards.label')}
        hint={t('settings.sideForwards.hint')}
        origin={originText(remote.sideForwards.origin, form.sideForwards !== remote.sideForwards.value)}
      >
        {({ id, describedBy }) => (
          <label className="check row-check">
            <input
              id={id}
              type="checkbox"
              checked={form.sideForwards}
              aria-describedby={describedBy}
              aria-label={t('settings.sideForwards.check', {
                first: gatewayPort + 1,
                second: gatewayPort + 2,
              })}
              onChange={(event) => onEdit({ sideForwards: event.target.checked })}
            />
            {t('settings.sideForwards.check', { first: gatewayPort + 1, second: gatewayPort + 2 })}
          </label>
        )}
      </Field>
    </>
  );
}
