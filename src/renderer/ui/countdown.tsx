import { useI18n } from './i18n.tsx';
import { useNow } from './use-time.ts';

/** Until something expires. Read when somebody comes to it, not every second. */
export function Countdown({ untilMs }: { untilMs: number }) {
  const { t } = useI18n();
  const now = useNow(true);
  const seconds = Math.max(0, Math.round((untilMs - now) / 1000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <span className="approval-time tabular" aria-live="off">
      {t('approvals.expires', { clock })}
    </span>
  );
}
