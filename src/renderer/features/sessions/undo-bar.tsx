import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import type { PendingRemoval } from '../../stores/sessions/sessions-store.ts';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useSessionTitle } from './use-session-title.ts';

/** What is about to be deleted or emptied, and the way to take it back. */
export function UndoBar() {
  const removals = useSessions((state) => state.removals);
  return (
    <div role="status" className="undo">
      {removals.map((removal) => (
        <UndoLine key={removal.item.key} {...removal} />
      ))}
    </div>
  );
}

function UndoLine({ item, kind }: PendingRemoval) {
  const { t } = useI18n();
  const title = useSessionTitle(item);
  const actions = useSessionsActions();
  return (
    <p className="undo-line">
      <span className="undo-words">
        {t(kind === 'delete' ? 'sessions.deleting' : 'sessions.resetting', { title })}
      </span>
      <Button size="small" onClick={() => actions.undo(item.key)}>
        {t('sessions.undo')}
      </Button>
    </p>
  );
}
