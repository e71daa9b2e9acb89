import { join } from 'node:path';
import { app, dialog, Menu, powerMonitor, session, shell } from 'electron';
import type { Clock } from '../core/clock.ts';
import type { EdgeCapabilities, Engine } from '../core/engine.ts';
import { type Claim, claimInstance } from '../core/instance/instance.ts';
import { startOnUsualPort } from '../core/page-server/usual-port.ts';
import type { Locale } from '../shared/config/settings.ts';
import { AppErrorException, appError, describeError, type Translate } from '../shared/errors.ts';
import { createTranslator } from '../shared/i18n/index.ts';
import { localeFor } from '../shared/i18n/locale.ts';
import { appMenu } from './app-menu.ts';
import { createExternalLinks } from './external-links.ts';
import { serveIpc } from './ipc.ts';
import { type LaunchOptions, parseLaunchOptions } from './launch-options.ts';
import { restrictNavigation } from './navigation.ts';
import { restrictPermissions } from './permissions.ts';
import { checkAfterWake } from './power.ts';
import { createTray } from './tray.ts';
import { createWindows, type Windows } from './windows.ts';

export type DesktopParts = {
  /** Without the executable (and without the script in a checkout). */
  args: readonly string[];
  platform: string;
  /** `XDG_CURRENT_DESKTOP`. */
  desktop: string | undefined;
  clock: Clock;
  paths: { renderer: string; preload: string; icons: string };
  /** Makes the directory where it is missing. */
  ensureDataDir(chosen: string | undefined, profile: string | undefined): string;
  createEngine(dataDir: string, edge: EdgeCapabilities, profile: string | undefined): Engine;
};

/** For `engine.stop()`; a person who quits should not wait for a dead network. */
const STOP_WITHIN_MS = 5000;

/** Must be the `appId` of electron-builder.yml: Windows groups windows and notifications by it. */
const APP_ID = 'app.chela.desktop';

/** What has been started, in order; it is stopped backwards. */
type Stops = (() => void | Promise<void>)[];

/**
 * The desktop app, from the single-instance lock to the first window. Resolves when it stands, or when it has
 * handed over to another Chela and quits; a failed start is shown in a dialog and exits with 1.
 */
export async function startDesktop(parts: DesktopParts): Promise<void> {
  const launch = parseLaunchOptions(parts.args);
  const stops: Stops = [];
  try {
    const dataDir = parts.ensureDataDir(launch.dataDir, launch.profile);
    app.setPath('userData', dataDir);
    app.setPath('sessionData', join(dataDir, 'browser'));
    if (parts.platform === 'win32') app.setAppUserModelId(APP_ID);
    // It would take back what a person has asked for on purpose; every window has a sandbox of its own anyway.
    if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
    // The lock lives in `userData`, so that two data directories are two apps.
    if (!app.requestSingleInstanceLock()) return app.quit();
    await app.whenReady();
    await run(parts, { ...launch, dataDir, stops });
  } catch (thrown) {
    await stopAll(stops);
    await app.whenReady();
    const t = createTranslator(localeFor(app.getPreferredSystemLanguages()[0]));
    dialog.showErrorBox(t('edge.start.failed'), failureText(thrown, t));
    app.exit(1);
  }
}

type Run = LaunchOptions & { dataDir: string; stops: Stops };

