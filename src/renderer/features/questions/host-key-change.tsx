import { useId, useRef, useState } from 'react';
import type { HostKeyChange } from '../../../shared/contract/snapshot.ts';
import type { AppError } from '../../../shared/errors.ts';
import { useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';
import { FingerprintCommand } from './fingerprint-command.tsx';
import { KeyArt } from './key-art.tsx';
import './questions.css';

type HostKeyChangeDialogProps = { change: HostKeyChange; onClose: () => void };

/** The old keys and the new one. Nothing is replaced before the host's name was typed; every way out is safe. */
export function HostKeyChangeDialog({ change, onClose }: HostKeyChangeDialogProps) {
  const { t } = useI18n();
  const request = useRequest();
  const id = useId();
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const { host, keyType, fingerprint, known } = change;
  const isTyped = typed.trim() === host;

  const replace = async () => {
    setIsBusy(true);
    setError(null);
    const result = await request('hostKey.replace', { typedHost: typed.trim() });
    setIsBusy(false);
    if (result.ok) onClose();
    else setError(result.error);
  };

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
      <form
        id={`${id}-form`}
        onSubmit={(event) => {
          event.preventDefault();
          if (isTyped && !isBusy) void replace();
        }}
      >
        <label className="dialog-label" htmlFor={id}>
          {t('questions.changed.typeHost', { host })}
        </label>
        <input
          id={id}
          className="input mono"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="dialog-problem" aria-live="polite">
          {error && <Failure error={error} />}
        </div>
      </form>
      <div className="dialog-actions">
        <Button ref={cancel} onClick={onClose}>
          {t('questions.changed.cancel')}
        </Button>
        <Button type="submit" form={`${id}-form`} look="danger" disabled={!isTyped || isBusy}>
          {t(isBusy ? 'questions.changed.replacing' : 'questions.changed.replace')}
        </Button>
      </div>
    </QuestionDialog>
  );
}
