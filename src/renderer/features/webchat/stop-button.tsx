import { Square } from 'lucide-react';
import type { StopScope } from '../../stores/chat/chat-session.ts';
import type { ChatActions, ChatState } from '../../stores/chat/chat-types.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { useNow } from '../../ui/use-time.ts';
import { shortcutKeys } from '../shell/shortcuts.ts';
import { useFocusKept } from './use-focus-kept.ts';

const harderStopAfterMs = 5000;

/**
 * What Stop does now: a second, harder way once the first has not ended the run; null where the run is asked to end and
 * the Gateway has time to do it. `isOpen`: it is there to be told.
 */
export function stopScope(
  stopAskedAtMs: NonNullable<ChatState['run']>['stopAskedAtMs'],
  isOpen: boolean,
  nowMs: number,
): StopScope | null {
  if (stopAskedAtMs === null) return 'current';
  return isOpen && nowMs - stopAskedAtMs >= harderStopAfterMs ? 'everything' : null;
}

type StopButtonProps = {
  stopAskedAtMs: number | null;
  /** The Gateway is there to be told. */
  isOpen: boolean;
  onStop: ChatActions['stopRun'];
  onFocusLost: () => void;
};

/** Stays until the run has ended, and is the same element all the while: it keeps the focus. */
export function StopButton({ stopAskedAtMs, isOpen, onStop, onFocusLost }: StopButtonProps) {
  const { t } = useI18n();
  const now = useNow(stopAskedAtMs !== null);
  const button = useFocusKept<HTMLButtonElement>(onFocusLost);
  const scope = stopScope(stopAskedAtMs, isOpen, now);
  const isHarder = scope === 'everything';
  const asked = isOpen ? 'chat.composer.stopping' : 'chat.composer.stopLater';
  const label = t(isHarder ? 'chat.composer.stopAll' : stopAskedAtMs === null ? 'chat.composer.stop' : asked);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={isHarder ? 'button is-plain is-normal stop-all' : 'send is-stop'}
        aria-label={label}
        title={`${label} (${shortcutKeys.stop})`}
        aria-disabled={scope === null}
        onClick={() => scope && onStop(scope)}
      >
        {isHarder ? label : <Square size={12} fill="currentColor" strokeWidth={0} />}
      </button>
      <span className="sr-only" role="status">
        {isHarder && label}
      </span>
    </>
  );
}
