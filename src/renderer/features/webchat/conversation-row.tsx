import { memo } from 'react';
import type { ChatRow, FailureRow, UserRow } from '../../stores/chat/rows.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { AnswerAgain } from './answer-again.tsx';
import { AssistantMessage } from './assistant-message.tsx';
import { CutNote } from './cut-note.tsx';
import { UserMessage } from './user-message.tsx';

type ConversationRowProps = {
  row: ChatRow;
  /** The last row above it that has a time. */
  previous: ChatRow | null;
  /** The question to ask again; null where this row offers no other answer. */
  question: UserRow | null;
  /** Nothing answers it, nor will. */
  isUnanswered: boolean;
  onOpenLink: (url: string) => boolean;
  onFocusLost: () => void;
};

/** One row of the list, with the line above the first message of a day. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { row, previous, question, isUnanswered, onOpenLink, onFocusLost } = props;
  return (
    <>
      <DayMark atMs={row.atMs} previousMs={previous?.atMs ?? null} />
      {row.kind === 'user' && (
        <UserMessage
          row={row}
          isUnanswered={isUnanswered}
          canAskAgain={question === row}
          onFocusLost={onFocusLost}
        />
      )}
      {row.kind === 'assistant' && (
        <AssistantMessage row={row} question={question} onOpenLink={onOpenLink} onFocusLost={onFocusLost} />
      )}
      {row.kind === 'failure' && <RunFailure row={row} question={question} onFocusLost={onFocusLost} />}
      {row.kind === 'reset' && <Reset atMs={row.atMs} />}
      {row.kind === 'note' && (
        <>
          <p className="gateway-note">
            {plainText(row.text)} <RowTime atMs={row.atMs} />
          </p>
          {row.cut && <CutNote ids={row.cut} onFocusLost={onFocusLost} />}
        </>
      )}
    </>
  );
});

/** Of rows that are rare: it stands beside their words at once, where others tell it under the pointer. */
function RowTime({ atMs }: { atMs: number | null }) {
  const { time } = useI18n();
  return atMs === null ? null : <time className="row-time tabular">{time(atMs)}</time>;
}

function Reset({ atMs }: { atMs: number | null }) {
  const { t } = useI18n();
  return (
    <p className="divider">
      <span>
        {t('chat.reset')} <RowTime atMs={atMs} />
      </span>
    </p>
  );
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

type RunFailureProps = { row: FailureRow; question: UserRow | null; onFocusLost: () => void };

function RunFailure({ row: { text, atMs }, question, onFocusLost }: RunFailureProps) {
  const { t } = useI18n();
  return (
    <div className="run-failure">
      <StateShape kind="stopped" />
      <div>
        <p className="failure-title">
          {t('chat.run.failed')} <RowTime atMs={atMs} />
        </p>
        <p>{text === '' ? t('chat.run.failedBody') : plainText(text)}</p>
        {question && <AnswerAgain question={question} onFocusLost={onFocusLost} />}
      </div>
    </div>
  );
}
