import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Lamps } from '../connection/lamps.tsx';
import { QualityStrip } from '../connection/quality-strip.tsx';
import { useWindows } from '../shell/windows.ts';
import { TunnelService } from '../tunnel-service/tunnel-service.tsx';
import { CredentialPanel } from './credential-panel.tsx';

/** Settings → Connection: how each layer is now, and how the last day was. */
export function ConnectionSettings() {
  const { t } = useI18n();
  const { openDoctor } = useWindows();
  return (
    <section className="settings-section" aria-labelledby="connection">
      <h2 id="connection">{t('settings.connection')}</h2>
      <div className="connection-state">
        <Lamps />
        <QualityStrip />
      </div>
      <CredentialPanel />
      <TunnelService />
      <div className="form-actions">
        <Button onClick={openDoctor}>{t('settings.doctor')}</Button>
      </div>
    </section>
  );
}
