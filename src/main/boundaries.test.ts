import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { desktopNow } from '../../e2e/fixtures/electron-stub/control.ts';
import {
  type DesktopFixture,
  desktopFixture,
  onlyWindow,
  pageOrigin,
  screenApi,
} from '../../e2e/fixtures/electron-stub/desktop-fixture.ts';
import type { Permission } from '../../e2e/fixtures/electron-stub/desktop-parts.ts';
import { invokeFrom, sendFrom } from '../../e2e/fixtures/electron-stub/ipc.ts';
import { frameAt, StubWebContents } from '../../e2e/fixtures/electron-stub/web-contents.ts';
import type { ContractEvent } from '../shared/contract/events.ts';
import { ipcChannels } from '../shared/contract/ipc.ts';

vi.mock('electron', () => import('../../e2e/fixtures/electron-stub/index.ts'));

const { dialog, shell } = desktopNow;

let desktop: DesktopFixture;

beforeEach(() => {
  desktop = desktopFixture();
});

afterEach(() => desktop.dispose());

describe('permissions', () => {
  const denied: Permission[] = [
    'media',
    'geolocation',
    'clipboard-read',
    'hid',
    'usb',
    'openExternal',
    'unknown',
  ];
  const granted: Permission[] = [
    'clipboard-sanitized-write',
    'notifications',
    'local-network-access',
    'loopback-network',
  ];

  it('are few, for the top frame of our page alone', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    const session = desktopNow.session();
    for (const permission of denied) {
      expect([permission, session.requestPermission(permission, `${origin}/`)]).toEqual([permission, false]);
      expect([permission, session.checkPermission(permission, origin)]).toEqual([permission, false]);
    }
    for (const permission of granted) {
      expect([permission, session.requestPermission(permission, `${origin}/#/chat`)]).toEqual([
        permission,
        true,
      ]);
      expect([permission, session.checkPermission(permission, `${origin}/`)]).toEqual([permission, true]);
      expect(session.requestPermission(permission, 'https://evil.example/')).toBe(false);
      expect(session.checkPermission(permission, 'https://evil.example')).toBe(false);
      expect(session.requestPermission(permission, `${origin}/`, false)).toBe(false);
      expect(session.checkPermission(permission, origin, false)).toBe(false);
      expect(session.checkPermission(permission, '')).toBe(false);
    }
    expect(session.grantsDevices(origin)).toBe(false);
    expect(session.download(`${origin}/assets/index.js`)).toBe(false);
    expect(session.download('https://evil.example/tool.exe')).toBe(false);
    expect(session.download('blob:https://evil.example/1')).toBe(false);
    expect(session.download(`blob:${origin}/1`)).toBe(true);
  });
});

