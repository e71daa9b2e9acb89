import { Dialog } from '@base-ui/react/dialog';
import { useState, useSyncExternalStore } from 'react';
import { useI18n } from '../../ui/i18n.tsx';
import { Later } from '../../ui/later.tsx';
import { SessionSidebar } from './session-sidebar.tsx';

const narrow = '(max-width: 760px)';

type SessionPaneProps = {
  isNarrow: boolean;
  isOpen: boolean;
  onClose: () => void;
  onChosen: (words: string | null) => void;
};

/** Beside the conversation where there is room, over it where there is not. */
export function SessionPane({ isNarrow, isOpen, onClose, onChosen }: SessionPaneProps) {
  const { t } = useI18n();
  if (!isOpen) return null;
  if (!isNarrow) {
    return (
      <aside className="sessions-pane" aria-label={t('sessions.title')}>
        <Later>
          <SessionSidebar onChosen={onChosen} />
        </Later>
      </aside>
    );
  }
  return (
    <Dialog.Root open onOpenChange={(opens) => opens || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="sessions-sheet" aria-label={t('sessions.title')}>
          <SessionSidebar
            onClose={onClose}
            onChosen={(words) => {
              onClose();
              onChosen(words);
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Beside the conversation it is open until somebody closes it; over it, only while somebody looks at it. */
export function useSessionPane() {
  const isNarrow = useSyncExternalStore(watchWidth, isNarrowPage);
  const [isPaneOpen, setIsPaneOpen] = useState(true);
  const [isSheetOpen, setIsSheetOpen] = useState(false);
  const isOpen = isNarrow ? isSheetOpen : isPaneOpen;
  const setIsOpen = isNarrow ? setIsSheetOpen : setIsPaneOpen;
  return { isNarrow, isOpen, toggle: () => setIsOpen(!isOpen), close: () => setIsOpen(false) };
}

function isNarrowPage(): boolean {
  return window.matchMedia(narrow).matches;
}

function watchWidth(listener: () => void): () => void {
  const query = window.matchMedia(narrow);
  query.addEventListener?.('change', listener);
  return () => query.removeEventListener?.('change', listener);
}
