import { type AppError, describeError } from '../../../shared/errors.ts';
import { useChat, useSessionsActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useNow } from '../../ui/use-time.ts';
import { ScopedFailure } from '../connection/scoped-failure.tsx';

/** What a card is about that waits for a person, and for how long. */
export function CardHead({ title, untilMs }: { title: string; untilMs: number }) {
  return (
    <header>
      <StateShape kind="attention" />
      <h2>{title}</h2>
      <Countdown untilMs={untilMs} />
    </header>
  );
}

/** Where a card belongs to another conversation than the one on the screen, and the way there. */
export function Elsewhere({ sessionKey }: { sessionKey: string | null }) {
  const { t } = useI18n();
  const shownKey = useChat((chat) => chat.sessionKey);
  const sessions = useSessionsActions();
  if (sessionKey === null || sessionKey === shownKey) return null;
  return (
    <p className="approval-note">
      {t('ask.elsewhere')}
      <Button look="quiet" size="small" onClick={() => sessions.open(sessionKey)}>
        {t('ask.open')}
      </Button>
    </p>
  );
}

/** Read when somebody comes to it, not every second. */
function Countdown({ untilMs }: { untilMs: number }) {
  const { t } = useI18n();
  const now = useNow(true);
  const seconds = Math.max(0, Math.round((untilMs - now) / 1000));
  return (
    <span className="approval-time tabular" aria-live="off">
      {t('approvals.expires', { clock: clockOf(seconds) })}
    </span>
  );
}

/** `9:05`, from an hour on `1:09:05`. */
function clockOf(seconds: number): string {
  const two = (count: number) => String(count).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Why the Gateway refused what was pressed. */
export function CardError({ error }: { error: AppError | null }) {
  const { translate } = useI18n();
  if (!error) return null;
  if (error.code === 'GATEWAY_SCOPE_MISSING') {
    return (
      <div role="alert">
        <ScopedFailure error={error} />
      </div>
    );
  }
  return (
    <p className="approval-error" role="alert">
      {describeError(error, translate).body}
    </p>
  );
}
