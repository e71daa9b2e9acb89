import type { MenuItemConstructorOptions } from 'electron';
import type { Translate } from '../shared/errors.ts';
import type { WindowKind } from './windows.ts';

export type AppMenuActions = { open(window: WindowKind): void };

export type AppMenuView = {
  t: Translate;
  platform: string;
  /** Developer tools are for a checkout only. */
  isPackaged: boolean;
};

/** Pure. Every item has a key, so that a window without a tray can do all that the tray can. */
export function appMenu(
  { t, platform, isPackaged }: AppMenuView,
  actions: AppMenuActions,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const role = (
    name: NonNullable<MenuItemConstructorOptions['role']>,
    key: string,
  ): MenuItemConstructorOptions => ({ role: name, label: t(`edge.menu.${key}`) });

  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: t('edge.menu.settings'),
    accelerator: 'CommandOrControl+,',
    click: () => actions.open('settings'),
  };
  const quit: MenuItemConstructorOptions = { ...role('quit', 'quit'), accelerator: 'CommandOrControl+Q' };

  const app: MenuItemConstructorOptions = {
    label: 'Chela',
    submenu: [
      role('about', 'about'),
      separator,
      settings,
      separator,
      role('hide', 'hide'),
      role('hideOthers', 'hideOthers'),
      role('unhide', 'showAll'),
      separator,
      quit,
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: t('edge.menu.file'),
    submenu: [
      {
        id: 'webchat',
        label: t('edge.menu.webchat'),
        accelerator: 'CommandOrControl+1',
        click: () => actions.open('webchat'),
      },
      {
        id: 'panel',
        label: t('edge.menu.panel'),
        accelerator: 'CommandOrControl+2',
        click: () => actions.open('panel'),
      },
      separator,
      ...(isMac ? [] : [settings, separator]),
      role('close', 'close'),
      ...(isMac ? [] : [quit]),
    ],
  };
  const edit: MenuItemConstructorOptions = {
    label: t('edge.menu.edit'),
    submenu: [
      role('undo', 'undo'),
      role('redo', 'redo'),
      separator,
      role('cut', 'cut'),
      role('copy', 'copy'),
      role('paste', 'paste'),
      role('pasteAndMatchStyle', 'pastePlain'),
      role('selectAll', 'selectAll'),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: t('edge.menu.view'),
    submenu: [
      role('resetZoom', 'actualSize'),
      role('zoomIn', 'zoomIn'),
      role('zoomOut', 'zoomOut'),
      separator,
      role('togglefullscreen', 'fullScreen'),
      ...(isPackaged ? [] : [separator, role('toggleDevTools', 'developerTools')]),
    ],
  };
  const window: MenuItemConstructorOptions = {
    label: t('edge.menu.window'),
    submenu: [role('minimize', 'minimize'), ...(isMac ? [role('front', 'front')] : [])],
  };
  return [...(isMac ? [app] : []), file, edit, view, window];
}
