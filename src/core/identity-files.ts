import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Private keys in `~/.ssh`, as absolute paths in alphabetical order. Known by their first line; nothing more is read. */
export async function listIdentityFiles(homeDir: string): Promise<string[]> {
  const folder = join(homeDir, '.ssh');
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pub'))
    .map((entry) => join(folder, entry.name));
  const flags = await Promise.all(files.map(startsLikePrivateKey));
  return files.filter((_file, index) => flags[index]).sort();
}

async function startsLikePrivateKey(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^-----BEGIN (\w+ )*PRIVATE KEY-----/.test(buffer.toString('latin1', 0, bytesRead));
  } catch {
    return false;
  }
}
