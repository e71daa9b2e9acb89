import { useId, useRef } from 'react';
import type { HostKeyChange } from '../../../shared/contract/snapshot.ts';
import { useRequest } from '../../stores/context.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { FingerprintCommand } from './fingerprint-command.tsx';
import { KeyArt } from './key-art.tsx';
import { TypedHostForm } from './typed-host-form.tsx';
import './questions.css';

type HostKeyChangeDialogProps = { change: HostKeyChange; onClose: () => void };

/** The old keys and the new one. Nothing is replaced before the host's name was typed; every way out is safe. */
export function HostKeyChangeDialog({ change, onClose }: HostKeyChangeDialogProps) {
  const { t } = useI18n();
  const request = useRequest();
  const id = useId();
  const cancel = useRef<HTMLButtonElement>(null);
  const { host, keyType, fingerprint, known } = change;

  return (
    <QuestionDialog
      title={t('questions.changed.title', { host })}
      description={t('questions.changed.body')}
      initialFocus={cancel}
      onClose={onClose}
    >
      <div className="keys-compared">
        <section className="key-seen" aria-labelledby={`${id}-known`}>
          <h3 id={`${id}-known`}>{t('questions.changed.known')}</h3>
          {known.map((key) => (
            <div key={`${key.file}:${key.line}`}>
              <p className="mono">
                {key.keyType} {key.fingerprint}
              </p>
              <p className="key-where">
                {t('questions.changed.knownAt', { file: key.file, line: key.line })}
              </p>
            </div>
          ))}
        </section>
        <section className="key-seen is-new" aria-labelledby={`${id}-offered`}>
          <h3 id={`${id}-offered`}>{t('questions.changed.offered')}</h3>
          <p className="mono">
            {keyType} {fingerprint}
          </p>
        </section>
      </div>
      <KeyArt art={change.art} />
      <FingerprintCommand host={host} keyType={keyType} />
      <TypedHostForm
        host={host}
        about="changed"
        cancel={cancel}
        onAccept={(typedHost) => request('hostKey.replace', { typedHost })}
        onClose={onClose}
      />
    </QuestionDialog>
  );
}
