import { HAND_OVER_PAGE } from '../../../shared/contract/hand-over.ts';
import type { AppState, AppStore } from '../app-store.ts';
import type { KeptRows } from './chat-database.ts';
import type { ChatStorage } from './chat-storage.ts';
import type { PageLocks } from './pages.ts';

const patienceMs = 30_000;

/**
 * Once: fetches what this page has kept at other addresses, where it was while another program had its usual port.
 * Of several open pages one does it at a time, so that none brings back what another one has sent meanwhile.
 */
export function fetchFromEarlierAddresses(
  app: AppStore,
  storage: ChatStorage,
  locks: Pick<PageLocks, 'request'> | null,
): void {
  const look = ({ current }: AppState) => {
    if (!current) return;
    stop();
    for (const origin of current.snapshot.earlierOrigins) {
      void locks?.request('chela.hand-over', () => fetchFrom(origin, storage)).catch(() => undefined);
    }
  };
  const stop = app.store.subscribe(look);
  look(app.store.getState());
}

async function fetchFrom(origin: string, storage: ChatStorage): Promise<void> {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = origin + HAND_OVER_PAGE;
  const { port1: ours, port2: theirs } = new MessageChannel();
  const isOver = Promise.withResolvers<void>();
  const timer = setTimeout(isOver.resolve, patienceMs);
  ours.onmessage = async ({ data }: MessageEvent<KeptRows | 'done'>) => {
    if (data === 'done' || Object.keys(data).length === 0) return isOver.resolve();
    if (await storage.takeIn(data)) ours.postMessage('taken');
    else isOver.resolve();
  };
  frame.onload = () => frame.contentWindow?.postMessage('give', origin, [theirs]);
  document.body.append(frame);
  await isOver.promise;
  clearTimeout(timer);
  ours.close();
  frame.remove();
}
