import { join } from 'node:path';
import { readPrivateFile } from '../../core/device/private-file.ts';

/** The token that the embedded Gateway made for itself; null where it made none, or it cannot be read. */
export async function readGeneratedToken(dataDir: string): Promise<string | null> {
  const stored = await readPrivateFile(fileIn(dataDir));
  return (stored.ok && stored.value?.trim()) || null;
}

/** Where it is. Null where there is none. */
export async function findGeneratedToken(dataDir: string): Promise<string | null> {
  return (await readGeneratedToken(dataDir)) === null ? null : fileIn(dataDir);
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'gateway-token');
}
