import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doorWith } from '../../e2e/fixtures/control-door.ts';
import { desktopNow } from '../../e2e/fixtures/electron-stub/control.ts';
import {
  type DesktopFixture,
  desktopFixture,
  onlyWindow,
  pageOrigin,
} from '../../e2e/fixtures/electron-stub/desktop-fixture.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { claimInstance } from '../core/instance/instance.ts';

vi.mock('electron', () => import('../../e2e/fixtures/electron-stub/index.ts'));

const { app, dialog, shell, powerMonitor } = desktopNow;

let desktop: DesktopFixture;

beforeEach(() => {
  desktop = desktopFixture();
});

afterEach(() => desktop.dispose());

describe('start', () => {
  it('keeps the order: own folder, lock, sandbox for all, then ready', async () => {
    await desktop.start();
    expect(app.paths.get('userData')).toBe(desktop.dataDir);
    expect(app.log).toEqual(['setPath userData', 'setPath sessionData', 'sandbox', 'lock', 'ready']);
    expect(desktop.engine.isRunning).toBe(true);
  });

  it('leaves --no-sandbox to the person who asked for it', async () => {
    app.switches.add('no-sandbox');
    await desktop.start();
    expect(app.log).not.toContain('sandbox');
  });

  it('opens WebChat on the page server of its own', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    expect(onlyWindow().webContents.mainFrame.url).toBe(`${origin}/#/chat`);
    await vi.waitFor(() => expect(onlyWindow().isVisible()).toBe(true));
    expect(await (await fetch(origin)).text()).toBe('page');
  });

  it('opens nothing with --hidden', async () => {
    await desktop.start({ args: ['--data-dir', desktop.dataDir, '--hidden', '--some-chromium-switch=1'] });
    expect(desktopNow.windows()).toEqual([]);
    expect(desktopNow.trayCount()).toBe(1);
  });

  it('has no bridge: /session and /bridge answer 404', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    for (const path of ['/session', '/bridge']) {
      const response = await fetch(origin + path, { method: 'POST', headers: { Origin: origin } });
      expect([path, response.status]).toEqual([path, 404]);
    }
  });

  it('keeps its origin from start to start', async () => {
    await desktop.start();
    const first = await pageOrigin();
    await desktop.quit();
    await desktop.start();
    expect(await pageOrigin()).toBe(first);
  });

  it('says in a dialog why it could not start, and exits with 1', async () => {
    rmSync(join(desktop.rendererDir, 'index.html'));
    await desktop.start();
    expect(dialog.errors).toEqual([
      'Chela could not start\nThe page has not been built. Run npm run build, then start again.',
    ]);
    expect(await app.exited).toBe(1);
    expect(desktopNow.windows()).toEqual([]);
  });

  it('says so in the system’s language', async () => {
    app.languages = ['zh-Hant-TW'];
    desktop.engine.start = async () => {
      throw new Error('x');
    };
    await desktop.start();
    expect(dialog.errors).toEqual(['Chela 無法啟動\n發生問題：x。']);
    expect(await app.exited).toBe(1);
    expect(desktop.engine.isRunning).toBe(false);
  });
});

describe('single instance', () => {
  it('quits at once where Electron’s lock is taken', async () => {
    app.lockIsFree = false;
    await desktop.start();
    expect(await app.exited).toBe(0);
    expect(desktop.engine.isRunning).toBe(false);
    expect(desktopNow.windows()).toEqual([]);
  });

  it('brings the window of the first to the front at a second start', async () => {
    await desktop.start();
    await pageOrigin();
    const window = onlyWindow();
    window.minimized = true;
    app.emit('second-instance');
    expect(window.minimized).toBe(false);
    expect(window.focusCount).toBe(1);
    onlyWindow().close();
    app.emit('second-instance');
    expect(onlyWindow()).not.toBe(window);
  });

  it('answers a start in the browser by showing its own window', async () => {
    await desktop.start({ args: ['--data-dir', desktop.dataDir, '--hidden'] });
    const other = await claimInstance({
      dataDir: desktop.dataDir,
      door: doorWith({ tag: 'link', link: 'never' }),
    });
    expect(other).toEqual({ tag: 'running', reply: { tag: 'window' } });
    expect(desktopNow.windows()).toHaveLength(1);
  });

  it('hands over to a Chela that runs in the browser', async () => {
    const link = 'http://127.0.0.1:1/#ticket=t';
    const dataDir = ensureDataDir(desktop.dataDir);
    const claim = await claimInstance({ dataDir, door: doorWith({ tag: 'link', link }) });
    await desktop.start();
    expect(shell.opened).toEqual([link]);
    expect(await app.exited).toBe(0);
    expect(desktop.engine.isRunning).toBe(false);
    if (claim.tag === 'claimed') await claim.release();
  });
});

