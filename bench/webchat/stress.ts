import type { Browser, Page } from '@playwright/test';
import { type FakeGateway, fakeRow } from '../../e2e/fixtures/fake-gateway.ts';
import { startScreenFixture } from '../../e2e/fixtures/screen-fixture.ts';
import { type Inspector, type Load, measureLoad } from './load.ts';
import { type BenchPage, msUntilShown, openBenchPage, percentile, throttling, typeFor } from './pages.ts';
import { type Frames, measureScrolling } from './scroll.ts';

export type Stress = {
  readonly load: Load;
  readonly memoryMb: number;
  readonly idlePercent: number;
  readonly frames: Frames;
  readonly inputP99Ms: number;
  readonly streamPercent: number;
};

const log = '[role=log]';
const idleWindows = 5;
const idleMs = 1000;
/** Until the page has done what the search left to do, and has read its other screens. */
const restMs = 4000;

/** Our page with a conversation of 10 000 messages: opened; then once more, read, left alone, scrolled, and with 200 deltas a second while somebody types. */
export async function stress(
  browser: Browser,
  inspector: Inspector,
  { messages, streamMs }: { messages: number; streamMs: number },
): Promise<Stress> {
  const fixture = await startScreenFixture();
  try {
    const now = Date.now();
    fixture.gateway.rows = Array.from({ length: messages }, (_, at) =>
      fakeRow(at % 2 ? 'assistant' : 'user', messageText(at), `run-${at >> 1}`, now - (messages - at) * 1000),
    );
    const last = `number ${messages - 1}.`;
    // Before there is another page that takes a processor from it.
    const load = await measureLoad(inspector, fixture.link(), last);
    const bench = await openBenchPage(browser);
    try {
      await msUntilShown(bench.page, fixture.link(), last);
      return { load, ...(await use(bench, fixture.gateway, streamMs)) };
    } finally {
      await bench.close();
    }
  } finally {
    await fixture.stop();
  }
}

/** What somebody does with the conversation who reads all of it and goes on. */
async function use(bench: BenchPage, gateway: FakeGateway, streamMs: number): Promise<Omit<Stress, 'load'>> {
  const { page, session } = bench;
  await readWhole(bench);
  await page.waitForTimeout(restMs);
  const idlePercent = await idle(bench);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const frames = await measureScrolling(bench, log);
  const runId = await ask(page, gateway);
  await bench.takeKeyDelays();
  const streamPercent = await bench.busyDuring(() =>
    Promise.all([streamInto(gateway, runId, streamMs), typeFor(page, streamMs)]),
  );
  const inputP99Ms = percentile(await bench.takeKeyDelays(), 0.99);
  return { memoryMb: usedSize / 1_048_576, idlePercent, frames, inputP99Ms, streamPercent };
}

/**
 * What the main thread does while nothing happens: the median of some seconds. The browser tidies its own memory once
 * in a while (ten seconds after a page went to the background, and after a collection), which is not the page's doing.
 */
async function idle({ page, busyDuring }: BenchPage): Promise<number> {
  const windows: number[] = [];
  for (let at = 0; at < idleWindows; at++) windows.push(await busyDuring(() => page.waitForTimeout(idleMs)));
  return percentile(
    windows.sort((left, right) => left - right),
    0.5,
  );
}

export function messageText(at: number): string {
  const code = at % 10 === 1 ? '\n\n```ts\nconst port = 18789;\n```' : '';
  return `Message number ${at}. Some **words** with \`code\` and a [link](https://example.com).${code}`;
}

/** A Gateway gives 100 messages, then more on request; a search reads all of them. */
async function readWhole({ page, session }: BenchPage): Promise<void> {
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  const field = page.getByRole('textbox').last();
  await field.press('ControlOrMeta+f');
  await page.getByRole('searchbox').last().fill('number 0.');
  await page.waitForFunction(() => document.querySelector('.is-found') !== null, null, { timeout: 300_000 });
  await page.keyboard.press('Escape');
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttling });
}

/** Sends a message and goes to the end of the conversation; resolves with the run that will answer. */
async function ask(page: Page, gateway: FakeGateway): Promise<string> {
  await page.locator(log).evaluate((element) => element.scrollTo(0, element.scrollHeight));
  const sent = new Promise<string>((resolve) => {
    gateway.onSend = resolve;
  });
  const field = page.getByRole('textbox').last();
  await field.fill('go');
  await field.press('Enter');
  const runId = await sent;
  await page.waitForFunction(() => document.querySelector('[aria-busy=true]') !== null);
  return runId;
}

/** 200 deltas a second of Markdown with code. */
async function streamInto(gateway: FakeGateway, runId: string, forMs: number): Promise<void> {
  let text = '';
  let sent = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < forMs) {
    const due = Math.floor((performance.now() - startedAt) / 5);
    for (; sent < due; sent++) {
      const deltaText =
        sent % 60 === 0 ? '\n\n```ts\n' : sent % 60 === 30 ? '\n```\n\n' : sent % 7 ? 'word ' : 'line\n';
      text += deltaText;
      gateway.chat(runId, { state: 'delta', deltaText, message: { role: 'assistant', content: text } });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
