import type { Activity } from '../../stores/chat/chat-state.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useNow } from '../../ui/use-time.ts';

const showSecondsFrom = 2;
const phases = [
  'preparing_workspace',
  'preparing_context',
  'starting_model',
  'retrying',
  'approval',
] as const;

/** What the run is doing, in words; the seconds show that it still does. */
export function RunProgress({ activity, hasText }: { activity: Activity; hasText: boolean }) {
  const { t } = useI18n();
  const now = useNow(true);
  const seconds = Math.floor((now - activity.startedAtMs) / 1000);
  const phase = phases.find((known) => known === activity.phase);
  const words = () => {
    if (phase === 'retrying' && activity.retry) return t('chat.run.retryingCounted', activity.retry);
    // Once it writes, the words themselves show that it goes on.
    if (hasText && phase !== 'retrying' && phase !== 'approval') return t('chat.run.writing');
    return t(phase ? `chat.run.${phase}` : 'chat.run.waiting');
  };
  return (
    <p className="progress">
      <StateShape kind={phase === 'approval' ? 'attention' : 'working'} />
      {words()}
      {seconds >= showSecondsFrom && (
        <span className="tabular progress-time">{t('chat.run.seconds', { seconds })}</span>
      )}
    </p>
  );
}
