import { useId, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';

type SecretQuestionProps = {
  title: string;
  description: string;
  label: string;
  submit: string;
  /** Said when the one given before was wrong; null otherwise. */
  problem: string | null;
  /** Whether a keychain is there to remember it. */
  canRemember: boolean;
  onSubmit: (secret: string, remember: boolean) => void;
  onCancel: () => void;
};

/** One secret: a passphrase or a password. It lives only in this field until it is sent. */
export function SecretQuestion(props: SecretQuestionProps) {
  const { title, description, label, submit, problem, canRemember, onSubmit, onCancel } = props;
  const { t } = useI18n();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [secret, setSecret] = useState('');
  const [remember, setRemember] = useState(false);
  return (
    <QuestionDialog title={title} description={description} initialFocus={field} onClose={onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (secret !== '') onSubmit(secret, remember);
        }}
      >
        <label className="dialog-label" htmlFor={id}>
          {label}
        </label>
        <input
          ref={field}
          id={id}
          className="input"
          type="password"
          autoComplete="off"
          value={secret}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => setSecret(event.target.value)}
        />
        <p className="row-note row-problem" id={`${id}-note`} role={problem === null ? undefined : 'alert'}>
          {problem}
        </p>
        {canRemember ? (
          <label className="check">
            <input
              type="checkbox"
              checked={remember}
              onChange={(event) => setRemember(event.target.checked)}
            />
            {t('questions.remember')}
          </label>
        ) : (
          <p className="dialog-note">{t('questions.notStored')}</p>
        )}
        <div className="dialog-actions">
          <Button onClick={onCancel}>{t('questions.passphrase.cancel')}</Button>
          <Button type="submit" look="primary" disabled={secret === ''}>
            {submit}
          </Button>
        </div>
      </form>
    </QuestionDialog>
  );
}
