import { useId, useRef, useState } from 'react';
import type { Answer, Question } from '../../../shared/contract/question.ts';
import { Button } from '../../ui/button.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';

type PassphraseQuestionProps = {
  question: Extract<Question, { kind: 'passphrase' }>;
  onAnswer: (answer: Answer) => void;
};

export function PassphraseQuestion({ question, onAnswer }: PassphraseQuestionProps) {
  const { t } = useI18n();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [passphrase, setPassphrase] = useState('');
  const cancel = () => onAnswer({ kind: 'cancel' });
  return (
    <QuestionDialog
      title={t('questions.passphrase.title')}
      description={t('questions.passphrase.body', { file: question.identityFile })}
      initialFocus={field}
      onClose={cancel}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (passphrase !== '') onAnswer({ kind: 'passphrase', passphrase });
        }}
      >
        <label className="dialog-label" htmlFor={id}>
          {t('questions.passphrase.label')}
        </label>
        <input
          ref={field}
          id={id}
          className="input"
          type="password"
          autoComplete="off"
          value={passphrase}
          aria-invalid={question.wrongBefore}
          aria-describedby={`${id}-note`}
          onChange={(event) => setPassphrase(event.target.value)}
        />
        <p
          className="row-note row-problem"
          id={`${id}-note`}
          role={question.wrongBefore ? 'alert' : undefined}
        >
          {question.wrongBefore && t('questions.passphrase.wrong')}
        </p>
        <div className="dialog-actions">
          <Button onClick={cancel}>{t('questions.passphrase.cancel')}</Button>
          <Button type="submit" look="primary" disabled={passphrase === ''}>
            {t('questions.passphrase.unlock')}
          </Button>
        </div>
      </form>
    </QuestionDialog>
  );
}
