import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import send from 'send';
import { DIAGRAM_FOLDER } from '../../shared/contract/diagram.ts';
import { BRIDGE_PATH, SESSION_PATH } from '../../shared/contract/web-bridge.ts';
import { diagramHeaders, type PageFrames, pageHeadersFor } from './page-headers.ts';
import { classifyHost, isOurOrigin, oursAt } from './request-guard.ts';

/** The browser edge's way in. Host and Origin have been checked before it hears of anything. */
export type PageBridge = {
  /** POST on {@link SESSION_PATH}. Ends the response itself. */
  handleSession(request: IncomingMessage, response: ServerResponse): void;
  /** Upgrade on {@link BRIDGE_PATH}. Owns the socket from then on. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): Promise<void>;
};

export type PageServerOptions = {
  /** The built renderer. */
  rootDir: string;
  /** 0: any free one. */
  port: number;
  /** null: {@link SESSION_PATH} and {@link BRIDGE_PATH} do not exist (Electron). */
  bridge: PageBridge | null;
} & PageFrames;

export type PageServer = {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly port: number;
  /** Resolves when nothing listens any more, whether it was asked to stop or not. */
  readonly closed: Promise<void>;
  /** Stops the bridge, cuts every connection. Safe to call twice. */
  stop(): Promise<void>;
};

/**
 * Serves the built renderer on 127.0.0.1. A request under another Host than 127.0.0.1:<port> is refused with
 * 421; `localhost:<port>` is sent to the address with 308 where it only reads. A POST or an upgrade needs our
 * own Origin (403).
 *
 * Rejects with the listener's error (`EADDRINUSE`, `EACCES`), or with `ENOENT` where the page is not built.
 */
export async function startPageServer({
  rootDir,
  port,
  bridge,
  ...frames
}: PageServerOptions): Promise<PageServer> {
  await stat(join(rootDir, 'index.html'));

  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 30_000 });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const ours = oursAt((server.address() as AddressInfo).port);

  const forPages = pageHeadersFor(frames);
  const forDiagrams = diagramHeaders(ours.origin);

  server.on('request', (request, response) => {
    const path = pathOf(request);
    const headers = path?.startsWith(DIAGRAM_FOLDER) ? forDiagrams : forPages;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const host = classifyHost(request.headers.host, ours);

    if (host === 'alias' && reads && path !== null) {
      response.setHeader('Location', `${ours.origin}${request.url}`);
      return refuse(response, 308);
    }
    if (host !== 'ours') return refuse(response, 421);
    if (path === null) return refuse(response, 400);
    if (path === SESSION_PATH || path === BRIDGE_PATH) {
      if (bridge === null || path === BRIDGE_PATH) return refuse(response, 404);
      if (request.method !== 'POST') return refuse(response, 405);
      if (!isOurOrigin(request.headers.origin, ours)) return refuse(response, 403);
      return bridge.handleSession(request, response);
    }
    if (!reads) return refuse(response, 405);
    sendFile(request, response, path, rootDir);
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (classifyHost(request.headers.host, ours) !== 'ours') return refuseUpgrade(socket, 421);
    if (bridge === null || pathOf(request) !== BRIDGE_PATH) return refuseUpgrade(socket, 404);
    if (!isOurOrigin(request.headers.origin, ours)) return refuseUpgrade(socket, 403);
    bridge.handleUpgrade(request, socket, head);
  });

  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  // A listener that breaks while it runs (e.g. out of file descriptors) is a closed one to whoever waits for it.
  server.on('error', () => server.close());

  let stopping: Promise<void> | null = null;
  async function stop(): Promise<void> {
    await bridge?.stop();
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    origin: ours.origin,
    port: Number((server.address() as AddressInfo).port),
    closed,
    stop: () => (stopping ??= stop()),
  };
}

/** The path as sent, without the query; null where the target is not in origin form. */
function pathOf(request: IncomingMessage): string | null {
  const [path = ''] = (request.url ?? '').split('?', 1);
  return path.startsWith('/') ? path : null;
}

function sendFile(request: IncomingMessage, response: ServerResponse, path: string, root: string): void {
  // `send` refuses `..`, NUL and what lies outside `root`.
  send(request, path, {
    root,
    index: 'index.html',
    dotfiles: 'ignore',
    cacheControl: false,
    acceptRanges: false,
  })
    .on('error', (error: { status?: number }) => refuse(response, error.status ?? 500))
    .on('directory', () => refuse(response, 404))
    .pipe(response);
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
};

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
