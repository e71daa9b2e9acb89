import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

export type StablePortOptions = {
  /** The first of the ports that nobody is assigned (RFC 6335) when absent. */
  readonly min?: number | undefined;
  readonly tries?: number | undefined;
  readonly isFree?: ((port: number) => Promise<boolean>) | undefined;
};

const maxPort = 65535;

/**
 * A port that is the same for the same target on every day, so that the origin of pages on it stays too: by the
 * target's hash, or the next one that is free. Null where `tries` ports in a row are taken.
 */
export async function stablePortFor(target: string, options: StablePortOptions = {}): Promise<number | null> {
  const { min = 49152, tries = 32, isFree = isPortFree } = options;
  const count = maxPort - min + 1;
  const start = createHash('sha256').update(target.trim()).digest().readUInt32BE(0) % count;
  for (let offset = 0; offset < tries; offset++) {
    const port = min + ((start + offset) % count);
    if (await isFree(port)) return port;
  }
  return null;
}

/** By listening there for a moment. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
