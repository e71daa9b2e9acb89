import { afterEach, expect, test } from 'vitest';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { Clock } from '../clock.ts';
import { createHealthMonitor, type HealthMonitor } from './monitor.ts';

type Asked = { method: string; timeoutMs: number | undefined; answer: (result: Result<unknown>) => void };

let monitor: HealthMonitor | undefined;
afterEach(() => monitor?.stop());

function setUp() {
  const asked: Asked[] = [];
  const timers: { delayMs: number; run: () => void }[] = [];
  const time = { now: 5_000, monotonic: 100 };
  const clock: Clock = {
    now: () => time.now,
    after(delayMs, run) {
      const timer = { delayMs, run };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
  };
  const made = createHealthMonitor({
    link: {
      request: (method, _params, options) =>
        new Promise((answer) => asked.push({ method, timeoutMs: options?.timeoutMs, answer })),
    },
    clock,
    monotonicNow: () => time.monotonic,
  });
  monitor = made;
  let changes = 0;
  made.onDidChange(() => {
    changes += 1;
  });
  const answer = async (result: Result<unknown>) => {
    asked.at(-1)?.answer(result);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { asked, timers, time, monitor: made, answer, changes: () => changes };
}

const late = err(appError('GATEWAY_REQUEST_TIMEOUT', 'late'));

test('R6: asks at once and every 60 s, with 10 s patience, and times the round trip', async () => {
  const { monitor, asked, timers, time, answer, changes } = setUp();
  monitor.start();
  monitor.start();
  expect(asked).toMatchObject([{ method: 'health', timeoutMs: 10_000 }]);
  expect(monitor.last()).toBeNull();
  time.monotonic += 42;
  await answer(ok({ ok: true }));
  expect(monitor.last()).toEqual({ checkedAtMs: 5_000, ok: true, rttMs: 42, error: null });
  expect(changes()).toBe(1);
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([60_000]);

  timers.shift()?.run();
  await answer(late);
  expect(monitor.last()).toMatchObject({
    ok: false,
    rttMs: null,
    error: { code: 'GATEWAY_REQUEST_TIMEOUT' },
  });
  expect(changes()).toBe(2);
});

test('one check is in flight; asking on demand shares it and moves the next one', async () => {
  const { monitor, asked, timers, answer } = setUp();
  monitor.start();
  const first = monitor.check();
  const second = monitor.check();
  expect(asked).toHaveLength(1);
  await answer(ok({}));
  expect(await first).toBe(await second);

  const third = monitor.check();
  expect(timers).toHaveLength(0);
  await answer(ok({}));
  expect((await third).ok).toBe(true);
  expect(asked).toHaveLength(2);
  expect(timers).toHaveLength(1);
});

test('the answer to an older run’s question is dropped', async () => {
  const { monitor, asked, timers, changes } = setUp();
  monitor.start();
  monitor.stop();
  monitor.start();
  expect(asked).toHaveLength(2);
  asked[1]?.answer(ok({}));
  await expect.poll(() => monitor.last()?.ok).toBe(true);
  asked[0]?.answer(late);
  await new Promise((resolve) => setImmediate(resolve));
  expect(monitor.last()?.ok).toBe(true);
  expect(changes()).toBe(1);
  expect(timers).toHaveLength(1);
  monitor.stop();
  expect(timers).toHaveLength(0);
});

test('a new run knows nothing of the last one', async () => {
  const { monitor, answer } = setUp();
  monitor.start();
  await answer(late);
  monitor.stop();
  expect(monitor.last()?.ok).toBe(false);
  monitor.start();
  expect(monitor.last()).toBeNull();
});
