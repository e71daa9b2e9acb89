import { useRef } from 'react';
import type { Answer, Question } from '../../../shared/contract/question.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { QuestionDialog } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { FingerprintCommand } from './fingerprint-command.tsx';
import { KeyArt } from './key-art.tsx';

type HostKeyQuestionProps = {
  question: Extract<Question, { kind: 'hostKey' }>;
  onAnswer: (answer: Answer) => void;
};

/** First contact with a host. Neither answer is the default; the focus rests on the safe one. */
export function HostKeyQuestion({ question, onAnswer }: HostKeyQuestionProps) {
  const { t } = useI18n();
  const refuse = useRef<HTMLButtonElement>(null);
  const { host, port, keyType, fingerprint, knownHostsFile } = question;
  return (
    <QuestionDialog
      title={t('questions.hostKey.title', { host })}
      description={t('questions.hostKey.body')}
      initialFocus={refuse}
      onClose={() => onAnswer({ kind: 'cancel' })}
    >
      <dl className="facts">
        <div>
          <dt>{t('questions.hostKey.host')}</dt>
          <dd className="mono">{port === 22 ? host : `${host}:${port}`}</dd>
        </div>
        <div>
          <dt>{t('questions.hostKey.keyType')}</dt>
          <dd className="mono">{keyType}</dd>
        </div>
        <div className="is-wide">
          <dt>{t('questions.hostKey.fingerprint')}</dt>
          <dd className="fact-copy">
            <span className="mono fingerprint">{fingerprint}</span>
            <CopyButton text={fingerprint} label={t('questions.hostKey.copy')} />
          </dd>
        </div>
      </dl>
      <KeyArt art={question.art} />
      <FingerprintCommand host={host} keyType={keyType} />
      <p className="dialog-note">{t('questions.hostKey.stored', { file: knownHostsFile })}</p>
      <div className="dialog-actions">
        <Button ref={refuse} onClick={() => onAnswer({ kind: 'hostKey', trust: false })}>
          {t('questions.hostKey.refuse')}
        </Button>
        <Button onClick={() => onAnswer({ kind: 'hostKey', trust: true })}>
          {t('questions.hostKey.trust')}
        </Button>
      </div>
    </QuestionDialog>
  );
}
