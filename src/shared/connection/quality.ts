import type { Quality } from '../contract/snapshot.ts';

/** A quarter of an hour; 96 of them are kept. Times in epoch milliseconds, durations in milliseconds. */
export type QualityBucket = {
  startMs: number;
  /** How long a connection was wanted, and how much of that it was there. */
  wantedMs: number;
  upMs: number;
  drops: number;
  /** Round trips, at most {@link MAX_SAMPLES}. */
  rtts: number[];
};

export type QualityHistory = {
  /** Oldest first; a quarter in which nothing was wanted is absent. */
  readonly buckets: readonly QualityBucket[];
  /** What has been going on since `atMs`. */
  readonly now: { readonly state: 'off' | 'down' | 'up'; readonly atMs: number };
};

export const BUCKET_MS = 15 * 60_000;
const BUCKETS = 96;
const MAX_SAMPLES = 64;

export function emptyHistory(atMs: number, buckets: readonly QualityBucket[] = []): QualityHistory {
  return { buckets, now: { state: 'off', atMs } };
}

/** Accounts for the time up to `atMs`, then goes on as `state`. From `up` to `down` is a drop. Pure. */
export function noteState(
  history: QualityHistory,
  state: QualityHistory['now']['state'],
  atMs: number,
): QualityHistory {
  const settled = settle(history, atMs);
  const isDrop = history.now.state === 'up' && state === 'down';
  const buckets = isDrop
    ? update(settled, atMs, (bucket) => ({ ...bucket, drops: bucket.drops + 1 }))
    : settled;
  return { buckets: trim(buckets, atMs), now: { state, atMs } };
}

/** A round trip was measured. Pure. */
export function noteRtt(history: QualityHistory, rttMs: number, atMs: number): QualityHistory {
  const buckets = update(settle(history, atMs), atMs, (bucket) => ({
    ...bucket,
    rtts: [...bucket.rtts, rttMs].slice(-MAX_SAMPLES),
  }));
  return { buckets: trim(buckets, atMs), now: { ...history.now, atMs } };
}

/** What is drawn: 96 quarters that end with the one `atMs` lies in. Pure. */
export function qualityOf(history: QualityHistory, atMs: number): Quality {
  const buckets = settle(history, atMs);
  const last = startOf(atMs);
  const known = new Map(buckets.map((bucket) => [bucket.startMs, bucket]));
  const strip = Array.from({ length: BUCKETS }, (_, index) => {
    const startMs = last - (BUCKETS - 1 - index) * BUCKET_MS;
    const bucket = known.get(startMs);
    return {
      startMs,
      up: bucket && bucket.wantedMs > 0 ? bucket.upMs / bucket.wantedMs : null,
      rttMs: bucket ? median(bucket.rtts) : null,
      drops: bucket?.drops ?? 0,
    };
  });
  const shown = buckets.filter(({ startMs }) => startMs > last - BUCKETS * BUCKET_MS);
  const wanted = total(shown, 'wantedMs');
  return { drops: total(shown, 'drops'), uptime: wanted > 0 ? total(shown, 'upMs') / wanted : null, strip };
}

/** Spreads the time since the last note over the quarters it fell in. A clock that went back counts as no time. */
function settle({ buckets, now }: QualityHistory, atMs: number): readonly QualityBucket[] {
  if (now.state === 'off') return buckets;
  let settled = buckets;
  let from = Math.max(now.atMs, atMs - BUCKETS * BUCKET_MS);
  while (from < atMs) {
    const until = Math.min(atMs, startOf(from) + BUCKET_MS);
    const span = until - from;
    settled = update(settled, from, (bucket) => ({
      ...bucket,
      wantedMs: bucket.wantedMs + span,
      upMs: bucket.upMs + (now.state === 'up' ? span : 0),
    }));
    from = until;
  }
  return settled;
}

function update(
  buckets: readonly QualityBucket[],
  atMs: number,
  change: (bucket: QualityBucket) => QualityBucket,
): readonly QualityBucket[] {
  const startMs = startOf(atMs);
  if (!buckets.some((bucket) => bucket.startMs === startMs)) {
    return [...buckets, change({ startMs, wantedMs: 0, upMs: 0, drops: 0, rtts: [] })];
  }
  return buckets.map((bucket) => (bucket.startMs === startMs ? change(bucket) : bucket));
}

function trim(buckets: readonly QualityBucket[], atMs: number): readonly QualityBucket[] {
  const oldest = startOf(atMs) - (BUCKETS - 1) * BUCKET_MS;
  return buckets.filter(({ startMs }) => startMs >= oldest);
}

function startOf(atMs: number): number {
  return Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function total(buckets: readonly QualityBucket[], key: 'wantedMs' | 'upMs' | 'drops'): number {
  return buckets.reduce((sum, bucket) => sum + bucket[key], 0);
}
