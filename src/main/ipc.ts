import { type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron';
import type { Screen } from '../core/engine.ts';
import { ipcChannels } from '../shared/contract/ipc.ts';
import { isRequestMethod } from '../shared/contract/requests.ts';
import { appError } from '../shared/errors.ts';
import { err, type Result } from '../shared/result.ts';

export type IpcOptions = {
  /** Of our page. */
  origin: string;
  /** True for the contents of the windows that the app itself has made. */
  isOurs(contents: WebContents): boolean;
  openScreen(): Screen;
};

type Page = { screen: Screen; unsubscribe: Map<number, () => void> };

/**
 * The only use of `ipcMain`. A message counts when it comes from the top frame of one of our windows, on our
 * origin; all others are refused with BAD_REQUEST or ignored. One engine screen per page: it ends when the page
 * navigates, reloads, crashes or closes. Returns the way to stop.
 */
export function serveIpc({ origin, isOurs, openScreen }: IpcOptions): () => void {
  const pages = new Map<WebContents, Page>();

  function isTrusted({ sender, senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
    return (
      senderFrame !== null && senderFrame.parent === null && senderFrame.origin === origin && isOurs(sender)
    );
  }

  function pageOf(contents: WebContents): Page {
    const known = pages.get(contents);
    if (known) return known;
    const page: Page = { screen: openScreen(), unsubscribe: new Map() };
    pages.set(contents, page);
    return page;
  }

  function endPage(contents: WebContents): void {
    pages.get(contents)?.screen.dispose();
    pages.delete(contents);
  }

  const watched = new WeakSet<WebContents>();
  function watch(contents: WebContents): void {
    if (watched.has(contents)) return;
    watched.add(contents);
    contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) endPage(contents);
    });
    contents.on('render-process-gone', () => endPage(contents));
    contents.on('destroyed', () => endPage(contents));
  }

  ipcMain.handle(
    ipcChannels.request,
    async (event, method: unknown, params: unknown): Promise<Result<unknown>> => {
      if (!isTrusted(event)) return refuse('this frame may not ask');
      if (typeof method !== 'string' || !isRequestMethod(method)) return refuse('unknown request');
      watch(event.sender);
      return pageOf(event.sender).screen.request(method, params);
    },
  );

  ipcMain.on(ipcChannels.subscribe, (event, id: unknown) => {
    if (!isTrusted(event) || typeof id !== 'number') return;
    const { sender } = event;
    watch(sender);
    const { screen, unsubscribe } = pageOf(sender);
    if (unsubscribe.has(id)) return;
    const stop = screen.subscribe((contractEvent) => {
      if (!sender.isDestroyed()) sender.send(ipcChannels.event, id, contractEvent);
    });
    unsubscribe.set(id, stop);
  });

  ipcMain.on(ipcChannels.unsubscribe, (event, id: unknown) => {
    if (!isTrusted(event) || typeof id !== 'number') return;
    const page = pages.get(event.sender);
    page?.unsubscribe.get(id)?.();
    page?.unsubscribe.delete(id);
  });

  return () => {
    ipcMain.removeHandler(ipcChannels.request);
    ipcMain.removeAllListeners(ipcChannels.subscribe);
    ipcMain.removeAllListeners(ipcChannels.unsubscribe);
    for (const contents of [...pages.keys()]) endPage(contents);
  };
}

function refuse(reason: string): Result<never> {
  return err(appError('BAD_REQUEST', reason, { details: { reason } }));
}