describe('windows', () => {
  it('have no Node, no webview and a sandbox, all of them', async () => {
    await desktop.start();
    desktop.edge.openWindow?.('settings');
    desktopNow.tray().contextMenu?.press('panel');
    expect(desktopNow.windows().map(({ options }) => options.name)).toEqual(['webchat', 'settings', 'panel']);
    for (const { options } of desktopNow.windows()) {
      expect(options.webPreferences).toMatchObject({
        preload: '/out/preload/index.cjs',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webviewTag: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      });
    }
  });

  it('are one of each kind', async () => {
    await desktop.start();
    desktop.edge.openWindow?.('webchat');
    desktop.edge.openWindow?.('settings');
    desktop.edge.openWindow?.('settings');
    expect(desktopNow.windows()).toHaveLength(2);
  });

  it('stay where they are: other origins, frames, redirects, windows and webviews are denied', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    const { webContents } = onlyWindow();
    expect(webContents.navigate(`${origin}/#/settings`)).toBe(true);
    for (const url of [
      'https://evil.example/',
      `${origin}0/`,
      origin.replace('127.0.0.1', 'localhost'),
      origin.replace('http', 'https'),
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:text/html,x',
      'not a url',
    ]) {
      expect([url, webContents.navigate(url)]).toEqual([url, false]);
      expect([url, webContents.redirect(url)]).toEqual([url, false]);
      expect([url, webContents.openWindow(url)]).toEqual([url, 'deny']);
    }
    expect(webContents.navigate(`${origin}/`, { isMainFrame: false })).toBe(false);
    expect(webContents.openWindow(`${origin}/`)).toBe('deny');
    expect(webContents.attachWebview()).toBe(false);
  });

  it('R8: a frame may show what is kept at an address of a start whose port was taken, and nothing else of it', async () => {
    const port = await freePort();
    mkdirSync(desktop.dataDir, { mode: 0o700 });
    const ports = JSON.stringify({ port: await freePort(), others: [port] });
    writeFileSync(join(desktop.dataDir, 'page-port.json'), ports, { mode: 0o600 });
    await desktop.start();
    const { webContents } = onlyWindow();
    const handOver = `http://127.0.0.1:${port}/hand-over.html`;
    expect(webContents.navigate(handOver, { isMainFrame: false })).toBe(true);
    expect(webContents.navigate(handOver)).toBe(false);
    expect(webContents.navigate(`http://127.0.0.1:${port}/`, { isMainFrame: false })).toBe(false);
    const other = `http://127.0.0.1:${await freePort()}/hand-over.html`;
    expect(webContents.navigate(other, { isMainFrame: false })).toBe(false);
  });

  it('close when their server is gone, instead of showing whoever has the port now', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    const window = onlyWindow();
    window.webContents.emit('did-fail-load', {}, -3, 'ERR_ABORTED', origin, true);
    window.webContents.emit('did-fail-load', {}, -102, 'ERR_CONNECTION_REFUSED', 'x', false);
    expect(desktopNow.windows()).toEqual([window]);
    window.webContents.emit('did-fail-load', {}, -102, 'ERR_CONNECTION_REFUSED', origin, true);
    expect(desktopNow.windows()).toEqual([]);
  });

  it('close when their page crashes', async () => {
    await desktop.start();
    onlyWindow().webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(desktopNow.windows()).toEqual([]);
  });

  it('give a macOS app its Dock icon while one is open', async () => {
    await desktop.start({ platform: 'darwin' });
    expect(app.log).toContain('policy regular');
    expect(onlyWindow().options.webPreferences?.spellcheck).toBe(true);
    onlyWindow().close();
    expect(app.log.at(-1)).toBe('policy accessory');
  });

  it('may all be closed: the app stays in the tray', async () => {
    await desktop.start();
    onlyWindow().close();
    expect(app.listenerCount('window-all-closed')).toBe(1);
    expect(app.exitCode).toBeNull();
    expect(desktopNow.trayCount()).toBe(1);
  });
});

describe('waking up', () => {
  it('asks the engine whether everything is still there', async () => {
    await desktop.start();
    powerMonitor.emit('resume');
    expect(desktop.engine.probes).toBe(1);
    powerMonitor.emit('unlock-screen');
    expect(desktop.engine.probes).toBe(2);
  });
});

describe('quit', () => {
  it('stops the desktop.engine, the page and the tray before it exits', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    const stopped = Promise.withResolvers<void>();
    const { stop } = desktop.engine;
    desktop.engine.stop = async () => {
      await stopped.promise;
      await stop();
    };
    desktopNow.tray().contextMenu?.press('quit');
    app.quit();
    expect(app.exitCode).toBeNull();
    await vi.waitFor(() => expect(desktopNow.trayCount()).toBe(0));
    await expect(fetch(origin)).rejects.toThrow();
    expect(app.exitCode).toBeNull();
    stopped.resolve();
    expect(await app.exited).toBe(0);
    expect(desktop.engine.isRunning).toBe(false);
    expect(desktop.engine.screens.every(({ disposed }) => disposed)).toBe(true);
    const next = await claimInstance({ dataDir: desktop.dataDir, door: doorWith({ tag: 'window' }) });
    expect(next.tag).toBe('claimed');
    if (next.tag === 'claimed') await next.release();
  });

  it('does not wait longer than 5 s for an desktop.engine that hangs', async () => {
    const planned: { delayMs: number; run: () => void }[] = [];
    await desktop.start({
      clock: {
        now: () => 0,
        after(delayMs, run) {
          planned.push({ delayMs, run });
          return () => {};
        },
      },
    });
    desktop.engine.stop = () => new Promise(() => {});
    app.quit();
    await vi.waitFor(() => expect(planned.map(({ delayMs }) => delayMs)).toEqual([5000]));
    planned[0]?.run();
    expect(await app.exited).toBe(0);
  });
});
