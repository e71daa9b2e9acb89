import { useId, useState } from 'react';
import type { AgentQuestion, QuestionAnswers, QuestionPart } from '../../stores/chat/agent-questions.ts';
import type { Waiting } from '../../stores/chat/waiting-list.ts';
import { useAgentQuestions, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { useFocusKept } from './use-focus-kept.ts';
import { CardError, CardHead, Elsewhere } from './waiting-card.tsx';

/** What the agent asks in the middle of its work, above the field until somebody answers, here or elsewhere. */
export function QuestionCards({ onFocusLost }: { onFocusLost: () => void }) {
  const { t } = useI18n();
  const pending = useAgentQuestions((state) => state.pending);
  const isConnected = useAgentQuestions((state) => state.isConnected);
  const { resolve } = useStores().chat.agentQuestions;
  return (
    <section className="approvals" aria-label={t('ask.label')} aria-live="polite">
      {pending.map((question) => (
        <QuestionCard
          key={question.id}
          question={question}
          isConnected={isConnected}
          onFocusLost={onFocusLost}
          onResolve={(answers) => {
            void resolve(question.id, answers);
            onFocusLost();
          }}
        />
      ))}
    </section>
  );
}

/** What is chosen and written for one part; words of one's own stand beside the options or in their place. */
type PartAnswer = { chosen: readonly string[]; own: string };
const nothing: PartAnswer = { chosen: [], own: '' };

type QuestionCardProps = {
  question: Waiting<AgentQuestion>;
  isConnected: boolean;
  onFocusLost: () => void;
  onResolve: (answers: QuestionAnswers | null) => void;
};

function QuestionCard({ question, isConnected, onFocusLost, onResolve }: QuestionCardProps) {
  const { t } = useI18n();
  const card = useFocusKept<HTMLFormElement>(onFocusLost);
  const [answers, setAnswers] = useState<Readonly<Record<string, PartAnswer>>>({});
  const { parts, sessionKey } = question;
  const given = parts.map((part) => [part.id, valuesOf(answers[part.id] ?? nothing)] as const);
  const needsStore = parts.some((part) => part.isForStore);
  const isComplete = !needsStore && given.every(([, values]) => values.length > 0);
  const isFree = isConnected && !question.isSettling;
  return (
    <form
      ref={card}
      className="approval question-card"
      aria-label={t('ask.title')}
      onSubmit={(event) => {
        event.preventDefault();
        if (isFree && isComplete) onResolve(Object.fromEntries(given));
      }}
    >
      <CardHead title={t('ask.title')} untilMs={question.expiresAtMs} />
      <Elsewhere sessionKey={sessionKey} />
      {parts.map((part) => (
        <Part
          key={part.id}
          part={part}
          answer={answers[part.id] ?? nothing}
          onChange={(answer) => setAnswers({ ...answers, [part.id]: answer })}
        />
      ))}
      <CardError error={question.error} />
      <footer>
        {!needsStore && (
          <Button type="submit" size="small" look="primary" disabled={!isFree || !isComplete}>
            {t('ask.answer')}
          </Button>
        )}
        <Button size="small" disabled={!isFree} onClick={() => onResolve(null)}>
          {t('ask.skip')}
        </Button>
        <span className="approval-note">{t(isConnected ? 'ask.skipNote' : 'ask.offline')}</span>
      </footer>
    </form>
  );
}

type PartProps = { part: QuestionPart; answer: PartAnswer; onChange: (answer: PartAnswer) => void };

function Part({ part, answer, onChange }: PartProps) {
  const { t } = useI18n();
  const name = useId();
  const { chosen, own } = answer;
  const choose = (label: string) => {
    if (!part.isMulti) return onChange({ chosen: [label], own: '' });
    const isChosen = chosen.includes(label);
    onChange({ chosen: isChosen ? chosen.filter((one) => one !== label) : [...chosen, label], own });
  };
  return (
    <fieldset className="question-part">
      <legend dir="auto">{plainText(part.text)}</legend>
      {part.options.map(({ label, description }) => (
        <label key={label} className="question-option">
          <input
            type={part.isMulti ? 'checkbox' : 'radio'}
            name={name}
            checked={chosen.includes(label)}
            onChange={() => choose(label)}
          />
          <span>
            {plainText(label)}
            {description && <span className="question-description">{plainText(description)}</span>}
          </span>
        </label>
      ))}
      {part.isForStore ? (
        <p className="approval-note">{t('ask.store')}</p>
      ) : (
        <input
          className="input"
          type={part.isSecret ? 'password' : 'text'}
          autoComplete="off"
          value={own}
          aria-label={t(part.options.length > 0 ? 'ask.own' : 'ask.words')}
          placeholder={t(part.options.length > 0 ? 'ask.own' : 'ask.words')}
          onChange={({ target }) =>
            onChange({ chosen: part.isMulti || target.value === '' ? chosen : [], own: target.value })
          }
        />
      )}
    </fieldset>
  );
}

function valuesOf({ chosen, own }: PartAnswer): readonly string[] {
  return own.trim() === '' ? chosen : [...chosen, own.trim()];
}
