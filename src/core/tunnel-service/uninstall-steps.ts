import type { TunnelPlan } from '../../shared/contract/tunnel-service.ts';
import type { RunStep, Transaction } from './transaction.ts';
import { type UndoTools, undoOne } from './undo.ts';
import { stepsOf, type TakenBack, type UninstallFacts } from './uninstall.ts';

export type UninstallParts = UndoTools & {
  readonly facts: UninstallFacts;
  readonly plan: TunnelPlan;
};

/** The way back, step by step, each with its own way back noted first. */
export function uninstallSteps(parts: UninstallParts): RunStep[] {
  const byStep = stepsOf(parts.facts.record.undo);
  return parts.plan.steps.map(({ id, state }) => {
    const undos = byStep.get(id) ?? [];
    return { id, act: state === 'needed' ? (transaction) => takeBack(undos, parts, transaction) : null };
  });
}

async function takeBack(
  undos: readonly TakenBack[],
  parts: UninstallParts,
  transaction: Transaction,
): Promise<void> {
  for (const undo of undos) {
    switch (undo.kind) {
      case 'file': {
        const facts = parts.facts.files.get(undo);
        if (facts) await transaction.writeFile(undo.step, facts, undo.mode);
        break;
      }
      case 'service': {
        const { tag } = await parts.manager.state();
        const isActive = tag === 'running' || tag === 'restarting';
        await transaction.note({ ...undo, wasActive: isActive });
        break;
      }
      case 'hostKey':
        await transaction.note({ ...undo, change: undo.change === 'added' ? 'removed' : 'added' });
        break;
      case 'linger':
        await transaction.note({ ...undo, wasOn: !undo.wasOn });
        break;
      // Nothing comes after the key that could fail, and a token or a log has no way back.
      default:
    }
    await undoOne(undo, parts);
  }
}
