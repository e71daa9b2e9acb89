import './zod-setup.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/prose.css';
import './styles/forms.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SCREEN_API_KEY, type ScreenApi } from '../shared/contract/screen-api.ts';
import { createBridge, screenApiCarrier } from './bridge.ts';
import { takeTicket, webCarrier } from './bridge-web.ts';
import { pageClock } from './clock.ts';
import { createAppStore } from './stores/app-store.ts';
import { createChatStorage } from './stores/chat/chat-storage.ts';
import { createChatStore } from './stores/chat/chat-store.ts';
import { directTransport, relayTransport } from './stores/chat/transport.ts';
import { createDoctorStore } from './stores/doctor-store.ts';
import { createSettingsDraft } from './stores/settings-draft.ts';
import { createTunnelServiceStore } from './stores/tunnel-service-store.ts';

const ticket = takeTicket(window.location, window.history);
const { origin } = window.location;
const newId = () => crypto.randomUUID();

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

// The screens are read by themselves: two short tasks rather than a long one.
const screens = import('./app.tsx');
const storage = createChatStorage('chela.chat', pageClock.now);
const app = createAppStore(bridge);
const chat = createChatStore({
  app,
  transports: {
    direct: directTransport((url) => new WebSocket(url)),
    relay: relayTransport(bridge),
  },
  storage,
  stored: await storage.load(),
  clock: pageClock,
  newId,
  origin,
  drawSoon(run) {
    // A hidden page has no frames; its state still moves on, at leisure.
    if (document.hidden) setTimeout(run, 250);
    // Nobody reads faster, and typing has the time in between.
    else setTimeout(() => requestAnimationFrame(run), 50);
  },
});

const doctor = createDoctorStore(bridge);
const stores = {
  app,
  chat,
  doctor,
  settings: createSettingsDraft(),
  tunnelService: createTunnelServiceStore(app),
};

app.start();
doctor.start();
bridge.start();

const root = document.getElementById('root');
const { App } = await screens;
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App stores={stores} />
    </StrictMode>,
  );
}