describe('the contract over IPC', () => {
  it('carries requests and events through the preload', async () => {
    await desktop.start();
    await pageOrigin();
    const api = await screenApi();
    expect(await api.request('app.snapshot', {})).toEqual({ ok: true, value: { asked: 'app.snapshot' } });
    const heard: ContractEvent[] = [];
    const stop = api.subscribe((event) => heard.push(event));
    expect(heard).toMatchObject([{ event: 'snapshot', payload: { revision: 1 } }]);
    desktop.engine.change({ mode: 'remote' });
    expect(heard[1]).toMatchObject({ payload: { revision: 2, snapshot: { mode: 'remote' } } });
    stop();
    desktop.engine.change({ mode: 'local' });
    expect(heard).toHaveLength(2);
  });

  it('stops unknown methods in the preload already', async () => {
    await desktop.start();
    await pageOrigin();
    const api = await screenApi();
    for (const method of ['nothing.known', 'toString', '__proto__', 7]) {
      expect(await api.request(method as 'app.snapshot', {})).toMatchObject({
        ok: false,
        error: { code: 'BAD_REQUEST' },
      });
    }
    expect(desktop.engine.screens.flatMap(({ asked }) => asked)).toEqual([]);
  });

  it('refuses a foreign page, a frame, a vanished frame, a stranger’s contents and an unknown method', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    const contents = onlyWindow().webContents;
    const screens = desktop.engine.screens.length;
    const top = contents.mainFrame;
    const ask = (sender: Parameters<typeof invokeFrom>[0], method: unknown = 'app.snapshot') =>
      invokeFrom(sender, ipcChannels.request, method, {});
    const refusal = { ok: false, error: { code: 'BAD_REQUEST' } };

    expect(await ask({ contents, frame: frameAt('https://evil.example/') })).toMatchObject(refusal);
    expect(await ask({ contents, frame: frameAt(`${origin}/`, top) })).toMatchObject(refusal);
    expect(await ask({ contents, frame: null })).toMatchObject(refusal);
    const stranger = new StubWebContents();
    stranger.mainFrame = frameAt(`${origin}/`);
    expect(await ask({ contents: stranger })).toMatchObject(refusal);
    expect(await ask({ contents }, 'nothing.known')).toMatchObject(refusal);
    expect(await ask({ contents }, { toString: 'app.snapshot' })).toMatchObject(refusal);

    sendFrom({ contents, frame: frameAt('https://evil.example/') }, ipcChannels.subscribe, 1);
    sendFrom({ contents, frame: null }, ipcChannels.subscribe, 1);
    sendFrom({ contents }, ipcChannels.subscribe, 'one');
    expect(contents.delivered).toEqual([]);
    expect(desktop.engine.screens).toHaveLength(screens);

    expect(await ask({ contents })).toMatchObject({ ok: true });
    expect(desktop.engine.screens).toHaveLength(screens + 1);
  });

  it('ends a page’s screen when it reloads, crashes or closes', async () => {
    await desktop.start();
    const origin = await pageOrigin();
    const { webContents } = onlyWindow();
    const api = await screenApi();
    const screenNow = async () => {
      await api.request('app.snapshot', {});
      const screen = desktop.engine.screens.at(-1);
      if (!screen) throw new Error('no screen');
      return screen;
    };

    const first = await screenNow();
    expect(await screenNow()).toBe(first);
    webContents.emit('did-start-navigation', {
      url: `${origin}/#/a`,
      isMainFrame: true,
      isSameDocument: true,
    });
    expect(first.disposed).toBe(false);
    await webContents.load(`${origin}/#/chat`);
    expect(first.disposed).toBe(true);

    const second = await screenNow();
    expect(second).not.toBe(first);
    webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(second.disposed).toBe(true);

    const third = await screenNow();
    onlyWindow().close();
    expect(third.disposed).toBe(true);
    desktop.engine.change({});
  });
});

describe('external links', () => {
  const url = 'https://docs.example/page?a=1';

  it('open in the browser after a yes, and say where they lead', async () => {
    await desktop.start();
    dialog.answer = { response: 0, checkboxChecked: false };
    await desktop.edge.openExternal?.(url);
    await desktop.edge.openExternal?.(url);
    expect(dialog.questions).toHaveLength(2);
    expect(dialog.questions[0]).toMatchObject({
      message: 'Open docs.example in your browser?',
      detail: url,
      cancelId: 1,
    });
    expect(shell.opened).toEqual([url, url]);
  });

  it('are not asked about again for a host where that was ticked', async () => {
    await desktop.start();
    dialog.answer = { response: 0, checkboxChecked: true };
    await desktop.edge.openExternal?.(url);
    await desktop.edge.openExternal?.('https://docs.example/other');
    expect(dialog.questions).toHaveLength(1);
    dialog.answer = { response: 1, checkboxChecked: false };
    await desktop.edge.openExternal?.('https://other.example/');
    expect(shell.opened).toEqual([url, 'https://docs.example/other']);
  });

  it('are https or nothing, also from window.open', async () => {
    await desktop.start();
    dialog.answer = { response: 0, checkboxChecked: true };
    for (const bad of ['http://docs.example/', 'file:///etc/passwd', 'ms-settings:', 'javascript:1', 'x']) {
      await desktop.edge.openExternal?.(bad);
      onlyWindow().webContents.openWindow(bad);
    }
    expect(dialog.questions).toEqual([]);
    expect(onlyWindow().webContents.openWindow(url)).toBe('deny');
    await vi.waitFor(() => expect(shell.opened).toEqual([url]));
  });
});
