import { useEffect } from 'react';
import { useI18n } from '../../ui/i18n.tsx';
import { useConnection } from '../connection/use-connection.ts';
import { faviconOf } from './favicon.ts';
import { useRoute } from './route.ts';
import { useWaiting } from './use-waiting.ts';

/** The tab tells the state, too: in its title, with what waits for a person first, and by the claw's shape. */
export function WindowTitle() {
  const { t } = useI18n();
  const route = useRoute();
  const { spoken, mark } = useConnection();
  const count = useWaiting().length;
  const title = {
    settings: t('settings.title'),
    doctor: t('connection.ladder.title'),
    chat: null,
    panel: null,
  };
  const waits = count > 0 ? `${t('approvals.waits', { count })} · ` : '';
  const words = `${waits}${title[route.name] ?? spoken}`;
  useEffect(() => {
    document.title = `${words} · Chela`;
    document.querySelector('#favicon')?.setAttribute('href', faviconOf(mark));
  }, [words, mark]);
  return null;
}
