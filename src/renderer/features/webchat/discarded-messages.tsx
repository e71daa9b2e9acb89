import { memo } from 'react';
import { useChat, useChatActions, useNewestUndoable } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { UndoLine, UndoRegion } from '../../ui/undo-region.tsx';

type DiscardedMessagesProps = { keys: string; onFocusLost: () => void };

/** Messages that were discarded, and the way to have them back. */
export const DiscardedMessages = memo(function DiscardedMessages({
  keys,
  onFocusLost,
}: DiscardedMessagesProps) {
  const { t } = useI18n();
  const discarded = useChat((chat) => chat.discarded);
  const actions = useChatActions();
  const undoable = useNewestUndoable();
  return (
    <UndoRegion isEmpty={discarded.length === 0} hold={actions.holdDiscarded}>
      {(onUndone) =>
        discarded.map(({ item: { idempotencyKey, text } }) => (
          <UndoLine
            key={idempotencyKey}
            words={
              text === ''
                ? t('chat.delivery.discardedFiles')
                : t('chat.delivery.discarded', { text: plainText(text) })
            }
            keys={idempotencyKey === undoable?.key ? keys : undefined}
            onUndo={() => {
              actions.undoDiscard(idempotencyKey);
              onUndone();
              onFocusLost();
            }}
          />
        ))
      }
    </UndoRegion>
  );
});
