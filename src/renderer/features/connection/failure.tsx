import { type AppError, describeError, type FixAction } from '../../../shared/errors.ts';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';

type FailureProps = {
  error: AppError;
  /** The fix as a button; one that is absent (or lies outside Chela) is only a sentence. */
  fixes?: Partial<Record<Exclude<FixAction, 'none'>, () => void>>;
  kind?: 'stopped' | 'attention';
};

/** What happened, why, and the one thing to do. */
export function Failure({ error, fixes = {}, kind = 'stopped' }: FailureProps) {
  const { t, translate } = useI18n();
  const text = describeError(error, translate);
  const fix = text.action === 'none' ? undefined : fixes[text.action];
  return (
    <div className={`failure is-${kind}`}>
      <StateShape kind={kind} />
      <div className="failure-words">
        <p className="failure-title">{text.title}</p>
        <p>{text.body}</p>
        <p>{text.fix}</p>
      </div>
      {fix && (
        <Button onClick={fix}>
          {t(text.action === 'retry' ? 'connection.tryAgain' : 'connection.openSettings')}
        </Button>
      )}
    </div>
  );
}
