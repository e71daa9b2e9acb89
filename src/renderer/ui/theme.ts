import { useSyncExternalStore } from 'react';

const dark = '(prefers-color-scheme: dark)';

function subscribe(changed: () => void): () => void {
  const system = window.matchMedia(dark);
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  system.addEventListener?.('change', changed);
  return () => {
    chosen.disconnect();
    system.removeEventListener?.('change', changed);
  };
}

/** The theme on the screen: the chosen one, else the system's. */
export function useTheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, () => {
    const chosen = document.documentElement.dataset.theme;
    if (chosen === 'light' || chosen === 'dark') return chosen;
    return window.matchMedia(dark).matches ? 'dark' : 'light';
  });
}
