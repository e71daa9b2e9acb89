import { useState } from 'react';
import { type AppError, describeError } from '../../../shared/errors.ts';
import { useDoctorActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';

type Outcome = 'copied' | 'notCopied' | AppError;

/** The last run as text for somebody who helps; names only where asked for. */
export function ReportCopy({ isReady }: { isReady: boolean }) {
  const { t, translate } = useI18n();
  const { report } = useDoctorActions();
  const [withNames, setWithNames] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  const copy = async () => {
    setOutcome(null);
    const result = await report(withNames);
    if (!result.ok) return setOutcome(result.error);
    try {
      await navigator.clipboard.writeText(result.value.text);
      setOutcome('copied');
    } catch {
      setOutcome('notCopied');
    }
  };
  const words =
    outcome === null
      ? ''
      : outcome === 'copied'
        ? t('connection.ladder.copied')
        : outcome === 'notCopied'
          ? t('connection.ladder.copyFailed')
          : describeError(outcome, translate).title;

  return (
    <section className="settings-section doctor-report" aria-labelledby="report">
      <h2 id="report">{t('connection.ladder.report')}</h2>
      <p className="doctor-report-body">{t('connection.ladder.reportBody')}</p>
      <div className="form-actions">
        <label className="check">
          <input
            type="checkbox"
            checked={withNames}
            onChange={(event) => {
              setWithNames(event.target.checked);
              setOutcome(null);
            }}
          />
          {t('connection.ladder.withNames')}
        </label>
        <span className="form-state" role="status">
          {words}
        </span>
        <Button disabled={!isReady} onClick={() => void copy()}>
          {t('connection.ladder.copyReport')}
        </Button>
      </div>
    </section>
  );
}
