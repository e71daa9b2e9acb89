import type { TunnelOutcome, TunnelRun, TunnelStepId } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import type { FileFacts } from './facts.ts';
import { type Journal, type PendingRecord, readJournal, type Undo, writeJournal } from './journal.ts';
import { digestOf, replaceOwned } from './owned-file.ts';
import { type UndoTools, undoOne } from './undo.ts';

export type Transaction = {
  /** Writes the way back down; only then the act itself may be done. */
  note(undo: Undo): Promise<void>;
  /** Replaces a file of ours by what is wanted. Does nothing where it is so already. */
  writeFile(step: TunnelStepId, facts: FileFacts, mode: number): Promise<void>;
};

export type Act = (transaction: Transaction) => Promise<void>;

export type RunStep = { readonly id: TunnelStepId; readonly act: Act | null };

export type TransactionOptions = {
  readonly dataDir: string;
  readonly pending: Omit<PendingRecord, 'done'>;
  /** In their order; `act: null` is left out. */
  readonly steps: readonly RunStep[];
  readonly undoTools: UndoTools;
  /** What the journal says when all went well. */
  readonly installed: (undo: readonly Undo[]) => Journal['installed'];
  readonly onProgress: (steps: TunnelRun['steps']) => void;
  readonly signal: AbortSignal;
};

/** All of its steps, or everything back as it was. Never rejects once it has begun; a first journal that cannot be written rejects. */
export async function runTransaction(options: TransactionOptions): Promise<TunnelOutcome> {
  const { dataDir, steps, signal, onProgress } = options;
  const journal = await readJournal(dataDir);
  const pending: PendingRecord = { ...options.pending, undo: [...options.pending.undo], done: [] };
  const save = () => writeJournal(dataDir, { ...journal, pending });
  const states = new Map<TunnelStepId, TunnelRun['steps'][number]['state']>(
    steps.map(({ id, act }) => [id, act === null ? 'skipped' : 'waiting']),
  );
  const show = (id: TunnelStepId, state: TunnelRun['steps'][number]['state']) => {
    states.set(id, state);
    onProgress([...states].map(([step, now]) => ({ id: step, state: now })));
  };

  const transaction: Transaction = {
    async note(undo) {
      pending.undo.push(undo);
      await save();
    },
    async writeFile(step, { file, now, wanted }, mode) {
      const before = now?.bytes ?? null;
      if (digestOf(before) === digestOf(wanted)) return;
      const undo = {
        kind: 'file' as const,
        step,
        file,
        mode: now?.mode ?? mode,
        before: before?.toString('base64') ?? null,
        after: digestOf(wanted),
        directories: [] as string[],
      };
      await transaction.note(undo);
      const made = await replaceOwned(file, before, wanted && { bytes: wanted, mode: now?.mode ?? mode });
      if (made.length > 0) {
        undo.directories.push(...made);
        await save();
      }
    },
  };

  await save();
  let at: TunnelStepId = steps[0]?.id ?? 'proof';
  try {
    for (const { id, act } of steps) {
      if (act === null) continue;
      at = id;
      if (signal.aborted) throw new AppErrorException(appError('STOPPED', 'cancelled'));
      show(id, 'running');
      await act(transaction);
      pending.done.push(id);
      await save();
      show(id, 'done');
    }
    await writeJournal(dataDir, { version: 1, installed: options.installed(pending.undo), pending: null });
    return { tag: 'done' };
  } catch (thrown) {
    const error = toAppError(
      signal.aborted ? new AppErrorException(appError('STOPPED', 'cancelled')) : thrown,
    );
    show(at, 'failed');
    const { restored, left, undo } = await undoAll(pending.undo, options.undoTools);
    for (const id of pending.done) show(id, 'undone');
    await settleJournal(
      dataDir,
      { ...journal, pending: left.length === 0 ? null : { ...pending, undo } },
      left,
    );
    return { tag: 'failed', error, step: at, restored, left };
  }
}

type Undone = Pick<Extract<TunnelOutcome, { tag: 'failed' }>, 'restored' | 'left'> & {
  /** Of what could not be put back. */
  readonly undo: Undo[];
};

/** The last act first. What cannot be undone holds up nothing else. Never rejects. */
export async function undoAll(undos: readonly Undo[], tools: UndoTools): Promise<Undone> {
  const restored = new Set<string>();
  const left: Undone['left'] = [];
  const undo: Undo[] = [];
  for (const one of undos.toReversed()) {
    try {
      restored.add(await undoOne(one, tools));
    } catch (thrown) {
      left.push({ name: nameOf(one), error: toAppError(thrown) });
      undo.unshift(one);
    }
  }
  return { restored: [...restored], left, undo };
}

function nameOf(undo: Undo): string {
  return 'file' in undo ? undo.file : undo.kind;
}

async function settleJournal(dataDir: string, journal: Journal, left: Undone['left']): Promise<void> {
  try {
    await writeJournal(dataDir, journal);
  } catch (thrown) {
    left.push({ name: dataDir, error: toAppError(thrown) });
  }
}
