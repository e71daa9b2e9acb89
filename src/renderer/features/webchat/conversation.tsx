import { ArrowDown } from 'lucide-react';
import {
  type Ref,
  useCallback,
  useDeferredValue,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { soughtWords } from '../../stores/chat/find.ts';
import type { ChatRow, UserRow } from '../../stores/chat/rows.ts';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { scrollable } from '../../ui/scrollable.ts';
import { ScopedFailure } from '../connection/scoped-failure.tsx';
import { ConversationRow } from './conversation-row.tsx';
import { DeletedConversation } from './deleted-conversation.tsx';
import { EarlierMessages } from './earlier-messages.tsx';
import { EmptyConversation, UnreadConversation } from './empty-conversation.tsx';
import { MessageList } from './message-list.tsx';
import { createOpenCards, OpenCardsContext } from './open-cards.ts';
import { useBottom } from './use-bottom.ts';
import { useFoundMark } from './use-found-mark.ts';

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
  const { rows, isLoaded, hasEarlier, isGone } = useShown();
  const historyError = useChat((chat) => chat.historyError);
  const link = useChat((chat) => chat.link);
  const foundKey = useChat(({ find }) => find?.matches[find.at ?? -1] ?? null);
  const foundWords = useChat(({ find }) => soughtWords(find?.query ?? ''));
  const actions = useChatActions();
  const [openCards] = useState(createOpenCards);
  const scrollRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const { isAtBottom, jumpToBottom, leave, follow } = useBottom({ scrollRef, contentRef });
  useEffect(() => {
    if (foundKey !== null) leave();
  }, [foundKey, leave]);
  useFoundMark(scrollRef, foundKey, foundWords);
  const unread = useUnread(rows, isAtBottom);
  const again = useAnswerAgain(rows);
  const unansweredId = useChat(({ link, run, unansweredId }) =>
    link.tag === 'open' && run === null ? unansweredId : null,
  );
  const drawRow = useCallback(
    (row: ChatRow, previous: ChatRow | null, isLast: boolean) => (
      <ConversationRow
        row={row}
        previous={previous}
        question={isLast ? again : null}
        isUnanswered={isLast && row.kind === 'user' && row.entryId !== null && row.entryId === unansweredId}
        onOpenLink={onOpenLink}
        onFocusLost={onFocusLost}
      />
    ),
    [again, unansweredId, onOpenLink, onFocusLost],
  );
  useImperativeHandle(ref, () => ({ jumpToLatest: jumpToBottom, focus: () => scrollRef.current?.focus() }));

  const error = link.tag === 'refused' ? link.error : historyError;
  return (
    <div className="conversation">
      <div
        className="conversation-scroll"
        ref={scrollRef}
        {...scrollable}
        role="log"
        aria-live="off"
        aria-label={t('chat.conversation')}
      >
        <div className="conversation-content" ref={contentRef}>
          {hasEarlier && (
            <EarlierMessages scrollRef={scrollRef} firstKey={rows[0]?.key} onFocusLost={onFocusLost} />
          )}
          <OpenCardsContext value={openCards}>
            <MessageList
              rows={rows}
              scrollRef={scrollRef}
              foundKey={foundKey}
              foundWords={foundWords}
              onResize={follow}
            >
              {drawRow}
            </MessageList>
          </OpenCardsContext>
          {isGone && <DeletedConversation onLeft={onFocusLost} />}
          {rows.length === 0 &&
            !isGone &&
            (isLoaded ? <EmptyConversation onSuggest={onSuggest} /> : !error && <UnreadConversation />)}
          <div className="chat-error" role="status">
            {error && <ScopedFailure error={error} fixes={{ retry: actions.retry }} />}
          </div>
        </div>
      </div>
      {!isAtBottom && rows.length > 0 && (
        <button
          type="button"
          className="jump"
          onClick={() => {
            jumpToBottom();
            onFocusLost();
          }}
        >
          <ArrowDown size={14} />
          {unread === 0 ? t('chat.jump') : t('chat.jumpUnread', { count: unread })}
        </button>
      )}
    </div>
  );
}

/** The conversation. The first rows of one come in slices of time, and not in the task that has read them. */
function useShown() {
  const rows = useChat((chat) => chat.rows);
  const isLoaded = useChat((chat) => chat.isLoaded);
  const hasEarlier = useChat((chat) => chat.hasEarlier);
  const isGone = useChat((chat) => chat.isGone);
  const now = useMemo(() => ({ rows, isLoaded, hasEarlier, isGone }), [rows, isLoaded, hasEarlier, isGone]);
  const later = useDeferredValue(now);
  return later.rows.length === 0 ? later : now;
}

/** The question that the last row answers, where it can be asked again now; null otherwise. */
function useAnswerAgain(rows: readonly ChatRow[]): UserRow | null {
  const canRewind = useChat((chat) => chat.offers.has('sessions.rewind') && chat.link.tag === 'open');
  const isFree = useChat((chat) => chat.run === null && !chat.isRewinding);
  const question = rows.findLast((row) => row.kind === 'user');
  return canRewind && isFree && question?.entryId && !question.cut ? question : null;
}

/** How many rows came in below while somebody read further up. */
function useUnread(rows: readonly ChatRow[], isAtBottom: boolean): number {
  const [seenKey, setSeenKey] = useState<string | null>(null);
  const lastKey = useRef<string | null>(null);
  lastKey.current = rows.at(-1)?.key ?? null;
  useEffect(() => {
    setSeenKey(isAtBottom ? null : lastKey.current);
  }, [isAtBottom]);
  if (isAtBottom || seenKey === null) return 0;
  const at = rows.findLastIndex((row) => row.key === seenKey);
  return at < 0 ? 0 : rows.length - 1 - at;
}
