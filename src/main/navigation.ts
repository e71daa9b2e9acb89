import type { App, WebContents } from 'electron';
import { DIAGRAM_PAGE } from '../shared/contract/diagram.ts';
import { HAND_OVER_PAGE } from '../shared/contract/hand-over.ts';
import { isOnOrigin } from './origin.ts';

export type NavigationOptions = {
  /** Of our page. */
  origin: string;
  /** Of our page when its usual port was taken. */
  earlierOrigins: readonly string[];
  /** For a link that wants a window of its own. Only https comes here. */
  openExternal(url: string): void;
};

/**
 * Keeps every page of the app where it is: no other origin, no window, no webview; frames for diagrams, and for what
 * is kept at an earlier address.
 */
export function restrictNavigation(app: App, options: NavigationOptions): void {
  app.on('web-contents-created', (_event, contents) => restrictContents(contents, options));
}

function restrictContents(
  contents: WebContents,
  { origin, earlierOrigins, openExternal }: NavigationOptions,
): void {
  const frames = [
    `${origin}${DIAGRAM_PAGE}`,
    ...earlierOrigins.map((earlier) => `${earlier}${HAND_OVER_PAGE}`),
  ];
  contents.setWindowOpenHandler(({ url }) => {
    if (isHttps(url)) openExternal(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    if (!isOnOrigin(event.url, origin)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    if (!isOnOrigin(event.url, origin)) event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    const isAllowed = event.isMainFrame ? isOnOrigin(event.url, origin) : frames.includes(event.url);
    if (!isAllowed) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

export function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}
