import type { Locale } from '../../shared/config/settings.ts';
import { localeFor } from '../../shared/i18n/locale.ts';

const lastKey = 'chela.language';

/** What the page last spoke; the first time, the browser's. The settings are not known when it begins. */
export function firstLocale(): Locale {
  return localeFor(localStorage.getItem(lastKey) ?? navigator.language);
}

export function rememberLocale(locale: Locale): void {
  localStorage.setItem(lastKey, locale);
}
