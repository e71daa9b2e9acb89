import type { useI18n } from '../../ui/i18n.tsx';

/** `80 ms`, `3.2 s`, `2 min 5 s`. */
export function formatDuration(ms: number, t: ReturnType<typeof useI18n>['t']): string {
  if (ms < 1000) return t('chat.tool.ms', { count: Math.round(ms) });
  if (ms < 60_000) return t('chat.run.seconds', { seconds: (ms / 1000).toFixed(ms < 10_000 ? 1 : 0) });
  const seconds = Math.round(ms / 1000);
  return t('chat.tool.minutes', { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
}
