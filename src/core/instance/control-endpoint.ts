import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ControlEndpoint = {
  /** A Unix socket, or a named pipe on Windows. */
  readonly path: string;
  /** A private directory that has to be there first; null where it is the data directory or a pipe. */
  readonly directory: string | null;
};

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the final NUL. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Where the Chela of one data directory listens for a second start. Pure, but for the temporary directory. */
export function controlEndpoint(
  dataDir: string,
  system: { platform: string; uid: number | undefined; tmpDir: string } = {
    platform: process.platform,
    uid: process.getuid?.(),
    tmpDir: tmpdir(),
  },
): ControlEndpoint {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  if (system.platform === 'win32') return { path: `\\\\.\\pipe\\chela-${name}`, directory: null };
  const path = join(dataDir, 'control.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return { path, directory: null };
  const directory = join(system.tmpDir, `chela-${system.uid}`);
  return { path: join(directory, `${name}.sock`), directory };
}
