import { useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Mark } from '../../ui/mark.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useConnection } from './use-connection.ts';

/** The first thing on every screen: am I connected, to what, how well? */
export function StatusLine({ withButton = true }: { withButton?: boolean }) {
  const { t } = useI18n();
  const request = useRequest();
  const connection = useConnection();
  const isCountingDown = connection.shape === 'working' && connection.canRetry;
  const connect = () => void request('connection.retry', {});

  return (
    <div className="status">
      <Mark shape={connection.mark} size={20} />
      <div className="status-words" role="status" aria-label={t('connection.label')}>
        <StateShape kind={connection.shape} />
        {/* Read once per state; the visible line also counts down. */}
        <span className="sr-only">{connection.spoken}</span>
        <span className="status-text tabular" aria-hidden="true" title={connection.text}>
          {connection.text}
        </span>
      </div>
      {connection.rttMs !== null && (
        <span className="status-rtt tabular" title={t('connection.roundTripTitle')}>
          {t('connection.roundTrip', { ms: Math.max(1, Math.round(connection.rttMs)) })}
        </span>
      )}
      {withButton && isCountingDown && (
        <Button size="small" look="quiet" onClick={connect}>
          {t('connection.retryNow')}
        </Button>
      )}
      {withButton && connection.isIdle && (
        <Button size="small" look="quiet" onClick={connect}>
          {t('connection.connect')}
        </Button>
      )}
    </div>
  );
}
