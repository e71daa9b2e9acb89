import { Menu, nativeImage, nativeTheme, Tray } from 'electron';
import type { Clock } from '../core/clock.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import type { Translate } from '../shared/errors.ts';
import { trayIconFile } from './tray-icon.ts';
import { statusLine, type TrayActions, type TrayView, trayIconState, trayMenu } from './tray-menu.ts';

export type TrayOptions = {
  /** With the pictures of `resources/icons/tray`. */
  iconFolder: string;
  platform: string;
  desktop: string | undefined;
  clock: Clock;
  actions: TrayActions;
  /** Of the language that is chosen now. */
  language(): { t: Translate; locale: string };
};

export type TrayHandle = {
  update(snapshot: Snapshot): void;
  destroy(): void;
};

/**
 * The tray icon and its menu. On macOS and Windows the menu is drawn when it is opened; Linux desktops fetch it
 * beforehand, so there it is replaced on every change. Keep the handle: a tray that is garbage-collected vanishes.
 */
export function createTray(first: Snapshot, options: TrayOptions): TrayHandle {
  const { iconFolder, platform, desktop, clock, actions, language } = options;
  const isDrawnOnOpen = platform === 'darwin' || platform === 'win32';
  let snapshot = first;

  const image = () => {
    const barsAreDark = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI;
    return nativeImage.createFromPath(
      trayIconFile(iconFolder, trayIconState(snapshot), { platform, desktop, barsAreDark }),
    );
  };
  const view = (): TrayView => ({ snapshot, ...language(), nowMs: clock.now(), isDrawnOnOpen });
  const menu = () => Menu.buildFromTemplate(trayMenu(view(), actions));

  const tray = new Tray(image());

  function draw(): void {
    const { t } = language();
    tray.setImage(image());
    // A tooltip stays on the screen, so it counts no seconds.
    tray.setToolTip(t('tray.tooltip', { status: statusLine({ ...view(), isDrawnOnOpen: false }) }));
    if (!isDrawnOnOpen) tray.setContextMenu(menu());
  }

  if (isDrawnOnOpen) {
    // A left click on Windows opens the panel, as its users expect of a tray.
    tray.on('click', () => (platform === 'win32' ? actions.open('panel') : tray.popUpContextMenu(menu())));
    tray.on('right-click', () => tray.popUpContextMenu(menu()));
  }
  nativeTheme.on('updated', draw);
  draw();

  return {
    update(next) {
      snapshot = next;
      draw();
    },
    destroy() {
      nativeTheme.off('updated', draw);
      tray.destroy();
    },
  };
}
