import type { Locale } from '../config/settings.ts';

/** Picks the catalogue for a BCP 47 tag or a POSIX locale such as `zh_TW.UTF-8`. English where none fits. */
export function localeFor(tag: string | undefined): Locale {
  return /^zh([-_](hant|tw|hk|mo)|$|[-_.]?$)/i.test(tag ?? '') ? 'zh-Hant' : 'en';
}
