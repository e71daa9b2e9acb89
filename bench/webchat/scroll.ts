import type { BenchPage } from './pages.ts';

export type Frames = {
  /** A quick wheel: 3 000 pixels a second, upwards, for two seconds. */
  readonly wheel: number;
  /** The main thread's own time for a second of that, in milliseconds. */
  readonly wheelCpuMs: number;
  /** The bar dragged from end to end in 240 jumps, of which eight seconds are measured. */
  readonly drag: number;
};

/** Frames per second on the main thread, for the element that scrolls. */
export async function measureScrolling(bench: BenchPage, selector: string): Promise<Frames> {
  const log = bench.page.locator(selector);
  const before = await bench.taskMs();
  const wheeled = await log.evaluate(wheel);
  const wheelCpuMs = ((await bench.taskMs()) - before) / wheeled.seconds;
  return { wheel: wheeled.frames / wheeled.seconds, wheelCpuMs, drag: await log.evaluate(drag) };
}

/** Runs in the page. Goes by the clock, so that a slow page has as much to draw as a quick one. */
async function wheel(log: Element): Promise<{ frames: number; seconds: number }> {
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  log.scrollTo(0, log.scrollHeight);
  const startedAt = await frame();
  let frames = 0;
  let now = startedAt;
  while (now - startedAt < 2000) {
    const next = await frame();
    log.scrollTop -= 3 * (next - now);
    now = next;
    frames += 1;
  }
  return { frames, seconds: (now - startedAt) / 1000 };
}

/** Runs in the page. */
async function drag(log: Element): Promise<number> {
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  log.scrollTo(0, log.scrollHeight);
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
