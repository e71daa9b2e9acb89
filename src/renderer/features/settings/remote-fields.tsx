import { type RefObject, useEffect, useState } from 'react';
import type { SettingsView } from '../../../shared/config/settings.ts';
import { useRequest } from '../../stores/context.tsx';
import {
  editTarget,
  editTransport,
  type FormProblems,
  isOtherDestination,
  type SettingsEdits,
  type SettingsForm,
} from '../../stores/settings-draft.ts';
import { Combobox } from '../../ui/combobox.tsx';
import { ExactInput } from '../../ui/exact-input.tsx';
import { Field } from '../../ui/field.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ChoiceRow } from './choice-row.tsx';
import { DirectFields } from './direct-fields.tsx';
import { useOriginText } from './origin-text.ts';
import { PortInput } from './port-input.tsx';
import { SshFields } from './ssh-fields.tsx';
import { TokenField } from './token-field.tsx';

type RemoteFieldsProps = {
  form: SettingsForm;
  edits: SettingsEdits;
  view: SettingsView;
  problems: FormProblems;
  targetRef: RefObject<HTMLInputElement | null>;
  onEdit: (change: SettingsEdits) => void;
};

/** Over SSH, or at the Gateway's own address; what each of them needs. */
export function RemoteFields(props: RemoteFieldsProps) {
  const { t } = useI18n();
  const originText = useOriginText();
  const { form, edits, view, targetRef, onEdit } = props;
  const { transport } = view.remote;
  return (
    <div className="fields">
      <ChoiceRow
        label={t('settings.direct.way')}
        value={form.transport}
        options={(['ssh', 'direct'] as const).map((value) => ({
          value,
          label: t(`settings.direct.${value}`),
        }))}
        note={t(`settings.direct.${form.transport}Body`)}
        origin={originText(transport.origin, form.transport !== transport.value)}
        onChange={(chosen) => onEdit(editTransport(edits, chosen, view))}
      />
      {form.transport === 'direct' ? (
        <DirectFields {...props} urlRef={targetRef} />
      ) : (
        <OverSshFields {...props} />
      )}
    </div>
  );
}

function OverSshFields({ form, edits, view, problems, targetRef, onEdit }: RemoteFieldsProps) {
  const { t } = useI18n();
  const originText = useOriginText();
  const identities = useIdentities();
  const { remote } = view;
  const portProblem = t('settings.portProblem');

  return (
    <>
      <Field
        label={t('settings.target.label')}
        hint={t('settings.target.hint')}
        origin={originText(remote.sshTarget.origin, form.sshTarget !== remote.sshTarget.value)}
        problem={problems.sshTarget && t(`settings.targetProblem.${problems.sshTarget}`)}
      >
        {({ id, describedBy }) => (
          <ExactInput
            ref={targetRef}
            id={id}
            placeholder={t('settings.target.placeholder')}
            value={form.sshTarget}
            aria-describedby={describedBy}
            aria-invalid={problems.sshTarget !== undefined}
            onChange={(event) => onEdit(editTarget(edits, event.target.value, view))}
          />
        )}
      </Field>
      <Field
        label={t('settings.gatewayPort.label')}
        hint={t('settings.gatewayPort.hint')}
        origin={originText(remote.gatewayPort.origin, form.gatewayPort !== String(remote.gatewayPort.value))}
        problem={problems.gatewayPort && portProblem}
      >
        {(ids) => (
          <PortInput
            {...ids}
            value={form.gatewayPort}
            isInvalid={problems.gatewayPort !== undefined}
            onChange={(gatewayPort) => onEdit({ gatewayPort })}
          />
        )}
      </Field>
      <Field
        label={t('settings.identity.label')}
        hint={t('settings.identity.hint')}
        origin={originText(remote.identityFile.origin, form.identityFile !== remote.identityFile.value)}
      >
        {({ id, describedBy }) => (
          <Combobox
            id={id}
            describedBy={describedBy}
            value={form.identityFile}
            options={identities}
            placeholder={t('settings.identity.placeholder')}
            showLabel={t('settings.identity.show')}
            emptyText={t('settings.identity.none')}
            onChange={(identityFile) => onEdit({ identityFile })}
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
      <Field
        label={t('settings.localPort.label')}
        hint={t('settings.localPort.hint')}
        origin={originText(remote.localPort.origin, form.remoteLocalPort !== String(remote.localPort.value))}
        problem={problems.remoteLocalPort && portProblem}
      >
        {(ids) => (
          <PortInput
            {...ids}
            value={form.remoteLocalPort}
            isInvalid={problems.remoteLocalPort !== undefined}
            onChange={(remoteLocalPort) => onEdit({ remoteLocalPort })}
          />
        )}
      </Field>
      <SshFields form={form} edits={edits} view={view} onEdit={onEdit} />
    </>
  );
}

function useIdentities(): readonly string[] {
  const request = useRequest();
  const [files, setFiles] = useState<readonly string[]>([]);
  useEffect(() => {
    let isWanted = true;
    void request('ssh.listIdentities', {}).then((result) => {
      if (isWanted && result.ok) setFiles(result.value.files);
    });
    return () => {
      isWanted = false;
    };
  }, [request]);
  return files;
}
