import { useI18n } from '../../ui/i18n.tsx';

/** `14:05` today, `Monday, 3 June, 14:05` on another day. */
export function useMoment(): (atMs: number) => string {
  const { time, day } = useI18n();
  return (atMs) => {
    const nowMs = Date.now();
    const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
    return isToday ? time(atMs) : `${day(atMs, nowMs)}, ${time(atMs)}`;
  };
}
