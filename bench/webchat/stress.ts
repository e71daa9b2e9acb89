import type { Browser } from '@playwright/test';
import { fakeRow } from '../../e2e/fixtures/fake-gateway.ts';
import { startScreenFixture } from '../../e2e/fixtures/screen-fixture.ts';
import { msUntilShown, openBenchPage } from './pages.ts';

type Stress = {
  readonly paintMs: number;
  readonly memoryMb: number;
  readonly framesPerSecond: number;
  readonly scrollLongestMs: number;
  readonly inputP99Ms: number;
  readonly streamLongestMs: number;
};

/** 10 000 messages at once, scrolled end to end; then an answer of 200 deltas a second while somebody types. */
export async function stress(
  browser: Browser,
  { messages, streamMs }: { messages: number; streamMs: number },
) {
  const fixture = await startScreenFixture();
  const bench = await openBenchPage(browser);
  try {
    const now = Date.now();
    fixture.gateway.rows = Array.from({ length: messages }, (_, at) =>
      fakeRow(at % 2 ? 'assistant' : 'user', textOf(at), `run-${at >> 1}`, now - (messages - at) * 1000),
    );
    const { page, session } = bench;
    await msUntilShown(page, fixture.link(), `number ${messages - 1}.`);
    const paintMs = await page.evaluate(() => performance.now());
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await bench.takeLongTasks();
    const framesPerSecond = await page.locator('[role=log]').evaluate(scrollThrough);
    const scroll = await bench.takeLongTasks();
    await page.locator('[role=log]').evaluate((log) => log.scrollTo(0, log.scrollHeight));

    const field = page.getByRole('textbox').last();
    await field.focus();
    let runId = '';
    fixture.gateway.onSend = (id) => {
      runId = id;
    };
    await field.fill('go');
    await field.press('Enter');
    await page.waitForFunction(() => document.querySelector('[aria-busy=true]') !== null);
    await bench.takeLongTasks();
    const delays = page.evaluate(measureTyping, streamMs);
    await streamInto(
      (text, deltaText) =>
        fixture.gateway.chat(runId, {
          state: 'delta',
          deltaText,
          message: { role: 'assistant', content: text },
        }),
      streamMs,
      async () => page.keyboard.type('a'),
    );
    const inputs = (await delays).sort((left, right) => left - right);
    const stream = await bench.takeLongTasks();
    return {
      paintMs,
      memoryMb: usedSize / 1_048_576,
      framesPerSecond,
      scrollLongestMs: scroll.longestMs,
      inputP99Ms: inputs[Math.floor(inputs.length * 0.99)] ?? Number.NaN,
      streamLongestMs: stream.longestMs,
    } satisfies Stress;
  } finally {
    await bench.close();
    await fixture.stop();
  }
}

function textOf(at: number): string {
  const code = at % 10 === 1 ? '\n\n```ts\nconst port = 18789;\n```' : '';
  return `Message number ${at}. Some **words** with \`code\` and a [link](https://example.com).${code}`;
}

/** Runs in the page: from the end to the beginning in steps of a screen; frames per second on the way. */
async function scrollThrough(log: Element): Promise<number> {
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  const startedAt = await frame();
  let frames = 0;
  let now = startedAt;
  const step = Math.max(log.clientHeight, log.scrollHeight / 240);
  while (log.scrollTop > 0 && now - startedAt < 8000) {
    log.scrollTop -= step;
    now = await frame();
    frames += 1;
  }
  return (frames * 1000) / (now - startedAt);
}

/** Runs in the page: how long each key waited until its handler was done and the screen could be drawn. */
async function measureTyping(forMs: number): Promise<number[]> {
  const delays: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name !== 'keydown' || !('processingStart' in entry)) continue;
      delays.push(Number(entry.processingStart) - entry.startTime);
    }
  });
  observer.observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  await new Promise((resolve) => setTimeout(resolve, forMs + 300));
  return delays.length > 0 ? delays : [0];
}

/** 200 deltas a second of Markdown with code, and a key every 100 ms. */
async function streamInto(
  send: (text: string, delta: string) => void,
  forMs: number,
  press: () => Promise<void>,
): Promise<void> {
  let text = '';
  let sent = 0;
  const startedAt = performance.now();
  const pressing = (async () => {
    while (performance.now() - startedAt < forMs) {
      await press();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  while (performance.now() - startedAt < forMs) {
    const due = Math.floor((performance.now() - startedAt) / 5);
    for (; sent < due; sent++) {
      const delta =
        sent % 60 === 0 ? '\n\n```ts\n' : sent % 60 === 30 ? '\n```\n\n' : sent % 7 ? 'word ' : 'line\n';
      text += delta;
      send(text, delta);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await pressing;
}
