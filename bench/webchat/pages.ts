import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test';
import { installedChromium, sandboxArgs } from '../../e2e/fixtures/chromium.ts';

export type BenchPage = {
  readonly page: Page;
  readonly session: CDPSession;
  /** How long each key waited for its handler, since the last call; shortest first. */
  takeKeyDelays(): Promise<readonly number[]>;
  /** What the main thread has worked so far, in milliseconds: its own time, so that other programs do not count. */
  taskMs(): Promise<number>;
  /** Share of a processor that the main thread took while this ran, in percent. */
  busyDuring(run: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
};

export const throttling = 4;
export const viewport = { width: 1100, height: 900 };
/** A quick typist's. */
const keyEveryMs = 80;

/** `debuggingPort`: where the browser takes inspectors besides Playwright. */
export function launchBenchBrowser(debuggingPort: number): Promise<Browser> {
  const args = [...sandboxArgs, `--remote-debugging-port=${debuggingPort}`];
  return chromium.launch({ ...installedChromium, args });
}

/** A page of its own context on a CPU that is four times slower, with nothing in any cache. */
export async function openBenchPage(browser: Browser): Promise<BenchPage> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttling });
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(listen);
  const taskMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
  };
  return {
    page,
    session,
    takeKeyDelays: async () => {
      const keys = await page.evaluate<number[]>(() => Reflect.get(window, 'benchKeys').splice(0));
      return keys.sort((left, right) => left - right);
    },
    taskMs,
    async busyDuring(run) {
      const [before, startedAt] = [await taskMs(), performance.now()];
      await run();
      const ms = performance.now() - startedAt;
      return (((await taskMs()) - before) * 100) / ms;
    },
    close: () => context.close(),
  };
}

/** Runs in the page, before anything of its own. */
function listen(): void {
  const keys: number[] = [];
  Object.assign(window, { benchKeys: keys });
  addEventListener('keydown', (event) => keys.push(performance.now() - event.timeStamp), true);
}

/** Milliseconds from the start of the navigation until the page has this text and a frame to draw it in. */
export async function msUntilShown(page: Page, url: string, text: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' });
  const shown = await page.waitForFunction(
    (wanted) => (document.body?.textContent?.includes(wanted) ? performance.now() : false),
    text,
    { polling: 'raf', timeout: 300_000 },
  );
  return Number(await shown.jsonValue());
}

/** Types into what has the focus for so long. */
export async function typeFor(page: Page, ms: number): Promise<void> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < ms) {
    await page.keyboard.type('a');
    await new Promise((resolve) => setTimeout(resolve, keyEveryMs));
  }
}

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
