import type { Origin } from '../../../shared/config/settings.ts';
import { useI18n } from '../../ui/i18n.tsx';

/** Where a value comes from; nothing where it is the person's own, or about to be. */
export function useOriginText(): (origin: Origin, isEdited: boolean) => string | null {
  const { t } = useI18n();
  return (origin, isEdited) => {
    if (isEdited || origin === 'settings' || origin === 'default') return null;
    return t(origin === 'environment' ? 'settings.origin.environment' : 'settings.origin.file');
  };
}
