import { type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { useI18n } from './i18n.tsx';

type UndoRegionProps = {
  isEmpty: boolean;
  /** Keeps what is in it there, until the answer is called. */
  hold: () => () => void;
  /** `onUndone`: what had the focus goes. */
  children: (onUndone: () => void) => ReactNode;
};

/** Says what was taken away, with the way back; it waits for whoever is at it. */
export function UndoRegion({ isEmpty, hold, children }: UndoRegionProps) {
  const [isPointedAt, setIsPointedAt] = useState(false);
  const [hasFocus, setHasFocus] = useState(false);
  const isHeld = isPointedAt || hasFocus;
  useEffect(() => (isHeld ? hold() : undefined), [isHeld, hold]);
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
      {children(() => setHasFocus(false))}
    </div>
  );
}

type UndoLineProps = {
  words: string;
  /** Of the shortcut, where it is heard. */
  keys: string | undefined;
  onUndo: () => void;
};

export function UndoLine({ words, keys, onUndo }: UndoLineProps) {
  const { t } = useI18n();
  return (
    <p className="undo-line">
      <span className="undo-words" dir="auto">
        {words}
      </span>
      {keys && <span className="sr-only">{t('sessions.undoKeys', { keys })}</span>}
      <Button size="small" title={keys} onClick={onUndo}>
        {t('sessions.undo')}
      </Button>
    </p>
  );
}
