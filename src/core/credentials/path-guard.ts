import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/**
 * Says who else could have had a hand in a file. The answer is null for "nobody", else a key of
 * `causes.SECRET_FILE_UNUSABLE` and `causes.SECRET_COMMAND_UNTRUSTED`.
 */
export type PathGuard = {
  /** Nobody else may read or change it, and it has one name only. */
  isPrivate(path: string, stats: Stats): Promise<Cause | null>;
  /** Nobody else may change it. */
  isUnchangeable(path: string, stats: Stats): Promise<Cause | null>;
};

type Cause = 'foreign' | 'open' | 'hardlinked' | 'unverifiable';

/** By owner and mode. */
export function createPosixGuard(uid: number): PathGuard {
  return {
    async isPrivate(_path, stats) {
      if (stats.uid !== uid) return 'foreign';
      if (stats.nlink !== 1) return 'hardlinked';
      return (stats.mode & 0o077) === 0 ? null : 'open';
    },
    async isUnchangeable(_path, stats) {
      if (stats.uid !== uid) return 'foreign';
      return (stats.mode & 0o022) === 0 ? null : 'open';
    },
  };
}

/** Where owner and mode say nothing, nothing can be verified: fails closed, and there is no way round it. */
export const closedGuard: PathGuard = {
  isPrivate: async () => 'unverifiable',
  isUnchangeable: async () => 'unverifiable',
};

/** The guard of this system. Windows has access lists, which Node cannot read. */
export function systemGuard(): PathGuard {
  return process.getuid === undefined ? closedGuard : createPosixGuard(process.getuid());
}

/** A plain file's facts without following a link, or why there are none. Never rejects. */
export async function plainFile(
  path: string,
): Promise<
  | { readonly ok: true; readonly stats: Stats }
  | { readonly ok: false; readonly cause: 'absent' | 'forbidden' | 'link' | 'notAFile' }
> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return { ok: false, cause: 'link' };
    return stats.isFile() ? { ok: true, stats } : { ok: false, cause: 'notAFile' };
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return { ok: false, cause: code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'forbidden' };
  }
}
