import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';

/** What is about to be deleted or emptied, and the way to take it back. */
export function UndoBar() {
  const { t } = useI18n();
  const removals = useSessions((state) => state.removals);
  const actions = useSessionsActions();
  return (
    <div role="status" className="undo">
      {removals.map(({ key, kind, title }) => (
        <p key={key} className="undo-line">
          <span className="undo-words">
            {t(kind === 'delete' ? 'sessions.deleting' : 'sessions.resetting', {
              title: title ?? t('sessions.unnamed'),
            })}
          </span>
          <Button size="small" onClick={() => actions.undo(key)}>
            {t('sessions.undo')}
          </Button>
        </p>
      ))}
    </div>
  );
}
