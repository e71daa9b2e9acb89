import { ArrowDown } from 'lucide-react';
import { Fragment, type Ref, useImperativeHandle } from 'react';
import { useStickToBottom } from 'use-stick-to-bottom';
import type { ChatRow } from '../../stores/chat/rows.ts';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';
import { AssistantMessage } from './assistant-message.tsx';
import { EmptyConversation, UnreadConversation } from './empty-conversation.tsx';
import { UserMessage } from './user-message.tsx';

export type ConversationHandle = { jumpToLatest(): void; focus(): void };

type ConversationProps = {
  ref: Ref<ConversationHandle>;
  onOpenLink: (url: string) => boolean;
  onSuggest: (text: string) => void;
  /** What had the focus is gone; it must not fall back to the top of the page. */
  onFocusLost: () => void;
};

export function Conversation({ ref, onOpenLink, onSuggest, onFocusLost }: ConversationProps) {
  const { t } = useI18n();
  const rows = useChat((chat) => chat.rows);
  const isLoaded = useChat((chat) => chat.isLoaded);
  const hasEarlier = useChat((chat) => chat.hasEarlier);
  const historyError = useChat((chat) => chat.historyError);
  const link = useChat((chat) => chat.link);
  const actions = useChatActions();
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = useStickToBottom({
    initial: 'instant',
    resize: 'instant',
  });
  const jumpToLatest = () => void scrollToBottom({ animation: 'instant' });
  useImperativeHandle(ref, () => ({ jumpToLatest, focus: () => scrollRef.current?.focus() }));

  const error = link.tag === 'refused' ? link.error : historyError;
  return (
    <div className="conversation">
      <div
        className="conversation-scroll"
        ref={scrollRef}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('chat.conversation')}
      >
        <div className="conversation-content" ref={contentRef}>
          {hasEarlier && (
            <Button look="quiet" size="small" className="earlier" onClick={actions.loadEarlier}>
              {t('chat.earlier')}
            </Button>
          )}
          {rows.map((row, at) => (
            <Fragment key={row.key}>
              <DayMark atMs={timeOf(row)} previousMs={at === 0 ? null : timeOf(rows[at - 1])} />
              {row.kind === 'user' && <UserMessage row={row} onFocusLost={onFocusLost} />}
              {row.kind === 'assistant' && <AssistantMessage row={row} onOpenLink={onOpenLink} />}
              {row.kind === 'failure' && <RunFailure text={row.text} />}
              {row.kind === 'reset' && <p className="divider">{t('chat.reset')}</p>}
            </Fragment>
          ))}
          {rows.length === 0 &&
            (isLoaded ? <EmptyConversation onSuggest={onSuggest} /> : !error && <UnreadConversation />)}
          {error && (
            <div className="chat-error">
              <Failure error={error} fixes={{ retry: actions.retry }} />
            </div>
          )}
        </div>
      </div>
      {!isAtBottom && rows.length > 0 && (
        <button
          type="button"
          className="jump"
          onClick={() => {
            jumpToLatest();
            onFocusLost();
          }}
        >
          <ArrowDown size={14} />
          {t('chat.jump')}
        </button>
      )}
    </div>
  );
}

function timeOf(row: ChatRow | undefined): number | null {
  return row && (row.kind === 'user' || row.kind === 'assistant') ? row.atMs : null;
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
  return new Date(left).toDateString() === new Date(right).toDateString();
}

function RunFailure({ text }: { text: string }) {
  const { t } = useI18n();
  return (
    <div className="run-failure">
      <StateShape kind="stopped" />
      <div>
        <p className="failure-title">{t('chat.run.failed')}</p>
        <p>{text === '' ? t('chat.run.failedBody') : text}</p>
      </div>
    </div>
  );
}
