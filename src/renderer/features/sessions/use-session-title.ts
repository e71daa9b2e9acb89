import type { SessionItem } from '../../stores/sessions/session-rows.ts';
import { useI18n } from '../../ui/i18n.tsx';

/** A session's name in the list; one that nobody named is called by what it is. */
export function useSessionTitle({
  title,
  preview,
  isMain,
}: Pick<SessionItem, 'title' | 'preview' | 'isMain'>): string {
  const { t } = useI18n();
  if (title !== null) return title;
  if (isMain) return t('sessions.main');
  return preview ?? t('sessions.unnamed');
}
