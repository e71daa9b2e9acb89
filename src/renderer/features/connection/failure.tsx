import type { ReactNode } from 'react';
import { type AppError, describeError, type FixAction } from '../../../shared/errors.ts';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { briefly } from './certificate-review.ts';

type FailureProps = {
  error: AppError;
  /** The fix as a button; one that is absent (or lies outside Chela) is only a sentence. */
  fixes?: Partial<Record<Exclude<FixAction, 'none'>, () => void>>;
  /** Takes the place of the error's own fix, where Chela can do better here. */
  fixText?: string | undefined;
  /** Buttons before the one of `fixes`. */
  first?: ReactNode;
  /** Buttons after it. */
  last?: ReactNode;
  /** Below the sentences. */
  children?: ReactNode;
  kind?: 'stopped' | 'attention';
};

/** What happened, why, and the one thing to do. */
export function Failure({
  error,
  fixes = {},
  fixText,
  first,
  last,
  children,
  kind = 'stopped',
}: FailureProps) {
  const { t, translate, date } = useI18n();
  const text = describeError(briefly(error, date), translate);
  const fix = text.action === 'none' ? undefined : fixes[text.action];
  return (
    <div className={`failure is-${kind}`}>
      <StateShape kind={kind} />
      <div className="failure-words">
        <p className="failure-title">{text.title}</p>
        <p>{text.body}</p>
        <p>{fixText ?? text.fix}</p>
        {children}
      </div>
      {(first || fix || last) && (
        <div className="failure-actions">
          {first}
          {fix && (
            <Button onClick={fix}>
              {t(text.action === 'retry' ? 'connection.tryAgain' : 'connection.openSettings')}
            </Button>
          )}
          {last}
        </div>
      )}
    </div>
  );
}
