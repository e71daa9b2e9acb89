import { useState } from 'react';
import { assertNever } from '../../../shared/assert-never.ts';
import type { SettingsPatch } from '../../../shared/config/settings.ts';
import { type AppError, describeError } from '../../../shared/errors.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ApprovePairingDialog } from '../questions/approve-pairing.tsx';
import { CertificateReviewDialog } from '../questions/certificate-review.tsx';
import { HostKeyChangeDialog } from '../questions/host-key-change.tsx';
import type { CertificateReview } from './certificate-review.ts';
import type { Remedy } from './remedy.ts';

/** The button of a {@link Remedy}, with the dialog that asks before it does anything that cannot be taken back. */
export function RemedyButton({ remedy }: { remedy: Remedy }) {
  const { t } = useI18n();
  switch (remedy.kind) {
    case 'compareKeys':
      return <CompareKeys />;
    case 'compareCertificates':
      return <CompareCertificates review={remedy.review} />;
    case 'usePort':
      return (
        <SaveButton label={t('connection.remedy.usePort', { port: remedy.port })} patch={remedy.patch} />
      );
    case 'useOpenssh':
      return <SaveButton label={t('connection.remedy.useOpenssh')} patch={remedy.patch} />;
    case 'approvePairing':
      return remedy.overSsh ? <ApprovePairing requestId={remedy.requestId} /> : null;
    default:
      return assertNever(remedy);
  }
}

function CompareKeys() {
  const { t } = useI18n();
  const request = useRequest();
  const change = useSnapshot((snapshot) => snapshot.hostKeyChange);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button
        onClick={() => {
          setIsOpen(true);
          // Met by the doctor only: the connection has to meet it as well before it can be replaced.
          if (!change) void request('connection.retry', {});
        }}
      >
        {t('connection.remedy.compareKeys')}
      </Button>
      {isOpen && change && (
        <HostKeyChangeDialog key={change.fingerprint} change={change} onClose={() => setIsOpen(false)} />
      )}
    </>
  );
}

function CompareCertificates({ review }: { review: CertificateReview }) {
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>{t('connection.remedy.compareCertificates')}</Button>
      {isOpen && (
        <CertificateReviewDialog key={review.actual} review={review} onClose={() => setIsOpen(false)} />
      )}
    </>
  );
}

function ApprovePairing({ requestId }: { requestId: string }) {
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>{t('connection.remedy.approve')}</Button>
      {isOpen && <ApprovePairingDialog requestId={requestId} onClose={() => setIsOpen(false)} />}
    </>
  );
}

function SaveButton({ label, patch }: { label: string; patch: SettingsPatch }) {
  const { translate } = useI18n();
  const request = useRequest();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const save = async () => {
    setIsBusy(true);
    const result = await request('settings.save', { patch });
    setIsBusy(false);
    setError(result.ok ? null : result.error);
  };
  return (
    <>
      <Button disabled={isBusy} onClick={() => void save()}>
        {label}
      </Button>
      {error && (
        <p className="remedy-problem" role="alert">
          {describeError(error, translate).title}
        </p>
      )}
    </>
  );
}
