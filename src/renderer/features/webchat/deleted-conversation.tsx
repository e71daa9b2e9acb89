import { appError } from '../../../shared/errors.ts';
import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';

const deleted = appError('CONVERSATION_DELETED', 'sessions.changed: delete');

/** Somebody else has deleted what is on the screen: below what is left of it, where to go on. */
export function DeletedConversation({ onLeft }: { onLeft: () => void }) {
  const { t } = useI18n();
  const actions = useSessionsActions();
  const activeKey = useSessions((sessions) => sessions.activeKey);
  const main = useSessions(({ items }) => items.find((item) => item.isMain)?.key ?? null);
  const leave = (go: () => void) => () => {
    go();
    onLeft();
  };
  return (
    <div className="chat-error" role="status">
      <Failure
        error={deleted}
        kind="attention"
        first={<Button onClick={leave(actions.create)}>{t('sessions.create')}</Button>}
        last={
          main !== null &&
          main !== activeKey && (
            <Button look="quiet" onClick={leave(() => actions.open(main))}>
              {t('chat.openMain')}
            </Button>
          )
        }
      />
    </div>
  );
}
