import { memo } from 'react';
import { contextFill } from '../../stores/chat/models.ts';
import {
  useChat,
  useChatActions,
  useCommands,
  useSessions,
  useSessionsActions,
} from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';

const shownFrom = 0.6;
const urgentFrom = 0.85;

/** How much of what the model can hold is used. Says nothing until it matters; near the end, what to do. */
export const ContextMeter = memo(function ContextMeter() {
  const { t, number } = useI18n();
  const row = useSessions((sessions) => sessions.active);
  const isRunning = useChat((chat) => chat.run !== null);
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const canCompact = useCommands().some(({ name }) => name === '/compact');
  const chat = useChatActions();
  const sessions = useSessionsActions();
  const fill = contextFill(row);
  if (fill === null || fill < shownFrom) return null;

  const percent = Math.floor(fill * 100);
  const isUrgent = fill >= urgentFrom;
  const counts = { used: number(row?.totalTokens ?? 0), limit: number(row?.contextTokens ?? 0) };
  return (
    <span className="context-meter" data-urgent={isUrgent}>
      {isUrgent && <StateShape kind="attention" />}
      <span title={t('chat.context.title', counts)}>
        {t(isUrgent ? 'chat.context.nearlyFull' : 'chat.context.used', { percent })}
        <span className="sr-only">{t('chat.context.title', counts)}</span>
      </span>
      {isUrgent && isOpen && !isRunning && (
        <Button
          look="quiet"
          size="small"
          onClick={() => (canCompact ? chat.say('/compact') : sessions.create())}
        >
          {t(canCompact ? 'chat.context.compact' : 'chat.context.startNew')}
        </Button>
      )}
    </span>
  );
});
