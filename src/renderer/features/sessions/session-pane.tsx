import { Dialog } from '@base-ui/react/dialog';
import { useSyncExternalStore } from 'react';
import { useI18n } from '../../ui/i18n.tsx';
import { SessionSidebar } from './session-sidebar.tsx';

const narrow = '(max-width: 760px)';

type SessionPaneProps = { isOpen: boolean; onClose: () => void; onChosen: () => void };

/** Beside the conversation where there is room, over it where there is not. */
export function SessionPane({ isOpen, onClose, onChosen }: SessionPaneProps) {
  const { t } = useI18n();
  const isNarrow = useIsNarrow();
  if (!isOpen) return null;
  if (!isNarrow) {
    return (
      <aside className="sessions-pane" aria-label={t('sessions.title')}>
        <SessionSidebar onChosen={onChosen} />
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
            onChosen={() => {
              onClose();
              onChosen();
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function isNarrowPage(): boolean {
  return window.matchMedia(narrow).matches;
}

function useIsNarrow(): boolean {
  return useSyncExternalStore(watchWidth, isNarrowPage);
}

function watchWidth(listener: () => void): () => void {
  const query = window.matchMedia(narrow);
  query.addEventListener?.('change', listener);
  return () => query.removeEventListener?.('change', listener);
}
