import type { Stats } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { AppErrorException, appError } from '../shared/errors.ts';

/**
 * What the system says of a plain file of this user; null where there is none. Rejects with FILE_NOT_OURS for a link, another owner or
 * anything but a plain file, and with the system's errors.
 */
export async function statOwn(
  file: string,
  { lstat }: { lstat(path: string): Promise<Stats> } = nodeFs,
): Promise<Stats | null> {
  const stats = await lstat(file).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null;
    throw thrown;
  });
  if (stats === null) return null;
  const isMine = process.getuid === undefined || stats.uid === process.getuid();
  if (stats.isFile() && isMine) return stats;
  throw new AppErrorException(
    appError('FILE_NOT_OURS', 'not a plain file of this user', { details: { file } }),
  );
}
