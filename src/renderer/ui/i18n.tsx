import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { Locale } from '../../shared/config/settings.ts';
import type { Translate } from '../../shared/errors.ts';
import type { en } from '../../shared/i18n/en/index.ts';

type Leaves<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string
    ? `${Prefix}${K extends `${infer Base}_${'one' | 'other'}` ? Base : K}`
    : Leaves<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** Every key of the catalogues; a plural is named without its suffix. */
export type MessageKey = Leaves<typeof en>;

export type I18n = {
  locale: Locale;
  t: (key: MessageKey, values?: Record<string, unknown>) => string;
  /** For keys that are put together elsewhere, e.g. by `describeError`. */
  translate: Translate;
  /** `14:05`, as the locale writes it. */
  time: (atMs: number) => string;
  /** `99.2%`, as the locale writes it; `share` from 0 to 1, at most one decimal. */
  percent: (share: number) => string;
  /** `12,345`, as the locale writes it. */
  number: (value: number) => string;
  /** `one, two`, as the locale writes it. */
  list: (names: readonly string[]) => string;
  /** `3 June 2026`, as the locale writes it. */
  date: (atMs: number) => string;
  /** `Monday, 3 June`; the year only where it is not this one. */
  day: (atMs: number, nowMs: number) => string;
};

const I18nContext = createContext<I18n | null>(null);

type I18nProviderProps = { locale: Locale; translate: Translate; children: ReactNode };

export function I18nProvider({ locale, translate, children }: I18nProviderProps) {
  const value = useMemo(() => createI18n(locale, translate), [locale, translate]);
  return <I18nContext value={value}>{children}</I18nContext>;
}

export function useI18n(): I18n {
  const value = useContext(I18nContext);
  if (!value) throw new Error('I18nProvider is missing');
  return value;
}

function createI18n(locale: Locale, translate: Translate): I18n {
  /** A message asks for the same few words again and again. */
  const plain = new Map<MessageKey, string>();
  const tag = locale === 'zh-Hant' ? 'zh-TW' : undefined;
  const time = lazy(() => new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' }));
  const thisYear = lazy(
    () => new Intl.DateTimeFormat(tag ?? 'en-GB', { weekday: 'long', day: 'numeric', month: 'long' }),
  );
  const otherYear = lazy(() => new Intl.DateTimeFormat(tag ?? 'en-GB', { dateStyle: 'long' }));
  const percent = lazy(() => new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 }));
  const number = lazy(() => new Intl.NumberFormat(tag));
  // Intl's lists without an “and” are parted by spaces in Chinese, which names may have as well.
  const comma = locale === 'zh-Hant' ? '、' : ', ';
  return {
    locale,
    t(key, values) {
      if (values) return translate(key, values);
      const text = plain.get(key) ?? translate(key);
      plain.set(key, text);
      return text;
    },
    translate,
    time: (atMs) => time().format(atMs),
    percent: (share) => percent().format(share),
    number: (value) => number().format(value),
    list: (names) => names.join(comma),
    date: (atMs) => otherYear().format(atMs),
    day(atMs, nowMs) {
      const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
      return (isThisYear ? thisYear : otherYear)().format(atMs);
    },
  };
}

/** A formatter takes as long to make as a message to draw. */
function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
