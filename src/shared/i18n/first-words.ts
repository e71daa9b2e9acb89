import type { Locale } from '../config/settings.ts';

/** What stands in the page before its language is read; of the catalogues, which have it from here. */
export const firstWords = {
  en: { label: 'Message', placeholder: 'Message OpenClaw' },
  'zh-Hant': { label: '訊息', placeholder: '傳訊息給 OpenClaw' },
} as const satisfies Record<Locale, object>;
