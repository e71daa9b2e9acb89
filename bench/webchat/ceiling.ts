import type { Browser } from '@playwright/test';
import { type BenchPage, openBenchPage, percentile, typeFor } from './pages.ts';
import { type Frames, measureScrolling } from './scroll.ts';

/** What this browser on this machine gives a page that does nothing. */
export type Ceiling = Frames & { readonly inputP99Ms: number };

/** An empty page of a long conversation's height, with a bare field: scrolled and typed in as ours is. */
export async function measureCeiling(browser: Browser, typeMs: number, slowdown: number): Promise<Ceiling> {
  const bench = await openBenchPage(browser, slowdown);
  const { page } = bench;
  try {
    const frames = await scrollEmpty(bench);
    await page.locator('textarea').focus();
    await bench.takeKeyDelays();
    await typeFor(page, typeMs);
    return { ...frames, inputP99Ms: percentile(await bench.takeKeyDelays(), 0.99) };
  } finally {
    await bench.close();
  }
}

/**
 * What scrolling an empty page took of the main thread, in milliseconds a second, four times slowed, on the computer
 * that the goals were set on, with nothing else to do.
 */
const emptyPageMs = 210;

/**
 * How much slower than this computer is now: four times slower than that one. A computer that others use as well has
 * half its speed in the next hour, and goals in milliseconds would be met or missed by them.
 */
export async function measureSlowdown(browser: Browser): Promise<number> {
  const bench = await openBenchPage(browser, 4);
  try {
    const { wheelCpuMs } = await scrollEmpty(bench);
    return Math.min(8, Math.max(1, (4 * emptyPageMs) / wheelCpuMs));
  } finally {
    await bench.close();
  }
}

async function scrollEmpty(bench: BenchPage): Promise<Frames> {
  await bench.page.goto(
    'data:text/html,<main style="height:600px;overflow-y:auto"><div style="height:900000px"></div></main><textarea></textarea>',
  );
  return measureScrolling(bench, 'main');
}
