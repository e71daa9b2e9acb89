import { useId, useRef } from 'react';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { CommandLine } from '../../ui/command-line.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { type CertificateReview, certificateDate } from '../connection/certificate-review.ts';
import { TypedHostForm } from './typed-host-form.tsx';
import './questions.css';

type CertificateReviewDialogProps = { review: CertificateReview; onClose: () => void };

/** Where a Gateway keeps the certificate that it made for itself (openclaw 2026.9.6, gateway.tls). */
const fingerprintCommand =
  'openssl x509 -noout -fingerprint -sha256 -in ~/.openclaw/gateway/tls/gateway-cert.pem';

/** The pinned certificate and the one that was shown (R26). Nothing is pinned before the host's name was typed. */
export function CertificateReviewDialog({ review, onClose }: CertificateReviewDialogProps) {
  const { t, date } = useI18n();
  const request = useRequest();
  const id = useId();
  const cancel = useRef<HTMLButtonElement>(null);
  const way = useWayToPin(review);
  const { host, expected, actual, subject, issuer } = review;
  const from = certificateDate(review.validFrom, date);
  const to = certificateDate(review.validTo, date);
  return (
    <QuestionDialog
      title={t(expected === null ? 'questions.certificate.titleNew' : 'questions.certificate.title', {
        host,
      })}
      description={t(expected === null ? 'questions.certificate.bodyNew' : 'questions.certificate.body')}
      initialFocus={cancel}
      onClose={onClose}
    >
      <div className="keys-compared">
        {expected !== null && (
          <section className="key-seen" aria-labelledby={`${id}-pinned`}>
            <h3 id={`${id}-pinned`}>{t('questions.certificate.pinned')}</h3>
            <Fingerprint text={expected} />
          </section>
        )}
        <section className="key-seen is-new" aria-labelledby={`${id}-offered`}>
          <h3 id={`${id}-offered`}>{t('questions.certificate.offered')}</h3>
          <Fingerprint text={actual} />
          <dl className="certificate-facts">
            <dt>{t('questions.certificate.subject')}</dt>
            <dd>{subject}</dd>
            <dt>{t('questions.certificate.issuer')}</dt>
            <dd>{issuer}</dd>
            <dt>{t('questions.certificate.validity')}</dt>
            <dd className="tabular">{t('questions.certificate.fromTo', { from, to })}</dd>
          </dl>
        </section>
      </div>
      <p>{t('questions.certificate.compare')}</p>
      <CommandLine line={fingerprintCommand} />
      {way === 'here' ? (
        <TypedHostForm
          host={host}
          about="certificate"
          cancel={cancel}
          onAccept={(typedHost) => request('certificate.pin', { typedHost, fingerprint: actual })}
          onClose={onClose}
        />
      ) : (
        <>
          <p>{t(`questions.certificate.${way}`)}</p>
          <CommandLine line={way === 'inFile' ? `gateway.remote.tlsFingerprint: "${actual}"` : actual} />
          <div className="dialog-actions">
            <Button ref={cancel} onClick={onClose}>
              {t('questions.certificate.close')}
            </Button>
          </div>
        </>
      )}
    </QuestionDialog>
  );
}

/** In groups of eight, one under the other: a difference shows in the same column. */
function Fingerprint({ text }: { text: string }) {
  const groups = text.match(/(?:[^:]+:?){1,8}/g) ?? [text];
  return (
    <p className="mono fingerprint-groups">
      {groups.map((group, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the places never change, and two groups may be alike
        <span key={at}>{group}</span>
      ))}
    </p>
  );
}

/** `here`: Chela may pin it; `inFile`: the pin stands in openclaw.json; `inField`: of a draft in Settings. */
function useWayToPin({ actual }: CertificateReview): 'here' | 'inFile' | 'inField' {
  const connection = useSnapshot((snapshot) => snapshot.connection);
  const origin = useSnapshot((snapshot) => snapshot.settings.remote.tlsFingerprint.origin);
  if (connection.tag !== 'failed' || connection.error.details?.actual !== actual) return 'inField';
  return origin === 'openclaw.json' ? 'inFile' : 'here';
}
