import type { Locale } from '../../shared/config/settings.ts';

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** `3 hours ago`, in the language of the command; `—` for a time that is not known. */
export function ago(atMs: number | null, nowMs: number, locale: Locale): string {
  if (atMs === null) return '—';
  const elapsed = Math.max(0, nowMs - atMs);
  const [unit, ms] = units.find(([, size]) => elapsed >= size) ?? units[3];
  const format = new Intl.RelativeTimeFormat(locale === 'zh-Hant' ? 'zh-TW' : 'en', { numeric: 'auto' });
  return format.format(-Math.floor(elapsed / ms), unit);
}
