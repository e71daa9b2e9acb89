import { Sheet } from '../../ui/dialog.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { shortcutKeys } from './shortcuts.ts';

const order = [
  'send',
  'newLine',
  'stop',
  'compose',
  'latest',
  'find',
  'sessions',
  'newSession',
  'nextSession',
  'previousSession',
  'renameSession',
  'sessionMenu',
  'undo',
  'local',
  'remote',
  'retry',
  'settings',
  'doctor',
  'help',
  'back',
] as const;

export function KeysSheet({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  return (
    <Sheet title={t('chat.keys.title')} closeLabel={t('chat.keys.close')} onClose={onClose}>
      <dl className="keys">
        {order.map((name) => (
          <div key={name}>
            <dt>{t(`chat.keys.${name}`)}</dt>
            <dd>
              <kbd>{shortcutKeys[name]}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
