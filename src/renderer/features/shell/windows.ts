import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { goTo } from './route.ts';

/** Opens Settings or WebChat: a window of its own on Electron, this page elsewhere. */
export function useWindows() {
  const request = useRequest();
  const isElectron = useSnapshot((snapshot) => snapshot.app.runtime === 'electron');

  async function open(window: 'webchat' | 'settings') {
    if (isElectron) {
      const result = await request('app.openWindow', { window });
      if (result.ok && result.value.handled) return;
    }
    goTo(window === 'webchat' ? { name: 'chat' } : { name: 'settings', chooseRemote: false });
  }

  return {
    openSettings: () => void open('settings'),
    openChat: () => void open('webchat'),
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
