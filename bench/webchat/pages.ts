import type { Browser, CDPSession, Page } from '@playwright/test';

/** Main-thread tasks over 50 ms, as the page itself counts them. */
type LongTasks = { readonly longestMs: number; readonly totalMs: number };

type BenchPage = {
  readonly page: Page;
  readonly session: CDPSession;
  /** Since the page was opened, or since the last call. */
  takeLongTasks(): Promise<LongTasks>;
  close(): Promise<void>;
};

const throttling = 4;

/** A page of its own context on a CPU that is four times slower, with nothing in any cache. */
export async function openBenchPage(browser: Browser): Promise<BenchPage> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttling });
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Reflect.set(window, 'benchTasks', tasks);
    const note = (list: PerformanceObserverEntryList) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration);
    };
    new PerformanceObserver(note).observe({ type: 'longtask', buffered: true });
  });
  return {
    page,
    session,
    takeLongTasks: () =>
      page.evaluate(() => {
        const tasks: number[] = Reflect.get(window, 'benchTasks').splice(0);
        return { longestMs: Math.max(0, ...tasks), totalMs: tasks.reduce((sum, task) => sum + task, 0) };
      }),
    close: () => context.close(),
  };
}

/** Milliseconds from the start of the navigation until the page shows this text. */
export async function msUntilShown(page: Page, url: string, text: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' });
  const shown = await page.waitForFunction(
    (wanted) => (document.body?.innerText.includes(wanted) ? performance.now() : false),
    text,
    { polling: 'raf', timeout: 120_000 },
  );
  return Number(await shown.jsonValue());
}
