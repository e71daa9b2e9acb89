import { X } from 'lucide-react';
import { type AppError, describeError } from '../../../shared/errors.ts';
import { IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { ScopedFailure } from '../connection/scoped-failure.tsx';

/** Why something was refused, near what was asked for: one line, or the way to be allowed it. */
export function RefusalNote({ error, onDismiss }: { error: AppError; onDismiss: () => void }) {
  const { t, translate } = useI18n();
  const dismiss = <IconButton label={t('chat.dismiss')} icon={<X size={14} />} onClick={onDismiss} />;
  if (error.code === 'GATEWAY_SCOPE_MISSING') return <ScopedFailure error={error} last={dismiss} />;
  return (
    <div className="composer-refusal">
      <StateShape kind="stopped" />
      <span>{describeError(error, translate).body}</span>
      {dismiss}
    </div>
  );
}
