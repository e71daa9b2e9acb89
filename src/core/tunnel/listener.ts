import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { joinStreams } from './pipe.ts';

/** Opens the far end for one connection. */
type Outlet = () => Promise<Duplex>;

/**
 * The local end of a tunnel, on 127.0.0.1. It outlives the SSH sessions behind it: the port, and with it the
 * origin of every page on it, never changes while sessions come and go.
 */
export type TunnelListener = {
  /** Resolves with the port (0 asks for any). Rejects with PORT_IN_USE or PORT_FORBIDDEN. */
  start(): Promise<number>;
  /** Cuts all connections and frees the port. */
  stop(): Promise<void>;
  /**
   * Where connections go from now on; those of the outlet before are cut. With null, new ones wait: one that is
   * not through after ten seconds is closed.
   */
  setOutlet(outlet: Outlet | null): void;
};

const holdMs = 10_000;

const host = '127.0.0.1';

type Held = { readonly socket: Socket; readonly release: () => void };

/** `reason`: why nothing goes through at the moment. Where it is given, connections that came in vain are told in HTTP. */
export function createTunnelListener(
  port: number,
  clock: Clock,
  reason?: () => AppError | null,
): TunnelListener {
  const sockets = new Set<Socket>();
  const held = new Set<Held>();
  const cuts = new Set<() => void>();
  let server: Server | null = null;
  let outlet: Outlet | null = null;

  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    // A reset ends in 'close', which is what counts.
    socket.on('error', () => {});
    const cancel = clock.after(holdMs, () => turnAway(socket));
    const waiting: Held = {
      socket,
      release: () => {
        cancel();
        held.delete(waiting);
      },
    };
    held.add(waiting);
    socket.once('close', waiting.release);
    if (outlet) void connect(waiting, outlet);
  };

  const turnAway = (socket: Socket) => {
    const why = reason?.();
    if (!why) return void socket.destroy();
    socket.end(unavailable(why));
    // Whoever does not hang up at that is hung up on.
    socket.resume();
    socket.once('finish', () => socket.destroySoon());
  };

  /** Nothing was read from the socket yet, so it can be tried again with the next outlet. */
  const connect = async (waiting: Held, through: Outlet) => {
    const { socket } = waiting;
    let channel: Duplex;
    try {
      channel = await through();
    } catch {
      if (outlet === through) turnAway(socket);
      return;
    }
    if (outlet !== through) return;
    if (socket.destroyed) {
      channel.resume();
      channel.destroy();
      return;
    }
    waiting.release();
    const cut = joinStreams(socket, channel, () => cuts.delete(cut));
    cuts.add(cut);
  };

  const cutAll = () => {
    for (const cut of [...cuts]) cut();
  };

  return {
    start() {
      return new Promise((resolve, reject) => {
        const created = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept);
        created.once('error', (error) => reject(describeListenError(error, port)));
        created.listen({ port, host, exclusive: true }, () => {
          const address = created.address();
          server = created;
          resolve(address !== null && typeof address === 'object' ? address.port : port);
        });
      });
    },
    async stop() {
      outlet = null;
      cutAll();
      for (const socket of [...sockets]) socket.destroy();
      const closing = server;
      server = null;
      if (closing) await new Promise((resolve) => closing.close(resolve));
    },
    setOutlet(next) {
      outlet = next;
      cutAll();
      if (next) for (const waiting of [...held]) void connect(waiting, next);
    },
  };
}

/** Every client of a Gateway's port begins in HTTP, WebSockets too. */
function unavailable({ code, message }: AppError): string {
  const body = JSON.stringify({ code, message });
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function describeListenError(error: Error, port: number): AppErrorException {
  const code = 'code' in error ? error.code : '';
  const details = { port };
  if (code === 'EADDRINUSE')
    return new AppErrorException(appError('PORT_IN_USE', error.message, { details }));
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppErrorException(appError('PORT_FORBIDDEN', error.message, { details }));
  }
  return new AppErrorException(appError('INTERNAL', error.message));
}
