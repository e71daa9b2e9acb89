import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { GatewayClock } from '../clock.ts';
import type { Endpoint } from './binds.ts';
import { type ConnectionDeps, serveConnection } from './connection.ts';
import type { Gate } from './gate.ts';
import { acceptUpgrade, createHttpServer, type HttpDeps } from './http.ts';
import { listenEverywhere } from './listen.ts';

export type GatewayServer = {
  /** Listens on all endpoints with one port and resolves with it; rejects as {@link listenEverywhere} does. */
  listen(endpoints: readonly Endpoint[], port: number, gate: Gate): Promise<number>;
  /**
   * Takes leave of all sockets, strangers in their handshake included, and cuts off who does not answer in
   * time.
   */
  close(): Promise<void>;
};

/** How long clients get to answer the close frame of a shutdown. */
const GOODBYE_MS = 1_000;

/** HTTP and WebSocket on one port. Inert until `listen`. */
export function createServer(deps: {
  http: HttpDeps;
  connection: Omit<ConnectionDeps, 'onDidAdmit'>;
}): GatewayServer {
  const { clock, limits, logger } = deps.connection;
  const { strangers } = deps.http;
  let isOpen = true;
  const listening: Server[] = [];
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxPayloadBytes,
    perMessageDeflate: false,
  });

  const makeServer = (gate: Gate): Server => {
    const http = createHttpServer(gate, deps.http);
    http.on('connection', (socket) => strangers.arrived(socket, socket.remoteAddress ?? ''));
    http.on('upgrade', async (request, socket, head) => {
      // A peer that resets in the middle of an upgrade must not take the process down.
      socket.on('error', (error) => logger.debug({ reason: error.message }, 'a socket broke'));
      const ingress = isOpen ? await acceptUpgrade(gate, strangers, request, socket) : null;
      if (!isOpen) return void socket.destroy();
      if (ingress === null) return;
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        const onDidAdmit = () => strangers.known(socket);
        serveConnection(accepted, { request, ingress }, { ...deps.connection, onDidAdmit });
      });
    });
    return http;
  };

  return {
    async listen(endpoints, port, gate) {
      const listened = await listenEverywhere(endpoints, port, () => makeServer(gate));
      listening.push(...listened.servers);
      return listened.port;
    },
    async close() {
      isOpen = false;
      for (const socket of sockets.clients) socket.close(1012, 'service restart');
      await Promise.all(listening.map((http) => closeServer(http, sockets, clock)));
    },
  };
}

function closeServer(http: Server, sockets: WebSocketServer, clock: GatewayClock): Promise<void> {
  return new Promise((resolve) => {
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
