import { cleanup, configure, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach } from 'vitest';
import type { Snapshot } from '../../shared/contract/snapshot.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { pageClock } from '../clock.ts';
import { createAppStore } from '../stores/app-store.ts';
import type { StoredChat } from '../stores/chat/chat-storage.ts';
import { createChatStore } from '../stores/chat/chat-store.ts';
import { StoresProvider } from '../stores/context.tsx';
import { createDoctorStore } from '../stores/doctor-store.ts';
import { createSettingsDraft } from '../stores/settings-draft.ts';
import { createTunnelServiceStore } from '../stores/tunnel-service-store.ts';
import { I18nProvider } from '../ui/i18n.tsx';
import { createFakeBridge, type FakeBridge } from './fake-bridge.ts';
import { createFakeNotifier } from './fake-notifier.ts';
import { createFakeTransports } from './fake-transport.ts';
import { createMemoryStorage } from './memory-storage.ts';

// A busy computer takes its time; what never comes fails all the same.
configure({ asyncUtilTimeout: 4000 });

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  window.location.hash = '';
});

export const t = createTranslator('en');

class SeesNothing {
  observe() {}
  unobserve() {}
  disconnect() {}
}

/**
 * Draws a screen on the real stores; the bridge and the Gateway are the test's to play. `answer` is there before the
 * screen first asks; `left` is what the last page left.
 */
export function renderScreen(
  screen: ReactNode,
  snapshot: Snapshot,
  answer?: FakeBridge['answer'],
  left: Partial<StoredChat> = {},
) {
  // jsdom has none of them; they only matter where there is something to see.
  Element.prototype.scrollTo ??= () => undefined;
  Element.prototype.scrollBy ??= () => undefined;
  window.matchMedia ??= () => ({ matches: false }) as MediaQueryList;
  for (const name of ['ResizeObserver', 'IntersectionObserver']) {
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: SeesNothing });
  }

  const fake = createFakeBridge(snapshot);
  if (answer) fake.answer = answer;
  const net = createFakeTransports();
  const app = createAppStore(fake.bridge);
  const storage = createMemoryStorage();
  let ids = 0;
  const chat = createChatStore({
    app,
    transports: net.transports,
    storage,
    stored: { ...storage.found(), ...left },
    clock: pageClock,
    newId: () => `id-${++ids}`,
    origin: window.location.origin,
    drawSoon: (run) => run(),
  });
  const doctor = createDoctorStore(fake.bridge);
  app.start();
  doctor.start();
  fake.bridge.start();
  const tunnelService = createTunnelServiceStore(app);
  const notifier = createFakeNotifier();
  render(
    <StoresProvider stores={{ app, chat, doctor, settings: createSettingsDraft(), tunnelService, notifier }}>
      <I18nProvider locale="en" translate={t}>
        {screen}
      </I18nProvider>
    </StoresProvider>,
  );
  return { fake, net, app, chat, doctor, notifier, storage };
}
