import type { Quality } from '../../../shared/contract/snapshot.ts';
import type { useI18n } from '../../ui/i18n.tsx';

const QUARTER_MS = 15 * 60_000;

type I18n = Pick<ReturnType<typeof useI18n>, 't' | 'time' | 'percent'>;
type Quarter = Quality['strip'][number];

/** `24 h: 99.2 % up, 3 drops, median 23 ms`; null while nothing was recorded. Pure. */
export function describeQuality(quality: Quality | null, { t, percent }: I18n): string | null {
  if (!quality || quality.uptime === null) return null;
  const ms = median(quality.strip.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs])));
  const facts = [
    t('connection.quality.up', { percent: percent(shownShare(quality.uptime)) }),
    t('connection.quality.drops', { count: quality.drops }),
    ...(ms === null ? [] : [t('connection.quality.median', { ms: atLeastOne(ms) })]),
  ];
  return t('connection.quality.summary', { facts: facts.join(t('connection.quality.separator')) });
}

/** The tooltip of one quarter of an hour. Pure. */
export function describeQuarter({ startMs, up, rttMs, drops }: Quarter, { t, time, percent }: I18n): string {
  const facts =
    up === null
      ? [t('connection.quality.nothing')]
      : [
          t('connection.quality.up', { percent: percent(shownShare(up)) }),
          ...(drops > 0 ? [t('connection.quality.drops', { count: drops })] : []),
          ...(rttMs === null ? [] : [t('connection.quality.rtt', { ms: atLeastOne(rttMs) })]),
        ];
  return t('connection.quality.quarter', {
    from: time(startMs),
    until: time(startMs + QUARTER_MS),
    facts: facts.join(t('connection.quality.separator')),
  });
}

/** To a tenth of a percent, and never rounded up: 100 % means without a gap. */
function shownShare(share: number): number {
  return Math.floor(share * 1000 + 1e-9) / 1000;
}

function atLeastOne(ms: number): number {
  return Math.max(1, Math.round(ms));
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
