import { type RefObject, useId, useState } from 'react';
import type { AppError } from '../../../shared/errors.ts';
import type { Result } from '../../../shared/result.ts';
import { Button } from '../../ui/button.tsx';
import { ExactInput } from '../../ui/exact-input.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';

type TypedHostFormProps = {
  host: string;
  /** Which words it speaks: `questions.changed` or `questions.certificate`. */
  about: 'changed' | 'certificate';
  cancel: RefObject<HTMLButtonElement | null>;
  /** Called only with the name of `host`. */
  onAccept: (typedHost: string) => Promise<Result<unknown>>;
  onClose: () => void;
};

/** The end of a dialog in which something new is trusted: only for who types the host's name. */
export function TypedHostForm({ host, about, cancel, onAccept, onClose }: TypedHostFormProps) {
  const { t } = useI18n();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const isTyped = typed.trim() === host;

  const accept = async () => {
    setIsBusy(true);
    setError(null);
    const result = await onAccept(typed.trim());
    setIsBusy(false);
    if (result.ok) onClose();
    else setError(result.error);
  };

  return (
    <>
      <form
        id={`${id}-form`}
        onSubmit={(event) => {
          event.preventDefault();
          if (isTyped && !isBusy) void accept();
        }}
      >
        <label className="dialog-label" htmlFor={id}>
          {t(`questions.${about}.typeHost`, { host })}
        </label>
        <ExactInput
          id={id}
          className="input mono"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="dialog-problem" aria-live="polite">
          {error && <Failure error={error} />}
        </div>
      </form>
      <div className="dialog-actions">
        <Button ref={cancel} onClick={onClose}>
          {t(`questions.${about}.cancel`)}
        </Button>
        <Button type="submit" form={`${id}-form`} look="danger" disabled={!isTyped || isBusy}>
          {t(isBusy ? `questions.${about}.accepting` : `questions.${about}.accept`)}
        </Button>
      </div>
    </>
  );
}
