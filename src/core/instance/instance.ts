import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { z } from 'zod';
import { controlEndpoint } from './control-endpoint.ts';

/** What a running Chela answers to a second start. `link` is null where it has shown its own window instead. */
const replySchema = z.object({ link: z.string().nullable() });
export type InstanceReply = z.infer<typeof replySchema>;

export type Claim =
  | { readonly tag: 'claimed'; release(): Promise<void> }
  /** `reply` is null when the other one runs but does not answer. */
  | { readonly tag: 'running'; readonly reply: InstanceReply | null };

export type ClaimOptions = {
  dataDir: string;
  /** Called for every later start on the same directory. */
  onSecondStart: () => InstanceReply | Promise<InstanceReply>;
  replyWithinMs?: number;
};

const OPEN = 'open\n';

/**
 * Makes this process the only Chela on a data directory, whatever its edge. The proof of life is a listening
 * socket, which goes with its process; the lock file only keeps two starts from deciding at the same time.
 * Rejects when the socket can be neither reached nor made.
 */
export async function claimInstance({
  dataDir: named,
  onSecondStart,
  replyWithinMs = 3000,
}: ClaimOptions): Promise<Claim> {
  const dataDir = realpathSync(named);
  const unlock = await lock(dataDir, {
    lockfilePath: join(dataDir, 'start.lock'),
    stale: 5000,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 250, factor: 1.5 },
  });
  try {
    const { path, directory } = controlEndpoint(dataDir);
    if (directory !== null) ensureOwnDirectory(directory);
    const other = await reach(path);
    if (other) return { tag: 'running', reply: await askToOpen(other, replyWithinMs) };
    const close = await listen(path, onSecondStart);
    return {
      tag: 'claimed',
      release: close,
    };
  } finally {
    await unlock();
  }
}

/** Null where nobody listens: there is no such socket, or the process that made it has died. */
async function reach(path: string): Promise<Socket | null> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw thrown;
  }
}

async function askToOpen(socket: Socket, withinMs: number): Promise<InstanceReply | null> {
  socket.setTimeout(withinMs, () => socket.destroy());
  socket.write(OPEN);
  let text = '';
  try {
    for await (const chunk of socket) text += chunk;
    return replySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Returns the way to stop. */
async function listen(
  path: string,
  onSecondStart: ClaimOptions['onSecondStart'],
): Promise<() => Promise<void>> {
  const isFile = process.platform !== 'win32';
  if (isFile) rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(5000, () => socket.destroy());
    socket.once('data', (data) => {
      if (data.toString() !== OPEN) return socket.destroy();
      void Promise.resolve(onSecondStart()).then(
        (reply) => socket.end(JSON.stringify(reply)),
        () => socket.destroy(),
      );
    });
  });
  server.listen(path);
  await once(server, 'listening');
  if (isFile) chmodSync(path, 0o600);
  // It serves the process and must not keep it alive.
  server.unref();
  return async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
}

function ensureOwnDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = lstatSync(directory);
  const isOurs = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
  if (!isOurs) throw new Error(`${directory} is not a private directory of this user`);
}
