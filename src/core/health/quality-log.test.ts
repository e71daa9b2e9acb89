import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUCKET_MS } from '../../shared/connection/quality.ts';
import { appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { openQualityLog } from './quality-log.ts';

let dataDir: string;
let now: number;
const clock: Clock = { now: () => now, after: () => () => undefined };
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chela-quality-'));
  now = 1_000 * BUCKET_MS;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const connected = { tag: 'connected', sinceMs: 0 } as const;
const reconnecting = {
  tag: 'reconnecting',
  attempt: 1,
  retryAt: null,
  error: appError('SSH_CLOSED', 'lost'),
} as const;
const health = (checkedAtMs: number, rttMs: number) => ({ checkedAtMs, ok: true, rttMs, error: null });

describe('quality log', () => {
  it('goes on after a restart with what it knew, for each Gateway apart', async () => {
    const first = await openQualityLog(dataDir, clock);
    expect(first.quality()).toBeNull();
    first.follow('ssh:ada@studio#18789');
    first.note(connected);
    first.noteHealth(health(1, 12));
    now += 60_000;
    first.note(reconnecting);
    now += 60_000;
    first.follow('ssh:ada@attic#18789');
    first.note(connected);
    now += 60_000;
    await first.flush();
    expect(statSync(join(dataDir, 'quality.json')).mode & 0o777).toBe(0o600);

    const second = await openQualityLog(dataDir, clock);
    second.follow('ssh:ada@studio#18789');
    second.note({ tag: 'idle' });
    expect(second.quality()).toMatchObject({ drops: 1, uptime: 0.5 });
    expect(second.quality()?.strip.at(-1)).toMatchObject({ rttMs: 12, drops: 1 });
    second.follow('ssh:ada@attic#18789');
    expect(second.quality()).toMatchObject({ drops: 0, uptime: 1 });
  });

  it('does not hold the first connect, with its questions, against the connection', async () => {
    const log = await openQualityLog(dataDir, clock);
    log.follow('k');
    log.note({ tag: 'connecting', step: 'hostKey' });
    now += 60_000;
    log.note(connected);
    now += 60_000;
    expect(log.quality()).toMatchObject({ uptime: 1, drops: 0 });
  });

  it('counts one health check once, however often it is told', async () => {
    const log = await openQualityLog(dataDir, clock);
    log.follow('k');
    for (const rtt of [10, 10, 10]) log.noteHealth(health(1, rtt));
    log.noteHealth(health(2, 90));
    log.noteHealth(health(3, 90));
    expect(log.quality()?.strip.at(-1)?.rttMs).toBe(90);
  });

  it('takes a damaged file for an empty one', async () => {
    writeFileSync(join(dataDir, 'quality.json'), '{"version":1,"gateways":7}');
    const log = await openQualityLog(dataDir, clock);
    log.follow('k');
    log.note(connected);
    expect(log.quality()).toMatchObject({ drops: 0 });
  });
});
