import { useSyncExternalStore } from 'react';

/** `chooseRemote`: Settings opens with Remote chosen, because a target is wanted. */
export type Route = { name: 'chat' } | { name: 'settings'; chooseRemote: boolean } | { name: 'panel' };

const SETTINGS = '#/settings/general';
const CHOOSE_REMOTE = '?runs=remote';

export function parseRoute(hash: string): Route {
  if (hash.startsWith('#/settings')) return { name: 'settings', chooseRemote: hash.endsWith(CHOOSE_REMOTE) };
  if (hash === '#/panel') return { name: 'panel' };
  return { name: 'chat' };
}

export function hrefOf(route: Route): string {
  if (route.name === 'settings') return route.chooseRemote ? SETTINGS + CHOOSE_REMOTE : SETTINGS;
  return `#/${route.name}`;
}

export function goTo(route: Route): void {
  window.location.hash = hrefOf(route);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
