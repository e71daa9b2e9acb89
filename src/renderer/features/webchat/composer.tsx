import { ArrowUp, Square } from 'lucide-react';
import { type RefObject, useState } from 'react';
import { useChat, useChatActions, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { isSubmitEnter } from '../../ui/ime.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { useDelayed, useNow } from '../../ui/use-time.ts';
import { QueueMode } from './queue-mode.tsx';

const harderStopAfterMs = 5000;
const offlineNoteAfterMs = 600;

type ComposerProps = { field: RefObject<HTMLTextAreaElement | null>; onSent: () => void };

export function Composer({ field, onSent }: ComposerProps) {
  const { t } = useI18n();
  const draft = useChat((chat) => chat.draft);
  const run = useChat((chat) => chat.run);
  const actions = useChatActions();
  const [isFocused, setIsFocused] = useState(false);
  const canSend = draft.trim() !== '';

  const submit = () => {
    if (!canSend) return;
    actions.submit();
    field.current?.focus();
    onSent();
  };

  return (
    <div className="composer-area">
      <form
        className="composer"
        aria-label={t('chat.composer.label')}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {/* The copy of the text in the pseudo-element gives the field its height. */}
        <div className="composer-field" data-text={draft}>
          <textarea
            ref={field}
            rows={1}
            value={draft}
            aria-label={t('chat.composer.label')}
            placeholder={t('chat.composer.placeholder')}
            onChange={(event) => actions.setDraft(event.target.value)}
            onFocus={() => setIsFocused(true)}
            onBlur={() => setIsFocused(false)}
            onKeyDown={(event) => {
              if (!isSubmitEnter(event)) return;
              event.preventDefault();
              submit();
            }}
          />
        </div>
        {run && <StopButton stopAskedAtMs={run.stopAskedAtMs} onStop={actions.stopRun} />}
        {(!run || canSend) && (
          <button
            type="submit"
            className="send"
            aria-label={t('chat.composer.send')}
            title={t('chat.composer.send')}
            disabled={!canSend}
          >
            <ArrowUp size={18} strokeWidth={2.25} />
          </button>
        )}
      </form>
      {canSend && <QueueMode />}
      <ComposerNote showHint={isFocused && canSend} />
    </div>
  );
}

type StopButtonProps = {
  stopAskedAtMs: number | null;
  onStop: (scope: 'current' | 'everything') => void;
};

/** Stays until the run has ended. When it does not end, a second, harder way is offered. */
function StopButton({ stopAskedAtMs, onStop }: StopButtonProps) {
  const { t } = useI18n();
  const now = useNow(stopAskedAtMs !== null);
  if (stopAskedAtMs !== null && now - stopAskedAtMs >= harderStopAfterMs) {
    return (
      <Button className="stop-all" onClick={() => onStop('everything')}>
        {t('chat.composer.stopAll')}
      </Button>
    );
  }
  const label = t(stopAskedAtMs === null ? 'chat.composer.stop' : 'chat.composer.stopping');
  return (
    <button
      type="button"
      className="send is-stop"
      aria-label={label}
      title={label}
      aria-disabled={stopAskedAtMs !== null}
      onClick={() => stopAskedAtMs === null && onStop('current')}
    >
      <Square size={12} fill="currentColor" strokeWidth={0} />
    </button>
  );
}

/** One quiet line below the field: what the chat waits for, or how to send. */
function ComposerNote({ showHint }: { showHint: boolean }) {
  const { t } = useI18n();
  const link = useChat((chat) => chat.link.tag);
  const tag = useSnapshot((snapshot) => snapshot.connection.tag);
  const isOffline = useDelayed(link !== 'open' && link !== 'refused', offlineNoteAfterMs);
  const isOpening = tag === 'connected' || tag === 'degraded' || tag === 'connecting';
  return (
    <p className="composer-note">
      {isOffline ? (
        <>
          <StateShape kind="working" />
          {t(isOpening ? 'chat.offline.connecting' : 'chat.offline.reconnecting')}
        </>
      ) : (
        showHint && t('chat.composer.hint')
      )}
    </p>
  );
}
