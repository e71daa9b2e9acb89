import type { Answer, Question } from '../../../shared/contract/question.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { SecretQuestion } from './secret-question.tsx';

type PassphraseQuestionProps = {
  question: Extract<Question, { kind: 'passphrase' }>;
  onAnswer: (answer: Answer) => void;
};

/** A locked key file. */
export function PassphraseQuestion({ question, onAnswer }: PassphraseQuestionProps) {
  const { t } = useI18n();
  return (
    <SecretQuestion
      title={t('questions.passphrase.title')}
      description={t('questions.passphrase.body', { file: question.identityFile })}
      label={t('questions.passphrase.label')}
      submit={t('questions.passphrase.unlock')}
      problem={question.wrongBefore ? t('questions.passphrase.wrong') : null}
      canRemember={question.canRemember}
      onSubmit={(passphrase, remember) => onAnswer({ kind: 'passphrase', passphrase, remember })}
      onCancel={() => onAnswer({ kind: 'cancel' })}
    />
  );
}
