import type { Browser } from '@playwright/test';
import { openBenchPage, percentile, typeFor } from './pages.ts';
import { type Frames, measureScrolling } from './scroll.ts';

/** What this browser on this machine gives a page that does nothing. */
export type Ceiling = Frames & { readonly inputP99Ms: number };

/** An empty page of a long conversation's height, with a bare field: scrolled and typed in as ours is. */
export async function measureCeiling(browser: Browser, typeMs: number): Promise<Ceiling> {
  const bench = await openBenchPage(browser);
  const { page } = bench;
  try {
    await page.goto(
      'data:text/html,<main style="height:600px;overflow-y:auto"><div style="height:900000px"></div></main><textarea></textarea>',
    );
    const frames = await measureScrolling(bench, 'main');
    await page.locator('textarea').focus();
    await bench.takeKeyDelays();
    await typeFor(page, typeMs);
    return { ...frames, inputP99Ms: percentile(await bench.takeKeyDelays(), 0.99) };
  } finally {
    await bench.close();
  }
}
