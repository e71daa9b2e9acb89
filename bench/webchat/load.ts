import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { throttling, viewport } from './pages.ts';

/**
 * A browser's own debugging protocol. A page that a test harness opens carries the harness's scripts, and its engine
 * keeps a trace for every Error: up to a third of a load. Here it has neither.
 */
export type Inspector = {
  /** `sessionId`: of the page; without it, the browser is meant. */
  send<T>(method: string, params?: Record<string, unknown>, sessionId?: string): Promise<T>;
};

export type Load = {
  /** From the start of the navigation, in milliseconds: a painted field to type in, the history, and the text that was waited for. */
  readonly fieldMs: number;
  readonly dataMs: number;
  readonly shownMs: number;
  /** Main-thread tasks over 50 ms until then, as the page itself counts them. */
  readonly longestMs: number;
  readonly longTotalMs: number;
  readonly scripts: readonly { name: string; kb: number }[];
};

const pollMs = 250;
const patienceMs = 300_000;
/** A new window of Chromium reads pages of its own (its address field's), on the processors that the load is measured on. */
const windowMs = 3000;

/** To the browser that listens on this port of 127.0.0.1; it ends with the browser. */
export async function openInspector(port: number): Promise<Inspector> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/version`);
  const { webSocketDebuggerUrl } = (await answer.json()) as { webSocketDebuggerUrl: string };
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, 'open');
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  let lastId = 0;
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(data.toString());
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result as never);
    waiting.delete(id);
  });
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'));
  });
  return {
    send(method, params = {}, sessionId) {
      const id = ++lastId;
      const answered = Promise.withResolvers<never>();
      waiting.set(id, answered);
      socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
      return answered.promise;
    },
  };
}

/** Opens it with nothing in any cache, on a CPU that is four times slower, and waits for the text. */
export async function measureLoad(inspector: Inspector, url: string, text: string): Promise<Load> {
  const { browserContextId } = await inspector.send<{ browserContextId: string }>(
    'Target.createBrowserContext',
  );
  try {
    const { targetId } = await inspector.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
      ...viewport,
    });
    const { sessionId } = await inspector.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    const send = <T>(method: string, params: Record<string, unknown> = {}) =>
      inspector.send<T>(method, params, sessionId);
    await send('Page.enable');
    await send('Emulation.setCPUThrottlingRate', { rate: throttling });
    const source = `(${watchLoad})(${JSON.stringify(text)})`;
    await send('Page.addScriptToEvaluateOnNewDocument', { source });
    await sleep(windowMs);
    await send('Page.navigate', { url });
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      await sleep(pollMs);
      const { result } = await send<{ result: { value?: Load } }>('Runtime.evaluate', {
        expression: 'window.benchLoad?.()',
        returnByValue: true,
      });
      if (result.value) return result.value;
    }
    throw new Error(`not shown: ${text}`);
  } finally {
    await inspector.send('Target.disposeBrowserContext', { browserContextId });
  }
}

/** Runs in the page, before anything of its own. */
function watchLoad(text: string): void {
  const times = { fieldMs: Number.NaN, dataMs: Number.NaN, shownMs: Number.NaN };
  const tasks: PerformanceEntry[] = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({
    type: 'longtask',
    buffered: true,
  });
  const look = () => {
    const isPainted = performance.getEntriesByType('paint').length > 0;
    const hasField = isPainted && document.querySelector('textarea')?.checkVisibility();
    if (Number.isNaN(times.fieldMs) && hasField) times.fieldMs = performance.now();
    if (document.body?.textContent?.includes(text)) times.shownMs = performance.now();
    else requestAnimationFrame(look);
  };
  look();

  const PageWorker = window.Worker;
  window.Worker = class extends PageWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      // What the Gateway sent, from the worker that has the page's WebSockets.
      this.addEventListener('message', ({ data }: MessageEvent<{ data?: string }[]>) => {
        const isHistory = Array.isArray(data) && data.some((news) => news.data?.includes('"messages":['));
        if (isHistory) times.dataMs = performance.now();
      });
    }
  };

  Reflect.set(window, 'benchLoad', () => {
    // The observer hears of a task a moment after it has ended.
    if (!(performance.now() - times.shownMs > 500)) return null;
    const durations = tasks.filter((task) => task.startTime < times.shownMs).map((task) => task.duration);
    const scripts = performance.getEntriesByType('resource').flatMap((entry) => {
      const name = /\/([^/?]+\.m?js)(\?|$)/.exec(entry.name)?.[1];
      return name ? [{ name, kb: Number(Reflect.get(entry, 'decodedBodySize')) / 1024 }] : [];
    });
    return {
      ...times,
      longestMs: Math.max(0, ...durations),
      longTotalMs: durations.reduce((sum, ms) => sum + ms, 0),
      scripts,
    };
  });
}
