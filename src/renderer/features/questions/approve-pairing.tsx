import { useRef, useState } from 'react';
import { approvalCommand } from '../../../shared/doctor-text.ts';
import type { AppError } from '../../../shared/errors.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';
import './questions.css';

type ApprovePairingDialogProps = { requestId: string; onClose: () => void };

/** Consent to run one command on the Gateway's host: which command, and where. */
export function ApprovePairingDialog({ requestId, onClose }: ApprovePairingDialogProps) {
  const { t } = useI18n();
  const request = useRequest();
  const host = useSnapshot((snapshot) => snapshot.target);
  const cancel = useRef<HTMLButtonElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<AppError | null>(null);

  const approve = async () => {
    setIsBusy(true);
    setError(null);
    const result = await request('pairing.approve', { requestId });
    setIsBusy(false);
    if (result.ok) onClose();
    else setError(result.error);
  };

  return (
    <QuestionDialog
      title={t('questions.pairing.title')}
      description={t('questions.pairing.body', { host })}
      initialFocus={cancel}
      onClose={onClose}
    >
      <p className="command is-shown">
        <code>{approvalCommand(requestId)}</code>
      </p>
      <div className="dialog-problem" aria-live="polite">
        {error && <Failure error={error} />}
      </div>
      <div className="dialog-actions">
        <Button ref={cancel} onClick={onClose}>
          {t('questions.pairing.cancel')}
        </Button>
        <Button look="primary" disabled={isBusy} onClick={() => void approve()}>
          {t(isBusy ? 'questions.pairing.approving' : 'questions.pairing.approve')}
        </Button>
      </div>
    </QuestionDialog>
  );
}
