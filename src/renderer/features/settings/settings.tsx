import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ConnectionBanner } from '../connection/connection-banner.tsx';
import { Failure } from '../connection/failure.tsx';
import { StatusLine } from '../connection/status-line.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useWindows } from '../shell/windows.ts';
import { AppearanceSettings } from './appearance-settings.tsx';
import { CommandSettings } from './command-settings.tsx';
import { ConnectionSettings } from './connection-settings.tsx';
import { GeneralSettings } from './general-settings.tsx';
import { ShareSettings } from './share-settings.tsx';

export function Settings({ chooseRemote }: { chooseRemote: boolean }) {
  const { t } = useI18n();
  const notices = useSnapshot((snapshot) => snapshot.notices);
  const file = useSnapshot((snapshot) => snapshot.settings.file);
  const openclawFile = useSnapshot((snapshot) => snapshot.settings.openclawFile);
  const windows = useWindows();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!chooseRemote) title.current?.focus();
  }, [chooseRemote]);
  useShortcuts({ back: windows.leaveSettings, doctor: windows.openDoctor });

  return (
    <div className="settings">
      <header className="bar">
        <StatusLine />
        <div className="bar-tools">
          <Button look="quiet" onClick={windows.backToChat}>
            <ArrowLeft size={14} aria-hidden="true" />
            <span className="bar-words">{t('settings.back')}</span>
          </Button>
        </div>
      </header>
      <main className="settings-main">
        <h1 ref={title} tabIndex={-1}>
          {t('settings.title')}
        </h1>
        <ConnectionBanner />
        {notices.length > 0 && (
          <section aria-label={t('settings.notices')} className="notices">
            {notices.map((notice) => (
              <Failure key={`${notice.code}:${notice.message}`} error={notice} kind="attention" />
            ))}
          </section>
        )}
        <GeneralSettings chooseRemote={chooseRemote} />
        <ConnectionSettings />
        <ShareSettings />
        <CommandSettings />
        <AppearanceSettings />
        <footer className="settings-foot">
          <p>{t('settings.stored', { file })}</p>
          {openclawFile !== null && <p>{t('settings.alsoRead', { file: openclawFile })}</p>}
        </footer>
      </main>
    </div>
  );
}
