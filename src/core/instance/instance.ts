import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { reachControl } from './control-client.ts';
import { controlEndpoint } from './control-endpoint.ts';
import type { OpenReply } from './control-protocol.ts';
import { type ControlDoor, serveControl } from './control-server.ts';

export type Claim =
  | { readonly tag: 'claimed'; release(): Promise<void> }
  /** `reply` is null when the other one runs but does not answer. */
  | { readonly tag: 'running'; readonly reply: OpenReply | null };

export type ClaimOptions = {
  dataDir: string;
  /** What later starts and the command line may ask of this process. */
  door: ControlDoor;
  replyWithinMs?: number | undefined;
};

/**
 * Makes this process the only Chela on a data directory, whatever its edge. The proof of life is a listening
 * socket, which goes with its process; the lock file only keeps two starts from deciding at the same time.
 * Rejects when the socket can be neither reached nor made.
 */
export async function claimInstance({
  dataDir: named,
  door,
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
    const other = await reachControl(path);
    if (other) {
      const reply = await other.request('open', {}, replyWithinMs);
      other.close();
      return { tag: 'running', reply: reply.ok ? reply.value : null };
    }
    return { tag: 'claimed', release: await serveControl(path, door) };
  } finally {
    await unlock();
  }
}

function ensureOwnDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = lstatSync(directory);
  const isOurs = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
  if (!isOurs) throw new Error(`${directory} is not a private directory of this user`);
}
