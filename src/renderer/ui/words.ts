import type { Locale } from '../../shared/config/settings.ts';
import type { Translate } from '../../shared/errors.ts';
import { loadTranslator } from '../../shared/i18n/translator.ts';

const read = new Map<Locale, Translate>();

/** Reads the sentences of a language, of which the page has one at a time. */
export async function readWords(locale: Locale): Promise<void> {
  if (!read.has(locale)) read.set(locale, await loadTranslator(locale));
}

/** Of a language that was read. */
export function wordsIn(locale: Locale): Translate {
  const translate = read.get(locale);
  if (!translate) throw new Error(`the words of ${locale} were not read`);
  return translate;
}
