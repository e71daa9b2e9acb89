import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandState } from '../../shared/contract/command.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { type LinkPlace, linkCommand, lookAtCommand, unlinkCommand } from './command-link.ts';
import { type ShellPath, withShellPath } from './shell-path.ts';
import { findSystemNode } from './system-node.ts';

export type AppCommand = {
  state(): Promise<Result<CommandState>>;
  link(): Promise<Result<CommandState>>;
  unlink(): Promise<Result<CommandState>>;
};

type Options = LinkPlace & {
  /** The built `cli.js`; undefined where there can be none. */
  target: string | undefined;
  shellPath?: ShellPath | undefined;
};

/** An AppImage and a quarantined app are mounted anew, somewhere else, at every start. */
const TEMPORARY = /[\\/](\.mount_[^\\/]+|AppTranslocation)[\\/]/;

/** The command `chela` as Settings shows, makes and removes it (R11). */
export function createAppCommand({ target, shellPath, ...surroundings }: Options): AppCommand {
  async function placeNow(): Promise<LinkPlace> {
    return { ...surroundings, env: await withShellPath(surroundings.env, shellPath) };
  }

  /** The file to link, or why there is none. */
  async function linkable(): Promise<{ file: string } | { reason: 'absent' | 'temporary' }> {
    if (target === undefined) return { reason: 'absent' };
    if (TEMPORARY.test(target)) return { reason: 'temporary' };
    return access(target).then(
      () => ({ file: target }),
      () => ({ reason: 'absent' }),
    );
  }

  async function state(): Promise<Result<CommandState>> {
    const built = await linkable();
    if ('reason' in built) return ok({ state: 'unavailable', ...built });
    const place = await placeNow();
    const [found, node] = await Promise.all([lookAtCommand(built.file, place), findSystemNode(place.env)]);
    if (!found.ok) return found;
    const { file: path, standing, isOnPath, pathLine } = found.value;
    const nodeVersion = node.tag === 'missing' ? null : node.version;
    return ok({ state: standing, path, isOnPath, pathLine, node: node.tag, nodeVersion });
  }

  return {
    state,
    async link() {
      const built = await linkable();
      if ('reason' in built) {
        return err(
          appError('NOT_AVAILABLE', 'no command to link', {
            details: { reason: 'This Chela has no command' },
          }),
        );
      }
      const made = await linkCommand(built.file, await placeNow());
      return made.ok ? state() : made;
    },
    async unlink() {
      const removed = await unlinkCommand(await placeNow());
      return removed.ok ? state() : removed;
    },
  };
}

/** The built command beside the other programs in `outMain`; in a packed app outside the archive, for a plain Node. */
export function commandFileIn(outMain: string): string {
  const unpacked = outMain.replace(/([\\/])app\.asar([\\/])/, '$1app.asar.unpacked$2');
  return join(unpacked, 'cli.js');
}
