import { useNewestUndoable, useSessions, useSessionsActions } from '../../stores/context.tsx';
import type { PendingRemoval } from '../../stores/sessions/session-rows.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { UndoLine, UndoRegion } from '../../ui/undo-region.tsx';
import { useSessionTitle } from './use-session-title.ts';

type UndoBarProps = {
  /** Of the shortcut, where it is heard. */
  keys?: string;
  /** What had the focus is gone; it must not fall back to the top of the page. */
  onFocusLost: () => void;
};

/** What is about to be deleted or emptied, and the way to take it back. */
export function UndoBar({ keys, onFocusLost }: UndoBarProps) {
  const removals = useSessions((state) => state.removals);
  const actions = useSessionsActions();
  const undoable = useNewestUndoable();
  return (
    <UndoRegion isEmpty={removals.length === 0} hold={actions.holdRemovals}>
      {(onUndone) =>
        removals.map((removal) => (
          <Removal
            key={removal.item.key}
            removal={removal}
            keys={removal.item.key === undoable?.key ? keys : undefined}
            onUndo={() => {
              actions.undo(removal.item.key);
              onUndone();
              onFocusLost();
            }}
          />
        ))
      }
    </UndoRegion>
  );
}

type RemovalProps = { removal: PendingRemoval; keys: string | undefined; onUndo: () => void };

function Removal({ removal: { item, kind, isEarlier }, keys, onUndo }: RemovalProps) {
  const { t } = useI18n();
  const title = useSessionTitle(item);
  const words = t(kind === 'delete' ? 'sessions.deleting' : 'sessions.resetting', { title });
  const all = isEarlier ? t('sessions.askedEarlier', { words }) : words;
  return <UndoLine words={all} keys={keys} onUndo={onUndo} />;
}
