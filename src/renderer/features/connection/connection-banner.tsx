import { useAppState, useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useWindows } from '../shell/windows.ts';
import { RemediedFailure } from './remedied-failure.tsx';

/** Stands under the status line while something needs a person. */
export function ConnectionBanner({ onOpenSettings }: { onOpenSettings?: () => void }) {
  const { t } = useI18n();
  const request = useRequest();
  const connection = useSnapshot((snapshot) => snapshot.connection);
  const wasConnected = useSnapshot((snapshot) => snapshot.endpoint !== null);
  const windows = useWindows();
  const bridge = useAppState((state) => state.bridge);

  if (bridge === 'lost') {
    return (
      <div className="banner" role="alert">
        <div className="failure is-stopped">
          <StateShape kind="stopped" />
          <div className="failure-words">
            <p className="failure-title">{t('connection.bridge.lostTitle')}</p>
            <p>{t('connection.bridge.lostBody')}</p>
            <p>{t('connection.bridge.lostFix')}</p>
          </div>
        </div>
      </div>
    );
  }
  // A connection that was there and dropped a moment ago comes back by itself; the status line says enough.
  const isStuck = connection.tag === 'reconnecting' && (!wasConnected || connection.attempt > 1);
  if (connection.tag !== 'failed' && !isStuck) return null;
  return (
    <div className="banner" role="alert">
      <RemediedFailure
        error={connection.error}
        kind={isStuck ? 'attention' : 'stopped'}
        fixes={{
          // While it counts down, the status line has the button.
          ...(!isStuck && { retry: () => void request('connection.retry', {}) }),
          openSettings: onOpenSettings,
        }}
        last={
          <Button look="quiet" onClick={windows.openDoctor}>
            {t('connection.diagnose')}
          </Button>
        }
      />
    </div>
  );
}
