import type { Server } from 'node:http';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { Endpoint } from './binds.ts';

/** The system answers so when the address does not exist here. */
const notHere = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** True for a failure to listen because this computer lacks the address (R23: `auto` then takes another one). */
export function isAddressMissing(thrown: unknown): boolean {
  return thrown instanceof AppErrorException && notHere.has(String(thrown.error.details?.reason));
}

/** Another program may hold the port that the system chose for the first address. */
const ATTEMPTS = 5;

/**
 * Listens on every endpoint with one port and resolves with it; `makeServer` is asked for one server per endpoint.
 * Port 0 lets the system choose. Rejects with {@link AppErrorException}: PORT_IN_USE, PORT_FORBIDDEN,
 * LOCAL_GATEWAY_FAILED; then nothing listens.
 */
export async function listenEverywhere(
  endpoints: readonly Endpoint[],
  port: number,
  makeServer: () => Server,
): Promise<{ port: number; servers: readonly Server[] }> {
  for (let attempt = 1; ; attempt += 1) {
    const servers: Server[] = [];
    let chosen = port;
    try {
      for (const { host, isOptional } of endpoints) {
        const server = makeServer();
        try {
          chosen = await listenOn(server, host, chosen);
          servers.push(server);
        } catch (thrown) {
          if (!isOptional || !isAddressMissing(thrown)) throw thrown;
        }
      }
      return { port: chosen, servers };
    } catch (thrown) {
      await Promise.all(servers.map(closeQuietly));
      const isUnlucky =
        port === 0 && thrown instanceof AppErrorException && thrown.error.code === 'PORT_IN_USE';
      if (!isUnlucky || attempt === ATTEMPTS) throw thrown;
    }
  }
}

/** Listens on one address only, and resolves with the port. */
function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const code =
        error.code === 'EADDRINUSE'
          ? 'PORT_IN_USE'
          : error.code === 'EACCES'
            ? 'PORT_FORBIDDEN'
            : 'LOCAL_GATEWAY_FAILED';
      reject(
        new AppErrorException(
          appError(code, error.message, { details: { port, reason: error.code ?? error.message } }),
        ),
      );
    };
    server.once('error', onError);
    server.listen({ host, port, exclusive: true, ipv6Only: host.includes(':') }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeQuietly(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
