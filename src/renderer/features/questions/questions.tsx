import { assertNever } from '../../../shared/assert-never.ts';
import type { Answer } from '../../../shared/contract/question.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { HostKeyQuestion } from './host-key-question.tsx';
import { PassphraseQuestion } from './passphrase-question.tsx';
import { PasswordQuestion } from './password-question.tsx';
import { PromptsQuestion } from './prompts-question.tsx';
import './questions.css';

/** The oldest open question, over whatever screen is there. It goes when the snapshot no longer has it. */
export function Questions() {
  const request = useRequest();
  const question = useSnapshot((snapshot) => snapshot.questions[0]);
  if (!question) return null;
  const answer = (value: Answer) => void request('questions.answer', { id: question.id, answer: value });
  switch (question.kind) {
    case 'hostKey':
      return <HostKeyQuestion key={question.id} question={question} onAnswer={answer} />;
    case 'passphrase':
      return <PassphraseQuestion key={question.id} question={question} onAnswer={answer} />;
    case 'password':
      return <PasswordQuestion key={question.id} question={question} onAnswer={answer} />;
    case 'keyboardInteractive':
      return <PromptsQuestion key={question.id} question={question} onAnswer={answer} />;
    default:
      return assertNever(question);
  }
}
