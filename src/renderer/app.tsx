import { CSPProvider } from '@base-ui/react/csp-provider';
import {
  lazy,
  type ReactNode,
  StrictMode,
  Suspense,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useState,
} from 'react';
import { createRoot } from 'react-dom/client';
import type { Locale } from '../shared/config/settings.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { localeFor } from '../shared/i18n/locale.ts';
import { BridgeScreen } from './features/connection/bridge-screen.tsx';
import { Questions } from './features/questions/questions.tsx';
import { useRoute } from './features/shell/route.ts';
import { parseRoute } from './features/shell/route-address.ts';
import { WaitingNotices } from './features/shell/waiting-notices.tsx';
import { WindowTitle } from './features/shell/window-title.tsx';
import { WebChat } from './features/webchat/webchat.tsx';
import { showFirstField } from './first-field.ts';
import { type Stores, StoresProvider, useAppState } from './stores/context.tsx';
import { firstLocale, rememberLocale } from './ui/first-locale.ts';
import { I18nProvider } from './ui/i18n.tsx';
import { readWords, wordsIn } from './ui/words.ts';

/** Not needed for a conversation: read when that is shown, or when somebody goes there. */
const later = {
  settings: () => import('./features/settings/settings.tsx'),
  doctor: () => import('./features/doctor/doctor.tsx'),
  panel: () => import('./features/panel/panel.tsx'),
};
const Settings = lazy(async () => ({ default: (await later.settings()).Settings }));
const Doctor = lazy(async () => ({ default: (await later.doctor()).Doctor }));
const Panel = lazy(async () => ({ default: (await later.panel()).Panel }));

// A window that opens there, such as the panel's, does not wait for the snapshot first.
const { name: opened } = parseRoute(window.location.hash);
if (opened !== 'chat') later[opened]().catch(() => undefined);

function readLater(): () => void {
  const timer = setTimeout(() => {
    // What can't be read now is asked for again when somebody goes there.
    for (const read of Object.values(later)) read().catch(() => undefined);
  }, 3000);
  return () => clearTimeout(timer);
}

/** `stores`: what the screens show. */
export function drawApp(root: HTMLElement, stores: Stores): void {
  createRoot(root).render(
    <StrictMode>
      <App stores={stores} />
    </StrictMode>,
  );
}

function App({ stores }: { stores: Stores }) {
  return (
    // Base UI would otherwise write <style> elements, which the page's policy refuses.
    <CSPProvider disableStyleElements>
      <StoresProvider stores={stores}>
        <Language>
          <Screens />
        </Language>
      </StoresProvider>
    </CSPProvider>
  );
}

/** Language and theme follow the settings. Another language is there once it is read; until then the page speaks this one. */
function Language({ children }: { children: ReactNode }) {
  const wanted = useAppState(({ current }) => current && localeOf(current.snapshot));
  const theme = useAppState(({ current }) => current?.snapshot.settings.appearance.theme ?? 'system');
  const [locale, setLocale] = useState(firstLocale);
  useEffect(() => {
    if (wanted === null) return;
    let isWanted = true;
    void readWords(wanted).then(
      () => isWanted && setLocale(wanted),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [wanted]);
  useEffect(() => {
    document.documentElement.lang = locale;
    rememberLocale(locale);
  }, [locale]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <I18nProvider locale={locale} translate={wordsIn(locale)}>
      {children}
    </I18nProvider>
  );
}

function localeOf({ settings }: Snapshot): Locale {
  return settings.appearance.language ?? localeFor(navigator.language);
}

function Screens() {
  useEffect(readLater, []);
  const bridge = useAppState((state) => state.bridge);
  const hasSnapshot = useAppState((state) => state.current !== null);
  // As the routes below: the screen that is there stays until the next one is drawn.
  const isChat = useDeferredValue(useRoute()).name === 'chat';
  const isForChat = isChat && bridge !== 'refused' && (hasSnapshot || bridge !== 'lost');
  useLayoutEffect(() => showFirstField(isForChat), [isForChat]);
  if (bridge === 'refused') return <BridgeScreen state="refused" />;
  if (!hasSnapshot) return <BridgeScreen state={bridge === 'lost' ? 'lost' : 'opening'} />;
  return (
    <>
      <Suspense fallback={null}>
        <Routes />
      </Suspense>
      <Questions />
      <WindowTitle />
      <WaitingNotices />
    </>
  );
}

function Routes() {
  // The screen that is there stays until the next one is read.
  const route = useDeferredValue(useRoute());
  switch (route.name) {
    case 'settings':
      return <Settings chooseRemote={route.chooseRemote} />;
    case 'doctor':
      return <Doctor from={route.from} />;
    case 'panel':
      return <Panel />;
    case 'chat':
      return <WebChat />;
  }
}
