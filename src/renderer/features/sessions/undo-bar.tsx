import { useEffect, useState } from 'react';
import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import type { PendingRemoval } from '../../stores/sessions/sessions-store.ts';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useSessionTitle } from './use-session-title.ts';

type UndoBarProps = {
  /** Of the shortcut, where it is heard. */
  keys?: string;
  /** What had the focus is gone; it must not fall back to the top of the page. */
  onFocusLost?: () => void;
};

/** What is about to be deleted or emptied, and the way to take it back; it waits for whoever is at it. */
export function UndoBar({ keys, onFocusLost }: UndoBarProps) {
  const removals = useSessions((state) => state.removals);
  const actions = useSessionsActions();
  const [isPointedAt, setIsPointedAt] = useState(false);
  const [hasFocus, setHasFocus] = useState(false);
  const isHeld = isPointedAt || hasFocus;
  const isEmpty = removals.length === 0;
  useEffect(() => (isHeld ? actions.holdRemovals() : undefined), [isHeld, actions]);
  useEffect(() => {
    // Neither the pointer nor the focus says that it leaves what is gone.
    if (!isEmpty) return;
    setIsPointedAt(false);
    setHasFocus(false);
  }, [isEmpty]);
  return (
    <div
      role="status"
      className="undo"
      onPointerEnter={() => setIsPointedAt(true)}
      onPointerLeave={() => setIsPointedAt(false)}
      onFocus={() => setHasFocus(true)}
      onBlur={() => setHasFocus(false)}
    >
      {removals.map((removal) => (
        <UndoLine
          key={removal.item.key}
          removal={removal}
          keys={keys}
          onUndo={() => {
            actions.undo(removal.item.key);
            setHasFocus(false);
            onFocusLost?.();
          }}
        />
      ))}
    </div>
  );
}

type UndoLineProps = { removal: PendingRemoval; keys: string | undefined; onUndo: () => void };

function UndoLine({ removal: { item, kind }, keys, onUndo }: UndoLineProps) {
  const { t } = useI18n();
  const title = useSessionTitle(item);
  return (
    <p className="undo-line">
      <span className="undo-words">
        {t(kind === 'delete' ? 'sessions.deleting' : 'sessions.resetting', { title })}
      </span>
      {keys && <span className="sr-only">{t('sessions.undoKeys', { keys })}</span>}
      <Button size="small" title={keys} onClick={onUndo}>
        {t('sessions.undo')}
      </Button>
    </p>
  );
}
