import { createInstance } from 'i18next';
import type { Locale } from '../config/settings.ts';
import type { Translate } from '../errors.ts';
import { en } from './en/index.ts';
import { zhHant } from './zh-hant/index.ts';

export const catalogues = { en, 'zh-Hant': zhHant } as const satisfies Record<Locale, object>;

/** Picks the catalogue for a BCP 47 tag or a POSIX locale such as `zh_TW.UTF-8`. English where none fits. */
export function localeFor(tag: string | undefined): Locale {
  return /^zh([-_](hant|tw|hk|mo)|$|[-_.]?$)/i.test(tag ?? '') ? 'zh-Hant' : 'en';
}

/** A ready `t` for one locale; a key that is missing in it falls back to English. Texts are not HTML-escaped. */
export function createTranslator(locale: Locale): Translate {
  const instance = createInstance();
  void instance.init({
    lng: locale,
    fallbackLng: 'en',
    initAsync: false,
    resources: { en: { translation: en }, 'zh-Hant': { translation: zhHant } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  return (key, values) => instance.t(key, values ?? {});
}
