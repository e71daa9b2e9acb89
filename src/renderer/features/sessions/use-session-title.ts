import type { SessionItem } from '../../stores/sessions/session-rows.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { lineOf } from '../../ui/markdown/line-of.ts';
import { plainText } from '../../ui/markdown/plain-text.ts';

type Named = Pick<SessionItem, 'title' | 'isTitleMarkdown' | 'preview' | 'isMain'>;

/** A session's name in the list; one that nobody named is called by what it is. */
export function useSessionTitle({ title, isTitleMarkdown, preview, isMain }: Named): string {
  const { t } = useI18n();
  if (title !== null) return isTitleMarkdown ? lineOf(title) : plainText(title);
  if (isMain) return t('sessions.main');
  return preview === null ? t('sessions.unnamed') : lineOf(preview);
}
