import { join } from 'node:path';
import type { TrayIconState } from './tray-menu.ts';

export type TrayIconLook = {
  platform: string;
  /** `XDG_CURRENT_DESKTOP`, e.g. `ubuntu:GNOME`. */
  desktop: string | undefined;
  /** What the system says of its own bars. */
  barsAreDark: boolean;
};

/**
 * The file of the icon; Electron finds the larger ones beside it by their suffix. macOS tints a template. GNOME's
 * bar is dark whatever the theme.
 */
export function trayIconFile(folder: string, state: TrayIconState, look: TrayIconLook): string {
  if (look.platform === 'darwin') return join(folder, `${state}Template.png`);
  const isOnDark = look.barsAreDark || /gnome/i.test(look.desktop ?? '');
  return join(folder, `${state}-on-${isOnDark ? 'dark' : 'light'}.png`);
}
