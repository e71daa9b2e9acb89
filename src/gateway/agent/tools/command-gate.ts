import type { Allowlist } from '../approvals/allowlist.ts';
import type { Approvals, Asker, CommandToApprove, Verdict } from '../approvals/approvals.ts';
import type { ToolCallContext } from './agent-tool.ts';

/** Lets a command pass, or says in words for the model why it does not. */
export type CommandGate = (
  what: Pick<CommandToApprove, 'command' | 'cwd' | 'host' | 'nodeId' | 'resolvedPath'>,
  context: ToolCallContext,
) => Promise<{ allowed: true } | { allowed: false; reason: string }>;

const reasons: Record<Exclude<Verdict, 'allow-once' | 'allow-always'>, string> = {
  deny: 'the person declined it',
  expired: 'nobody decided in time',
  cancelled: 'the run was stopped',
  unreachable:
    'it needs the approval of a person, and no app that can ask for one is connected. Tell the person so',
};

/**
 * Every command of the agent goes through here: what was allowed for good passes, everything else waits for a
 * person (`ask`) or does not pass (`allowlist`).
 */
export function createCommandGate(deps: {
  mode: 'allowlist' | 'ask';
  approvals: Approvals;
  allowlist: Allowlist;
  askerOf: (runId: string) => Asker;
  now: () => number;
}): CommandGate {
  const { mode, approvals, allowlist, askerOf, now } = deps;
  return async (what, context) => {
    // A node's directory is not known here; there the command alone has to do, under the node's name.
    const place = what.host === 'node' ? `node:${what.nodeId}` : (what.cwd ?? '');
    if (allowlist.use(what.command, place, now())) return { allowed: true };
    if (mode === 'allowlist') {
      return { allowed: false, reason: denied(what.command, null, 'only commands of the allowlist may run') };
    }
    const { runId, sessionKey, toolCallId, signal } = context;
    const asked = { ...what, runId, sessionKey, toolCallId };
    const announce = (approvalId: string) =>
      context.emit('lifecycle', { phase: 'waiting-approval', approvalId, toolCallId });
    const opened = approvals.open(asked, askerOf(runId), { signal, announce });
    if (opened.isTaken) throw new Error('two approvals of one id');
    const { id } = opened;
    const verdict = await opened.verdict;
    if (verdict !== 'unreachable') {
      context.emit('lifecycle', { phase: 'approval-resolved', approvalId: id, toolCallId });
    }
    if (verdict === 'allow-always') allowlist.add(what.command, place, now());
    if (verdict === 'allow-always' || verdict === 'allow-once') return { allowed: true };
    context.emit('approval', {
      phase: 'resolved',
      kind: 'exec',
      status: verdict === 'deny' ? 'denied' : verdict,
      title: 'Command approval resolved',
      itemId: `command:${toolCallId}`,
      toolCallId,
      message: what.command,
    });
    return { allowed: false, reason: denied(what.command, id, reasons[verdict]) };
  };
}

const denied = (command: string, id: string | null, why: string) =>
  `Exec denied${id === null ? '' : ` (gateway id=${id})`}: ${why}: ${command}`;
