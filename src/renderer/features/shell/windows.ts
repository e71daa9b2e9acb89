import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { goTo } from './route.ts';
import { type DoctorOrigin, parseRoute } from './route-address.ts';

/** A window that was opened for Settings is closed to leave them; a page that went there goes back. */
const isSettingsWindow = parseRoute(window.location.hash).name === 'settings';

/** Opens Settings or WebChat: a window of its own on Electron, this page elsewhere. */
export function useWindows() {
  const request = useRequest();
  const isElectron = useSnapshot((snapshot) => snapshot.app.runtime === 'electron');

  async function open(kind: 'webchat' | 'settings') {
    if (isElectron) {
      const result = await request('app.openWindow', { window: kind });
      if (result.ok && result.value.handled) return;
    }
    goTo(kind === 'webchat' ? { name: 'chat' } : { name: 'settings', chooseRemote: false });
  }

  return {
    openSettings: () => void open('settings'),
    openChat: () => void open('webchat'),
    /** From Settings: to the chat's own window, or back on this page. */
    backToChat(): void {
      if (isSettingsWindow) void open('webchat');
      else goTo({ name: 'chat' });
    },
    leaveSettings(): void {
      if (isElectron && isSettingsWindow) window.close();
      else goTo({ name: 'chat' });
    },
    /** Stays in this window, so that one step back is the screen that asked. */
    openDoctor(): void {
      const { name } = parseRoute(window.location.hash);
      if (name !== 'doctor') goTo({ name: 'doctor', from: name });
    },
    leaveDoctor(from: DoctorOrigin): void {
      goTo(from === 'settings' ? { name: 'settings', chooseRemote: false } : { name: from });
    },
    /** Stays in this window: only here Settings knows that a target is wanted. */
    askForTarget: () => goTo({ name: 'settings', chooseRemote: true }),
    /** True where the app opens it; elsewhere the link opens itself in a new tab. */
    openLink(url: string): boolean {
      if (!isElectron) return false;
      void request('app.openExternal', { url });
      return true;
    },
  };
}
