import { createInstance, type ResourceLanguage } from 'i18next';
import type { Locale } from '../config/settings.ts';
import type { Translate } from '../errors.ts';

/** A `t` for one locale on these catalogues; a key that its own lacks falls back to English. Texts are not HTML-escaped. */
export function translatorOn(
  catalogues: Readonly<Partial<Record<Locale, ResourceLanguage>>>,
  locale: Locale,
): Translate {
  const instance = createInstance();
  void instance.init({
    lng: locale,
    fallbackLng: 'en',
    initAsync: false,
    resources: Object.fromEntries(
      Object.entries(catalogues).map(([name, translation]) => [name, { translation }]),
    ),
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  return (key, values = {}) => {
    const text = instance.t(key, values);
    return locale === 'zh-Hant' ? closeGaps(text, values) : text;
  };
}

/** The space before a name in Latin letters is none before a Chinese one. */
function closeGaps(text: string, values: Record<string, unknown>): string {
  return Object.values(values).reduce<string>((all, value) => {
    if (typeof value !== 'string' || !/^\p{Script=Han}/u.test(value)) return all;
    return all.replaceAll(` ${value}`, (gap, at: number) =>
      /\p{Script=Han}/u.test(all[at - 1] ?? '') ? value : gap,
    );
  }, text);
}

/** The same with the locale's own catalogue alone, which lacks nothing; for a process that speaks one language. */
export async function loadTranslator(locale: Locale): Promise<Translate> {
  return locale === 'en'
    ? translatorOn({ en: (await import('./en/index.ts')).en }, locale)
    : translatorOn({ 'zh-Hant': (await import('./zh-hant/index.ts')).zhHant }, locale);
}