async function run(parts: DesktopParts, { dataDir, profile, isHidden, stops }: Run): Promise<void> {
  const { platform, clock, paths } = parts;
  let windows: Windows | null = null;

  // A Chela in the browser may have the same directory; Electron's own lock does not know of it.
  const running = Promise.withResolvers<Engine>();
  // Nobody may be asking.
  running.promise.catch(() => {});
  const claim = await claimInstance({
    dataDir,
    door: {
      open() {
        windows?.open('webchat');
        return { tag: 'window' };
      },
      engine: () => running.promise,
    },
  });
  if (claim.tag === 'running') return handOver(claim, dataDir);
  stops.push(claim.release);
  stops.push(() => running.reject(new AppErrorException(appError('STOPPED', 'it did not come to run'))));

  const translators = { en: createTranslator('en'), 'zh-Hant': createTranslator('zh-Hant') };
  const language = () => {
    const chosen = engine.snapshot().snapshot.settings.appearance.language;
    const locale = chosen ?? localeFor(app.getPreferredSystemLanguages()[0]);
    return { t: translators[locale], locale };
  };
  const translate = () => language().t;

  const openExternal = createExternalLinks({ shell, dialog, translate });
  const capabilities: EdgeCapabilities = {
    openWindow: (kind) => windows?.open(kind),
    openExternal,
  };
  const engine = parts.createEngine(dataDir, capabilities, profile);
  stops.push(() => withDeadline(engine.stop(), clock));
  const server = await startOnUsualPort(dataDir, { rootDir: paths.renderer, bridge: null });
  stops.push(server.stop);
  const { origin, place } = server;

  restrictNavigation(app, {
    origin,
    earlierOrigins: place.earlierOrigins,
    openExternal: (url) => void openExternal(url),
  });
  restrictPermissions(session.defaultSession, origin);
  await engine.start(place);
  running.resolve(engine);

  const shown = createWindows({
    origin,
    preload: paths.preload,
    icon: join(paths.icons, 'app', '256x256.png'),
    platform,
    translate,
    // On macOS an app of the menu bar has no Dock icon and no Command-Tab; with a window it needs both.
    onDidChangePresence: (hasWindows) => {
      if (platform === 'darwin') app.setActivationPolicy(hasWindows ? 'regular' : 'accessory');
    },
  });
  windows = shown;
  stops.push(shown.destroyAll);
  stops.push(serveIpc({ origin, isOurs: shown.isOurs, openScreen: () => engine.openScreen() }));
  stops.push(checkAfterWake(powerMonitor, engine));
  stops.push(showStatus(parts, engine, shown, language));

  app.on('second-instance', () => shown.open('webchat'));
  app.on('activate', () => shown.open('webchat'));
  // The app lives in the tray.
  app.on('window-all-closed', () => {});
  stopBeforeQuit(stops);
  void server.closed.then(() => {
    shown.destroyAll();
    app.quit();
  });

  if (!isHidden) shown.open('webchat');
}

type Language = { t: Translate; locale: Locale };

/** Tray and application menu, which follow the engine's state and the chosen language. */
function showStatus(
  { platform, desktop, clock, paths }: DesktopParts,
  engine: Engine,
  windows: Windows,
  language: () => Language,
): () => void {
  const own = engine.openScreen();
  const tray = createTray(engine.snapshot().snapshot, {
    iconFolder: join(paths.icons, 'tray'),
    platform,
    desktop,
    clock,
    language,
    actions: {
      setMode: (mode) => void own.request('connection.setMode', { mode }),
      retry: () => void own.request('connection.retry', {}),
      disconnect: () => void own.request('connection.disconnect', {}),
      open: windows.open,
      quit: () => app.quit(),
    },
  });

  let menuLocale: Locale | null = null;
  function drawMenu(): void {
    const { t, locale } = language();
    if (locale === menuLocale) return;
    menuLocale = locale;
    const template = appMenu({ t, platform, isPackaged: app.isPackaged }, { open: windows.open });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }
  drawMenu();

  const stopWatching = engine.onDidChange(({ snapshot }) => {
    tray.update(snapshot);
    drawMenu();
  });
  return () => {
    stopWatching();
    tray.destroy();
    own.dispose();
  };
}

/** The other Chela is a page in the browser: it is opened there, once more. */
async function handOver({ reply }: Extract<Claim, { tag: 'running' }>, dataDir: string): Promise<void> {
  if (reply === null || reply.tag === 'terminal') {
    const t = createTranslator(localeFor(app.getPreferredSystemLanguages()[0]));
    const reason = reply === null ? 'edge.web.alreadyMute' : 'edge.web.alreadyInTerminal';
    dialog.showErrorBox(t('edge.start.failed'), t(reason, { dataDir }));
    return app.exit(1);
  }
  if (reply.tag === 'link') await shell.openExternal(reply.link);
  app.quit();
}

/** Electron does not wait for promises when it quits, so it is held back until all is stopped. */
function stopBeforeQuit(stops: Stops): void {
  let isStopping = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (isStopping) return;
    isStopping = true;
    void stopAll(stops).then(() => app.exit(0));
  });
}

/** Backwards. What fails to stop does not keep the rest from stopping: the process ends after this. */
async function stopAll(stops: Stops): Promise<void> {
  for (const stop of [...stops].reverse()) {
    try {
      await stop();
    } catch {}
  }
}

async function withDeadline(work: Promise<void>, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(STOP_WITHIN_MS, late.resolve);
  await Promise.race([work, late.promise]).finally(cancel);
}

function failureText(thrown: unknown, t: Translate): string {
  if (thrown instanceof AppErrorException) {
    const { title, body, fix } = describeError(thrown.error, t);
    return [title, body, fix].join('\n');
  }
  const { code, path } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT' && path?.endsWith('index.html')) return t('edge.start.pageMissing');
  return t('edge.start.unexpected', { reason: thrown instanceof Error ? thrown.message : String(thrown) });
}
