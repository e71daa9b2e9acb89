import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { IconButton } from './button.tsx';

type DialogProps = {
  title: string;
  onClose: () => void;
  children: ReactNode;
};

/** A sheet that Escape, or a press beside it, closes. */
export function Sheet({ title, closeLabel, onClose, children }: DialogProps & { closeLabel: string }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">{title}</Dialog.Title>
            <Dialog.Close render={<IconButton label={closeLabel} icon={<X size={16} />} />} />
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type QuestionDialogProps = DialogProps & {
  description: string;
  /** What is focused first: the safe answer, or the field to fill. */
  initialFocus: RefObject<HTMLElement | null>;
};

/** A question that has to be answered; Escape takes the safe way, a press beside it does nothing. */
export function QuestionDialog({ title, description, onClose, initialFocus, children }: QuestionDialogProps) {
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => isOpen || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="scrim" />
        <AlertDialog.Popup className="dialog" initialFocus={initialFocus}>
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{description}</AlertDialog.Description>
          {children}
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
