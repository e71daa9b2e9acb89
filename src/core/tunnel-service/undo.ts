import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertNever } from '../../shared/assert-never.ts';
import { persistentTunnel } from '../port-holder/persistent-tunnel.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { addAuthorizedKey, removeAuthorizedKey } from './authorized-keys.ts';
import type { Undo } from './journal.ts';
import { filesOfKey, removeTunnelKey } from './keys.ts';
import { setLinger } from './linger.ts';
import { digestOf, type FileState, readOwned, removeDirectories, replaceOwned } from './owned-file.ts';
import { legacyAgent, type Place } from './place.ts';
import type { ServiceManager } from './service-manager.ts';
import { findBlock, withoutBlock } from './ssh-config-text.ts';

/** What a way back goes by. */
export type UndoTools = {
  readonly place: Place;
  readonly manager: ServiceManager;
  /** A session with that host, asked for once. */
  readonly connect: (target: string) => Promise<SshConnection>;
  readonly forgetToken: () => Promise<void>;
};

export type FileUndo = Extract<Undo, { kind: 'file' }>;

/**
 * What a file is to be again: its bytes of before, byte for byte. Where somebody has changed it since, only our own part goes: the block of
 * an SSH configuration, or a service's definition, which is ours as a whole.
 */
export function bytesBefore(undo: FileUndo, now: FileState | null): Buffer | null {
  const before = undo.before === null ? null : Buffer.from(undo.before, 'base64');
  const digest = digestOf(now?.bytes ?? null);
  if (undo.step === 'service' || digest === undo.after || digest === digestOf(before)) return before;
  const text = now?.bytes.toString('latin1') ?? '';
  if (now === null || findBlock(text).tag !== 'block') return now?.bytes ?? null;
  const bare = withoutBlock(text);
  return bare === '' && before === null ? null : Buffer.from(bare, 'latin1');
}

/** Undoes one act; harmless where it was never done. Answers what is as before, to show. */
export async function undoOne(undo: Undo, tools: UndoTools): Promise<string> {
  const { place, manager } = tools;
  switch (undo.kind) {
    case 'file': {
      const now = await readOwned(undo.file);
      const bytes = bytesBefore(undo, now);
      if (digestOf(bytes) !== digestOf(now?.bytes ?? null)) {
        await replaceOwned(undo.file, now?.bytes ?? null, bytes && { bytes, mode: undo.mode });
      }
      await removeDirectories(undo.directories);
      if (undo.step === 'service') await manager.forget();
      return undo.file;
    }
    case 'service':
      await (undo.wasActive ? manager.activate() : manager.deactivate());
      return manager.label;
    case 'key':
      await removeTunnelKey(undo.file, undo.madeDirectory);
      return filesOfKey(undo.file)[0] ?? undo.file;
    case 'hostKey': {
      const connection = await tools.connect(undo.target);
      if (undo.change === 'removed') await addAuthorizedKey(connection, undo.line);
      else await removeAuthorizedKey(connection, undo.line, undo.wasCreated);
      return `${undo.target}:~/.ssh/authorized_keys`;
    }
    case 'linger':
      await setLinger(place, undo.wasOn);
      return 'linger';
    case 'legacy':
      await restoreLegacy(undo, place);
      return persistentTunnel.legacyLabel;
    case 'token':
      await tools.forgetToken();
      return 'token';
    case 'log':
      await rm(undo.file, { force: true });
      await removeDirectories(undo.directories);
      return undo.file;
    default:
      return assertNever(undo);
  }
}

async function restoreLegacy(undo: Extract<Undo, { kind: 'legacy' }>, place: Place): Promise<void> {
  await mkdir(dirname(undo.file), { recursive: true });
  await rename(undo.trashed, undo.file).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  if (undo.wasLoaded) await legacyAgent(place).activate();
}
