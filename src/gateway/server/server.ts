import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { GatewayClock } from '../clock.ts';
import { type ConnectionDeps, serveConnection } from './connection.ts';
import { acceptUpgrade, createHttpServer, listenOnLoopback, type Vitals } from './http.ts';

export type GatewayServer = {
  /** Resolves with the port; rejects as {@link listenOnLoopback} does. */
  listen(port: number): Promise<number>;
  /** No more newcomers. Those who are here stay until {@link GatewayServer.close}. */
  refuseNewcomers(): void;
  /**
   * Takes leave of all sockets, strangers in their handshake included, and cuts off who does not answer in
   * time.
   */
  close(): Promise<void>;
};

/** How long clients get to answer the close frame of a shutdown. */
const GOODBYE_MS = 1_000;

/** HTTP and WebSocket on one port. Inert until `listen`. */
export function createServer(deps: { vitals: Vitals; connection: ConnectionDeps }): GatewayServer {
  const { clock, limits, logger } = deps.connection;
  let isOpen = true;
  const http = createHttpServer(deps.vitals);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxPayloadBytes,
    perMessageDeflate: false,
  });
  http.on('upgrade', (request, socket, head) => {
    // A peer that resets in the middle of an upgrade must not take the process down.
    socket.on('error', (error) => logger.debug({ reason: error.message }, 'a socket broke'));
    if (!isOpen) return void socket.destroy();
    if (!acceptUpgrade(request, socket)) return;
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      serveConnection(accepted, request, deps.connection);
    });
  });
  return {
    listen: (port) => listenOnLoopback(http, port),
    refuseNewcomers() {
      isOpen = false;
    },
    close: () => closeServer(http, sockets, clock),
  };
}

function closeServer(http: Server, sockets: WebSocketServer, clock: GatewayClock): Promise<void> {
  return new Promise((resolve) => {
    for (const socket of sockets.clients) socket.close(1012, 'service restart');
    const cancel = clock.after(GOODBYE_MS, () => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
    });
    http.close(() => {
      cancel();
      resolve();
    });
    http.closeIdleConnections();
  });
}
