import { SCREEN_API_KEY, type ScreenApi } from '../shared/contract/screen-api.ts';
import { createBridge, screenApiCarrier } from './bridge.ts';
import { webCarrier } from './bridge-web.ts';
import { chatOpened } from './chat-opened.ts';
import { pageClock } from './clock.ts';
import { parseRoute } from './features/shell/route-address.ts';
import { pageNotifier } from './notifier.ts';
import { createPace } from './pace.ts';
import { createAppStore } from './stores/app-store.ts';
import { createChatStorage } from './stores/chat/chat-storage.ts';
import { createChatStore } from './stores/chat/chat-store.ts';
import { fetchFromEarlierAddresses } from './stores/chat/earlier-addresses.ts';
import { createPages } from './stores/chat/pages.ts';
import { relayTransport } from './stores/chat/transport.ts';
import { workerTransport } from './stores/chat/worker-transport.ts';
import type { Stores } from './stores/context.tsx';
import { createDoctorStore } from './stores/doctor-store.ts';
import { createSettingsDraft } from './stores/settings-draft.ts';
import { createTunnelServiceStore } from './stores/tunnel-service-store.ts';

/** What the screens show, with the way to the engine opened. `ticket`: from the page's address. */
export async function openStores(ticket: string | null): Promise<Stores> {
  const { origin } = window.location;
  const screenApi: ScreenApi | undefined = Reflect.get(window, SCREEN_API_KEY);
  const bridge = createBridge(
    screenApi
      ? screenApiCarrier(screenApi)
      : webCarrier({
          origin,
          ticket,
          storage: window.sessionStorage,
          fetch: window.fetch.bind(window),
          openSocket: (url) => new WebSocket(url),
          clock: pageClock,
        }),
  );
  const app = createAppStore(bridge);
  const doctor = createDoctorStore(bridge);
  app.start();
  doctor.start();
  bridge.start();
  const pages = createPages({
    id: crypto.randomUUID(),
    locks: navigator.locks ?? null,
    channel: new BroadcastChannel('chela.pages'),
  });
  const storage = createChatStorage(chatOpened, pageClock.now, pages);
  const isChat = parseRoute(window.location.hash).name === 'chat';
  const chat = createChatStore({
    app,
    transports: {
      direct: workerTransport(startSocketWorker),
      relay: relayTransport(bridge),
    },
    storage,
    stored: isChat ? await storage.load() : null,
    clock: pageClock,
    newId: () => crypto.randomUUID(),
    origin,
    drawSoon: createPace(),
  });
  if (isChat) fetchFromEarlierAddresses(app, storage, navigator.locks ?? null);
  return {
    app,
    chat,
    doctor,
    settings: createSettingsDraft(),
    tunnelService: createTunnelServiceStore(app),
    notifier: pageNotifier,
  };
}

function startSocketWorker(): Worker {
  return new Worker(new URL('./stores/chat/socket-worker.ts', import.meta.url), {
    type: 'module',
    name: 'sockets',
  });
}
