import type { RefObject } from 'react';
import type { SettingsView } from '../../../shared/config/settings.ts';
import {
  editUrl,
  type FormProblems,
  isOtherDestination,
  type SettingsEdits,
  type SettingsForm,
} from '../../stores/settings-draft.ts';
import { ExactInput } from '../../ui/exact-input.tsx';
import { Field } from '../../ui/field.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useOriginText } from './origin-text.ts';
import { TokenField } from './token-field.tsx';

type DirectFieldsProps = {
  form: SettingsForm;
  edits: SettingsEdits;
  view: SettingsView;
  problems: FormProblems;
  urlRef: RefObject<HTMLInputElement | null>;
  onEdit: (change: SettingsEdits) => void;
};

/** Where the Gateway itself is, and whose certificate it has to show (R26). */
export function DirectFields({ form, edits, view, problems, urlRef, onEdit }: DirectFieldsProps) {
  const { t } = useI18n();
  const originText = useOriginText();
  const { remote } = view;
  return (
    <>
      <Field
        label={t('settings.direct.url')}
        hint={t('settings.direct.urlHint')}
        origin={originText(remote.url.origin, form.url !== remote.url.value)}
        problem={problems.url && t(`settings.direct.urlProblem.${problems.url}`)}
      >
        {({ id, describedBy }) => (
          <ExactInput
            ref={urlRef}
            id={id}
            inputMode="url"
            placeholder="wss://studio.example:18789"
            value={form.url}
            aria-describedby={describedBy}
            aria-invalid={problems.url !== undefined}
            onChange={(event) => onEdit(editUrl(edits, event.target.value, view))}
          />
        )}
      </Field>
      <Field
        label={t('settings.direct.fingerprint')}
        hint={t('settings.direct.fingerprintHint')}
        origin={originText(remote.tlsFingerprint.origin, form.tlsFingerprint !== remote.tlsFingerprint.value)}
        problem={problems.tlsFingerprint && t('settings.direct.fingerprintProblem')}
      >
        {({ id, describedBy }) => (
          <ExactInput
            id={id}
            className="input mono"
            placeholder={t('settings.direct.fingerprintNone')}
            value={form.tlsFingerprint}
            aria-describedby={describedBy}
            aria-invalid={problems.tlsFingerprint !== undefined}
            onChange={(event) => onEdit({ tlsFingerprint: event.target.value })}
          />
        )}
      </Field>
      <TokenField
        token={form.token}
        view={view}
        isDropped={edits.isTokenDropped === true}
        isOtherTarget={isOtherDestination(form, view)}
        isPlaceAsked={edits.isPlaceAsked === true}
        onEdit={onEdit}
      />
    </>
  );
}
