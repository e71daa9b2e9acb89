import { memo } from 'react';
import type { ChatRow, UserRow } from '../../stores/chat/rows.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { AnswerAgain } from './answer-again.tsx';
import { AssistantMessage } from './assistant-message.tsx';
import { UserMessage } from './user-message.tsx';

type ConversationRowProps = {
  row: ChatRow;
  previous: ChatRow | null;
  /** The question to ask again; null where this row offers no other answer. */
  question: UserRow | null;
  onOpenLink: (url: string) => boolean;
  onFocusLost: () => void;
};

/** One row of the list, with the line above the first message of a day. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { row, previous, question, onOpenLink, onFocusLost } = props;
  const { t } = useI18n();
  return (
    <>
      <DayMark atMs={timeOf(row)} previousMs={previous && timeOf(previous)} />
      {row.kind === 'user' && <UserMessage row={row} onFocusLost={onFocusLost} />}
      {row.kind === 'assistant' && (
        <AssistantMessage row={row} question={question} onOpenLink={onOpenLink} onFocusLost={onFocusLost} />
      )}
      {row.kind === 'failure' && <RunFailure text={row.text} question={question} onFocusLost={onFocusLost} />}
      {row.kind === 'reset' && <p className="divider">{t('chat.reset')}</p>}
      {row.kind === 'note' && <p className="gateway-note">{plainText(row.text)}</p>}
    </>
  );
});

function timeOf(row: ChatRow): number | null {
  return row.kind === 'user' || row.kind === 'assistant' ? row.atMs : null;
}

/** A line above the first message of a day. */
function DayMark({ atMs, previousMs }: { atMs: number | null; previousMs: number | null }) {
  const { t, day } = useI18n();
  if (atMs === null || (previousMs !== null && isSameDay(atMs, previousMs))) return null;
  const now = Date.now();
  const isToday = isSameDay(atMs, now);
  // The day everybody is in needs no mark at the top.
  if (isToday && previousMs === null) return null;
  const isYesterday = isSameDay(atMs, now - 24 * 60 * 60 * 1000);
  return (
    <p className="divider">
      {isToday ? t('chat.day.today') : isYesterday ? t('chat.day.yesterday') : day(atMs, now)}
    </p>
  );
}

function isSameDay(left: number, right: number): boolean {
  return startOfDay(left) === startOfDay(right);
}

const startOfDay = (atMs: number) => new Date(atMs).setHours(0, 0, 0, 0);

type RunFailureProps = { text: string; question: UserRow | null; onFocusLost: () => void };

function RunFailure({ text, question, onFocusLost }: RunFailureProps) {
  const { t } = useI18n();
  return (
    <div className="run-failure">
      <StateShape kind="stopped" />
      <div>
        <p className="failure-title">{t('chat.run.failed')}</p>
        <p>{text === '' ? t('chat.run.failedBody') : plainText(text)}</p>
        {question && <AnswerAgain question={question} onFocusLost={onFocusLost} />}
      </div>
    </div>
  );
}
