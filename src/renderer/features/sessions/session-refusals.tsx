import { X } from 'lucide-react';
import { describeError } from '../../../shared/errors.ts';
import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import type { SessionRefusal } from '../../stores/sessions/sessions-types.ts';
import { IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { AskForScopes } from '../connection/scoped-failure.tsx';
import { useSessionTitle } from './use-session-title.ts';

type SessionRefusalsProps = {
  /** What had the focus is gone; it must not fall back to the top of the page. */
  onFocusLost: () => void;
};

/** What was asked of a conversation and came to nothing, whether the list is in view or not. */
export function SessionRefusals({ onFocusLost }: SessionRefusalsProps) {
  const refusals = useSessions((state) => state.refusals);
  const actions = useSessionsActions();
  const lacksRight = refusals.some(({ error }) => error.code === 'GATEWAY_SCOPE_MISSING');
  return (
    <div role="status" className="undo">
      {refusals.map((refusal) => (
        <Refusal
          key={`${refusal.change} ${refusal.item.key}`}
          refusal={refusal}
          onDismiss={() => {
            actions.dismiss(refusal);
            onFocusLost();
          }}
        />
      ))}
      {lacksRight && <AskForScopes />}
    </div>
  );
}

function Refusal({ refusal, onDismiss }: { refusal: SessionRefusal; onDismiss: () => void }) {
  const { t, translate } = useI18n();
  const title = useSessionTitle(refusal.item);
  return (
    <p className="undo-line">
      <StateShape kind="stopped" />
      <span className="session-refusal" dir="auto">
        {t('sessions.withReason', {
          sentence: t(`sessions.refused.${refusal.change}`, { title }),
          reason: describeError(refusal.error, translate).body,
        })}
      </span>
      <IconButton label={t('chat.dismiss')} icon={<X size={14} />} onClick={onDismiss} />
    </p>
  );
}
