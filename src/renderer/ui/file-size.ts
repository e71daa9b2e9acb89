import type { I18n } from './i18n.tsx';

/** `12 KB`, `3.4 MB`, as the locale writes it; only what is empty has 0. */
export function fileSize(bytes: number, { t, number }: Pick<I18n, 't' | 'number'>): string {
  return bytes < 1_048_576
    ? t('chat.files.kilobytes', { size: number(Math.max(Math.min(1, bytes), Math.round(bytes / 1024))) })
    : t('chat.files.megabytes', { size: number(Math.round(bytes / 104_857.6) / 10) });
}
