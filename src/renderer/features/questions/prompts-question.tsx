import { useId, useRef, useState } from 'react';
import type { Answer, Question } from '../../../shared/contract/question.ts';
import { Button } from '../../ui/button.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { ExactInput } from '../../ui/exact-input.tsx';
import { useI18n } from '../../ui/i18n.tsx';

type PromptsQuestionProps = {
  question: Extract<Question, { kind: 'keyboardInteractive' }>;
  onAnswer: (answer: Answer) => void;
};

/**
 * The server's own prompts (RFC 4256), e.g. a one-time code. Its words stand apart from Chela's, as plain text, so
 * that a server cannot speak in Chela's name. An empty answer is an answer.
 */
export function PromptsQuestion({ question, onAnswer }: PromptsQuestionProps) {
  const { t } = useI18n();
  const { user, host, name, instructions, prompts } = question;
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const [answers, setAnswers] = useState<readonly string[]>(() => prompts.map(() => ''));
  const cancel = () => onAnswer({ kind: 'cancel' });
  const words = [name, instructions].map((text) => text.trim()).filter((text) => text !== '');
  return (
    <QuestionDialog
      title={t(prompts.length > 1 ? 'questions.prompts.titleMany' : 'questions.prompts.title', { host })}
      description={t('questions.prompts.body', { user })}
      initialFocus={first}
      onClose={cancel}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAnswer({ kind: 'keyboardInteractive', answers: [...answers] });
        }}
      >
        {words.length > 0 && (
          <section className="server-words" aria-label={t('questions.prompts.server')}>
            {words.map((text) => (
              <p key={text} dir="auto">
                {text}
              </p>
            ))}
          </section>
        )}
        {prompts.map(({ prompt, echo }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a prompt is its place; two may say the same
          <div key={at}>
            <label className="dialog-label server-prompt" htmlFor={`${id}-${at}`} dir="auto">
              {prompt.trim() || t('questions.prompts.unnamed', { number: at + 1 })}
            </label>
            <ExactInput
              ref={at === 0 ? first : undefined}
              id={`${id}-${at}`}
              type={echo ? 'text' : 'password'}
              value={answers[at] ?? ''}
              onChange={(event) => {
                const { value } = event.target;
                setAnswers((before) => before.map((answer, index) => (index === at ? value : answer)));
              }}
            />
          </div>
        ))}
        <div className="dialog-actions">
          <Button onClick={cancel}>{t('questions.passphrase.cancel')}</Button>
          {/* Enter in any field presses it, too. */}
          <Button type="submit" look="primary">
            {t('questions.prompts.answer')}
          </Button>
        </div>
      </form>
    </QuestionDialog>
  );
}
