import type { Locale } from '../config/settings.ts';
import type { Translate } from '../errors.ts';
import { en } from './en/index.ts';
import { translatorOn } from './translator.ts';
import { zhHant } from './zh-hant/index.ts';

export const catalogues = { en, 'zh-Hant': zhHant } as const satisfies Record<Locale, object>;

/** A ready `t` for one locale; a key that is missing in it falls back to English. Texts are not HTML-escaped. */
export function createTranslator(locale: Locale): Translate {
  return translatorOn(catalogues, locale);
}
