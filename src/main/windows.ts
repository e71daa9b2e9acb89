import { BrowserWindow, type BrowserWindowConstructorOptions, nativeTheme, type WebContents } from 'electron';
import type { Translate } from '../shared/errors.ts';

export type WindowKind = 'webchat' | 'settings' | 'panel';

export type WindowsOptions = {
  /** Of the page server. */
  origin: string;
  preload: string;
  /** For the title bar and the task list, where the system shows one. */
  icon: string;
  platform: string;
  translate(): Translate;
  /** The first window opened (true), the last one closed (false). */
  onDidChangePresence(hasWindows: boolean): void;
};

export type Windows = {
  /** Opens the window, or brings it to the front. */
  open(kind: WindowKind): void;
  isOurs(contents: WebContents): boolean;
  /** Closes all without asking their pages. */
  destroyAll(): void;
};

const routes: Readonly<Record<WindowKind, string>> = {
  webchat: '/#/chat',
  settings: '/#/settings',
  panel: '/#/panel',
};

const shapes: Readonly<Record<WindowKind, BrowserWindowConstructorOptions>> = {
  webchat: { width: 1040, height: 760, minWidth: 360, minHeight: 420 },
  settings: { width: 720, height: 680, minWidth: 420, minHeight: 420 },
  panel: { width: 360, height: 600, resizable: false, maximizable: false, fullscreenable: false },
};

/** Cancelled by a newer navigation; says nothing about the server. */
const ERR_ABORTED = -3;

/** One window of each kind. */
export function createWindows(options: WindowsOptions): Windows {
  const { origin, preload, icon, platform, translate, onDidChangePresence } = options;
  const open = new Map<WindowKind, BrowserWindow>();

  function create(kind: WindowKind): BrowserWindow {
    const window = new BrowserWindow({
      ...shapes[kind],
      name: kind,
      windowStatePersistence: kind === 'panel' ? { displayMode: false } : true,
      title: translate()(`edge.windows.${kind}`),
      icon,
      show: false,
      autoHideMenuBar: true,
      // The colour of the page before it paints.
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#1b1a19' : '#faf8f4',
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webviewTag: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        navigateOnDragDrop: false,
        // Elsewhere Chromium would fetch dictionaries from the network.
        spellcheck: platform === 'darwin',
      },
    });
    window.once('ready-to-show', () => window.show());
    window.on('closed', () => {
      open.delete(kind);
      if (open.size === 0) onDidChangePresence(false);
    });
    window.webContents.on('did-fail-load', (_event, code, _description, _url, isMainFrame) => {
      // Whoever holds the port now must not be shown in our window.
      if (isMainFrame && code !== ERR_ABORTED) window.destroy();
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') window.destroy();
    });
    return window;
  }

  return {
    open(kind) {
      const existing = open.get(kind);
      if (existing) {
        if (existing.isMinimized()) existing.restore();
        existing.show();
        existing.focus();
        return;
      }
      const window = create(kind);
      open.set(kind, window);
      if (open.size === 1) onDidChangePresence(true);
      // A failed load is dealt with by `did-fail-load`.
      window.loadURL(origin + routes[kind]).catch(() => {});
    },
    isOurs: (contents) => [...open.values()].some((window) => window.webContents === contents),
    destroyAll() {
      for (const window of [...open.values()]) window.destroy();
    },
  };
}
