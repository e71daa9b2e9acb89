import { assertNever } from '../../shared/assert-never.ts';
import type { TunnelPlan, TunnelStepId, ValidTunnelChoices } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { type FileFacts, fileFacts } from './facts.ts';
import type { InstalledRecord, Journal, Undo } from './journal.ts';
import { filesOfKey } from './keys.ts';
import { lingerCommand } from './linger.ts';
import { digestOf } from './owned-file.ts';
import { fileStep, finish, identify, type ManagerFacts, note } from './plan.ts';
import { bytesBefore } from './undo.ts';

export type UninstallFacts = {
  readonly record: InstalledRecord;
  /** What stays. */
  readonly skip: readonly TunnelStepId[];
  /** By the way back that they belong to. */
  readonly files: ReadonlyMap<Undo, FileFacts>;
};

/** What lies on the host is asked for, and the token serves the app's own tunnel as well. */
const staysByItself: readonly TunnelStepId[] = ['copyKey', 'token'];

/** Rejects with TUNNEL_SERVICE_ABSENT. */
export async function gatherUninstall(journal: Journal, asked: ValidTunnelChoices): Promise<UninstallFacts> {
  const record = journal.installed;
  if (record === null) throw new AppErrorException(appError('TUNNEL_SERVICE_ABSENT', 'nothing to remove'));
  const files = new Map<Undo, FileFacts>();
  for (const undo of record.undo) {
    if (undo.kind !== 'file') continue;
    const facts = await fileFacts(undo.file, null, undo.step === 'service' ? 'service' : 'config');
    files.set(undo, { ...facts, wanted: bytesBefore(undo, facts.now) });
  }
  return { record, skip: asked.skip ?? staysByItself, files };
}

/** Pure: the way back, the last step of the installation first. */
export function planUninstall(facts: UninstallFacts, manager: ManagerFacts): TunnelPlan {
  const { record, skip, files } = facts;
  const { facts: installed } = record;
  const steps = [...stepsOf(record.undo)].map(([id, undos]) => {
    const drafts = undos.map((undo) => draftOf(undo, facts, manager));
    const merged = {
      files: drafts.flatMap((draft) => draft.files ?? []),
      commands: drafts.flatMap((draft) => draft.commands ?? []),
      notes: drafts.flatMap((draft) => draft.notes ?? []),
      error: drafts.find((draft) => draft.error)?.error ?? null,
    };
    const isDone = drafts.every(({ state }) => state === 'done');
    return finish(id, { ...merged, state: isDone ? 'done' : 'needed' }, skip, 'uninstall');
  });
  const wasThere = record.hostKey?.wasThere === true;
  if (wasThere) steps.push(finish('copyKey', { state: 'done', notes: [note('keyWasThere')] }, []));
  return identify(
    {
      what: 'uninstall',
      manager: manager.kind,
      target: installed.target,
      destination: installed.destination,
      alias: installed.alias,
      localPort: installed.localPort,
      gatewayPort: installed.gatewayPort,
      keys: [],
      chosen: { key: installed.keyFile, createKey: false, keyUse: null, token: 'keep' },
      steps,
      isReady: steps.every(({ state }) => state !== 'blocked'),
      // Even with nothing left on the disk there is our record to close.
      isNothing: false,
    },
    [...files.values()],
  );
}

/** What of a way back is taken again. R35: what was moved to the Trash stays there. */
export type TakenBack = Exclude<Undo, { kind: 'legacy' }>;

/** By their steps, the last one first. */
export function stepsOf(undos: readonly Undo[]): Map<TunnelStepId, TakenBack[]> {
  const takenBack = undos.filter((undo) => undo.kind !== 'legacy');
  return Map.groupBy(takenBack.toReversed(), ({ step }) => step);
}

function draftOf(
  undo: TakenBack,
  { files }: UninstallFacts,
  manager: ManagerFacts,
): Parameters<typeof finish>[1] {
  switch (undo.kind) {
    case 'file': {
      const facts = files.get(undo);
      if (!facts) return { state: 'done' };
      const isChanged = digestOf(facts.now?.bytes ?? null) !== undo.after && facts.now !== null;
      return {
        ...fileStep(facts, facts.error),
        notes: isChanged ? [note('changedSince', { file: undo.file })] : [],
      };
    }
    case 'service': {
      const commands = undo.wasActive ? manager.activation() : manager.deactivation();
      return { commands: commands.map((argv) => ({ argv: [...argv], where: 'here' as const })) };
    }
    case 'key':
      return {
        files: filesOfKey(undo.file).map((file) => ({ file, change: 'remove', diff: '' })),
        notes: [note('keyMade', { file: undo.file })],
      };
    case 'hostKey': {
      const file = '~/.ssh/authorized_keys';
      return {
        files: [{ file, change: 'remote', diff: `--- ${file}\n+++ ${file}\n@@ -1 +0,0 @@\n-${undo.line}\n` }],
      };
    }
    case 'linger':
      return { commands: [{ argv: lingerCommand(undo.wasOn), where: 'here' }] };
    case 'log':
      return { files: [{ file: undo.file, change: 'remove', diff: '' }] };
    case 'token':
      return {};
    default:
      return assertNever(undo);
  }
}
