import type { Quality } from '../../../shared/contract/snapshot.ts';
import type { I18n } from '../../ui/i18n.tsx';

const QUARTER_MS = 15 * 60_000;

type Quarter = Quality['strip'][number];

/** `24 h: 99.2 % up, 3 drops, median 23 ms`; null while nothing was recorded. Pure. */
export function describeQuality(quality: Quality | null, { t, percent, list }: I18n): string | null {
  if (!quality || quality.uptime === null) return null;
  const ms = median(quality.strip.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs])));
  const facts = [
    t('connection.quality.up', { percent: percent(shownShare(quality.uptime)) }),
    t('connection.quality.drops', { count: quality.drops }),
    ...(ms === null ? [] : [t('connection.quality.median', { ms: atLeastOne(ms) })]),
  ];
  return t('connection.quality.summary', { facts: list(facts) });
}

/** The tooltip of one quarter of an hour. Pure. */
export function describeQuarter({ startMs, up, rttMs, drops }: Quarter, i18n: I18n): string {
  const { t, time, percent, list } = i18n;
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
    facts: list(facts),
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
