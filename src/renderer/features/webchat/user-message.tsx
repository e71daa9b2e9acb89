import { Paperclip } from 'lucide-react';
import { memo } from 'react';
import { describeError } from '../../../shared/errors.ts';
import type { UserRow } from '../../stores/chat/rows.ts';
import { useChatActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { useDelayed } from '../../ui/use-time.ts';
import { Folded } from './folded.tsx';

const quickSendMs = 800;

type UserMessageProps = { row: UserRow; onFocusLost: () => void };

export const UserMessage = memo(function UserMessage({ row, onFocusLost }: UserMessageProps) {
  const { t, time } = useI18n();
  const label =
    row.atMs === null ? t('chat.you') : t('chat.messageAt', { who: t('chat.you'), time: time(row.atMs) });
  return (
    <article className="message is-user" data-role="user" aria-label={label}>
      <div className="bubble" title={row.atMs === null ? undefined : time(row.atMs)}>
        {row.text !== '' && <Folded text={plainText(row.text)}>{(part) => <p dir="auto">{part}</p>}</Folded>}
        {row.attachments.map((name) => (
          <p key={name} className="attachment">
            <Paperclip size={14} aria-hidden="true" />
            {t('chat.attachment', { name })}
          </p>
        ))}
      </div>
      <DeliveryNote row={row} onFocusLost={onFocusLost} />
    </article>
  );
});

/** Says where the message is, as long as that is not plain from the conversation itself. */
function DeliveryNote({ row, onFocusLost }: UserMessageProps) {
  const { t, translate } = useI18n();
  const actions = useChatActions();
  const { delivery, idempotencyKey } = row;
  const isSlow = useDelayed(delivery === 'sending', quickSendMs);
  const leave = (act: (key: string) => void) => () => {
    if (idempotencyKey !== null) act(idempotencyKey);
    onFocusLost();
  };
  if (delivery === null || delivery === 'accepted') return null;
  if (delivery === 'sending' && !isSlow) return null;

  const hasFailed = delivery === 'failed';
  const reason = row.error ? describeError(row.error, translate).body : '';
  return (
    <div className={hasFailed ? 'delivery is-failed' : 'delivery'}>
      <StateShape kind={hasFailed ? 'stopped' : 'working'} />
      <span>{t(`chat.delivery.${delivery}`, { reason })}</span>
      {hasFailed && (
        <Button size="small" look="quiet" onClick={leave(actions.sendAgain)}>
          {t('chat.delivery.retry')}
        </Button>
      )}
      {(hasFailed || delivery === 'waiting') && (
        <>
          <Button size="small" look="quiet" onClick={leave(actions.edit)}>
            {t('chat.delivery.edit')}
          </Button>
          <Button size="small" look="quiet" onClick={leave(actions.discard)}>
            {t('chat.delivery.discard')}
          </Button>
        </>
      )}
    </div>
  );
}
