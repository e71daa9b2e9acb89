import type { Answer, Question } from '../../../shared/contract/question.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { SecretQuestion } from './secret-question.tsx';

type PasswordQuestionProps = {
  question: Extract<Question, { kind: 'password' }>;
  onAnswer: (answer: Answer) => void;
};

/** The account's password on the host. */
export function PasswordQuestion({ question, onAnswer }: PasswordQuestionProps) {
  const { t } = useI18n();
  const { user, host } = question;
  return (
    <SecretQuestion
      title={t('questions.password.title', { host })}
      description={t('questions.password.body', { user, host })}
      label={t('questions.password.label')}
      submit={t('questions.password.signIn')}
      problem={question.wrongBefore ? t('questions.password.wrong', { host }) : null}
      canRemember={question.canRemember}
      onSubmit={(password, remember) => onAnswer({ kind: 'password', password, remember })}
      onCancel={() => onAnswer({ kind: 'cancel' })}
    />
  );
}
