import { MessageSquare, Plug, RotateCw, Settings, Stethoscope, Unplug } from 'lucide-react';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ConnectionBanner } from '../connection/connection-banner.tsx';
import { Lamps } from '../connection/lamps.tsx';
import { ModeSwitch, useSwitchMode } from '../connection/mode-switch.tsx';
import { QualityStrip } from '../connection/quality-strip.tsx';
import { StatusLine } from '../connection/status-line.tsx';
import { useConnection } from '../connection/use-connection.ts';
import { shortcutKeys, useShortcuts } from '../shell/shortcuts.ts';
import { useWindows } from '../shell/windows.ts';
import './panel.css';

/** The tray's popup: status, lamps, the switch, and the ways into the windows. 360 px wide. */
export function Panel() {
  const { t } = useI18n();
  const request = useRequest();
  const windows = useWindows();
  const connection = useConnection();
  const notices = useSnapshot((snapshot) => snapshot.notices.length);
  const switchMode = useSwitchMode(windows.openSettings);
  const retry = () => void request('connection.retry', {});
  useShortcuts({
    local: () => switchMode('local'),
    remote: () => switchMode('remote'),
    retry,
    settings: windows.openSettings,
    doctor: windows.openDoctor,
  });

  return (
    <div className="panel">
      <header className="panel-head">
        <h1 className="sr-only">Chela</h1>
        <StatusLine withButton={false} />
      </header>
      <ConnectionBanner onOpenSettings={windows.openSettings} />
      <main>
        <div className="panel-mode">
          <ModeSwitch onTargetMissing={windows.openSettings} />
        </div>
        <Lamps />
        <QualityStrip />
      </main>
      <nav className="panel-actions">
        <button type="button" className="panel-action" onClick={windows.openChat}>
          <MessageSquare size={16} aria-hidden="true" />
          <span>{t('chat.title')}</span>
        </button>
        <button type="button" className="panel-action" onClick={windows.openSettings}>
          <Settings size={16} aria-hidden="true" />
          <span>{t('chat.keys.settings')}</span>
          {notices > 0 && <span className="panel-count">{t('connection.notices', { count: notices })}</span>}
          <kbd>{shortcutKeys.settings}</kbd>
        </button>
        <button type="button" className="panel-action" onClick={windows.openDoctor}>
          <Stethoscope size={16} aria-hidden="true" />
          <span>{t('chat.keys.doctor')}</span>
          <kbd>{shortcutKeys.doctor}</kbd>
        </button>
        {connection.canRetry && connection.shape === 'working' && (
          <button type="button" className="panel-action" onClick={retry}>
            <RotateCw size={16} aria-hidden="true" />
            <span>{t('connection.retryNow')}</span>
            <kbd>{shortcutKeys.retry}</kbd>
          </button>
        )}
        {connection.isIdle ? (
          <button type="button" className="panel-action" onClick={retry}>
            <Plug size={16} aria-hidden="true" />
            <span>{t('connection.connect')}</span>
          </button>
        ) : (
          <button
            type="button"
            className="panel-action"
            onClick={() => void request('connection.disconnect', {})}
          >
            <Unplug size={16} aria-hidden="true" />
            <span>{t('connection.disconnect')}</span>
          </button>
        )}
      </nav>
    </div>
  );
}
