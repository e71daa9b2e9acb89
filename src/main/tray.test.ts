import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { desktopNow } from '../../e2e/fixtures/electron-stub/control.ts';
import {
  type DesktopFixture,
  desktopFixture,
  onlyWindow,
} from '../../e2e/fixtures/electron-stub/desktop-fixture.ts';
import { sampleSnapshot } from '../../e2e/fixtures/fake-engine.ts';
import { appError } from '../shared/errors.ts';

vi.mock('electron', () => import('../../e2e/fixtures/electron-stub/index.ts'));

let desktop: DesktopFixture;

beforeEach(() => {
  desktop = desktopFixture();
});

afterEach(() => desktop.dispose());

describe('R6: tray and menu', () => {
  it('follow the desktop.engine', async () => {
    await desktop.start();
    const tray = desktopNow.tray();
    expect(tray.image.file).toBe('/icons/tray/closed-on-light.png');
    expect(tray.tooltip).toBe('Chela: Connected to the Gateway on this computer');
    desktop.engine.change({
      mode: 'remote',
      target: 'me@studio',
      connection: { tag: 'connecting', step: 'tcp' },
    });
    expect(tray.image.file).toBe('/icons/tray/open-on-light.png');
    expect(tray.tooltip).toBe('Chela: Reaching me@studio');
    expect(tray.contextMenu?.template[0]?.label).toBe('Reaching me@studio');
  });

  it('ask the desktop.engine for what is pressed', async () => {
    desktop.engine.change({ connection: { tag: 'failed', error: appError('SSH_REFUSED', 'x') } });
    await desktop.start();
    const { contextMenu } = desktopNow.tray();
    contextMenu?.press('remote');
    contextMenu?.press('retry');
    contextMenu?.press('disconnect');
    expect(desktop.engine.screens.flatMap(({ asked }) => asked)).toEqual([
      ['connection.setMode', { mode: 'remote' }],
      ['connection.retry', {}],
      ['connection.disconnect', {}],
    ]);
    contextMenu?.press('settings');
    expect(desktopNow.windows()).toHaveLength(2);
  });

  it('are drawn when opened on macOS, and the panel opens with a click on Windows', async () => {
    await desktop.start({ platform: 'darwin' });
    const tray = desktopNow.tray();
    expect([tray.contextMenu, tray.image.file]).toEqual([null, '/icons/tray/closedTemplate.png']);
    tray.emit('click');
    expect(tray.poppedUp?.template[0]?.label).toBe('Connected to the Gateway on this computer');

    await desktop.quit();
    await desktop.start({ platform: 'win32', args: ['--hidden', '--data-dir', desktop.dataDir] });
    desktopNow.tray().emit('click');
    expect(onlyWindow().options.name).toBe('panel');
  });

  it('change their language with the setting', async () => {
    await desktop.start();
    const labels = () => desktopNow.applicationMenu()?.template.map(({ label }) => label);
    expect(labels()).toEqual(['File', 'Edit', 'View', 'Window']);
    const { settings } = sampleSnapshot;
    desktop.engine.change({
      settings: { ...settings, appearance: { ...settings.appearance, language: 'zh-Hant' } },
    });
    expect(labels()).toEqual(['檔案', '編輯', '顯示方式', '視窗']);
    expect(desktopNow.tray().tooltip).toBe('Chela：已連線到這台電腦上的 Gateway');
  });

  it('change their picture with the system’s bars', async () => {
    await desktop.start();
    desktopNow.nativeTheme.shouldUseDarkColorsForSystemIntegratedUI = true;
    desktopNow.nativeTheme.emit('updated');
    expect(desktopNow.tray().image.file).toBe('/icons/tray/closed-on-dark.png');
  });
});
