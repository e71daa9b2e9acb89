import {
  type ExecApprovalRequestParams,
  validateExecApprovalRequestParams,
} from '@openclaw/gateway-protocol';
import { z } from 'zod';
import {
  type Approvals,
  type CommandToApprove,
  decisions,
  type Verdict,
} from '../agent/approvals/approvals.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest, type Reply } from '../server/frames.ts';
import { checked, type MethodTable } from './method.ts';

/**
 * A program asks the people behind this Gateway whether it may run a command of its own. Nothing is run here, and
 * `allow-always` is the asker's to remember. Shapes and errors as observed.
 */
export function approvalRequestMethods(approvals: Approvals): MethodTable {
  return {
    ...checked(
      'exec.approval.request',
      'operator.approvals',
      validateExecApprovalRequestParams,
      async (params, client) => {
        const what = commandOf(params);
        if (typeof what === 'string') return invalidRequest(what);
        const { id, timeoutMs, twoPhase } = params;
        const opened = approvals.open(what, askerOf(client), { id, timeoutMs, except: client.connId });
        if (opened.isTaken) return invalidRequest('approval id already pending');
        const { createdAtMs, expiresAtMs, isRouted } = opened;
        const stamps = { createdAtMs, expiresAtMs };
        const decided = async (): Promise<Reply> =>
          answer({ id: opened.id, decision: decisionOf(await opened.verdict), ...stamps });
        if (twoPhase !== true || !isRouted) return decided();
        const accepted = { status: 'accepted', id: opened.id, deliveryRoute: 'approval-client', ...stamps };
        return { ok: true, payload: accepted, later: decided() };
      },
    ),
    'exec.approval.waitDecision': {
      scope: 'operator.approvals',
      async handle(params, client) {
        const parsed = waitSchema.safeParse(params);
        if (!parsed.success) return invalidRequest('id is required');
        const { id } = parsed.data;
        const outcome = await approvals.outcome(id, client);
        if (outcome === undefined) return invalidRequest('approval expired or not found');
        const { verdict, ...stamps } = outcome;
        return answer({
          id,
          decision: decisionOf(verdict),
          ...stamps,
          terminalReason: terminalReasons[verdict],
        });
      },
    },
  };
}

/** The published protocol has no schema for it. */
const waitSchema = z.object({ id: z.string().trim().min(1) });

const decisionOf = (verdict: Verdict) => decisions.find((decision) => decision === verdict) ?? null;

const terminalReasons: Record<Verdict, string> = {
  'allow-once': 'user',
  'allow-always': 'user',
  deny: 'user',
  expired: 'timeout',
  cancelled: 'cancelled',
  unreachable: 'no-route',
};

const askerOf = ({ connId, admission }: Client) => ({
  connId,
  deviceId: admission.device?.deviceId ?? null,
});

/** What shall be decided, or what is missing, in a sentence. */
function commandOf(params: ExecApprovalRequestParams): CommandToApprove | string {
  const { systemRunPlan: plan, host = null, nodeId = null } = params;
  const command = plan?.commandText ?? params.command ?? params.commandArgv?.join(' ') ?? '';
  if (command.trim() === '') return 'command is required';
  if (host === 'node' && nodeId === null) return 'nodeId is required for host=node';
  if (host === 'node' && plan === undefined) return 'systemRunPlan is required for host=node';
  const { runId = null, toolCallId = null, resolvedPath = null } = params;
  const { security = null, ask = null, warningText = null, scope = null } = params;
  const { turnSourceChannel = null, turnSourceTo = null } = params;
  return {
    command,
    cwd: plan?.cwd ?? params.cwd ?? null,
    host,
    nodeId,
    resolvedPath,
    sessionKey: plan?.sessionKey ?? params.sessionKey ?? null,
    runId,
    toolCallId,
    more: {
      systemRunPlan: plan ?? null,
      security,
      ask,
      warningText,
      scope,
      turnSourceChannel,
      turnSourceTo,
      agentId: plan?.agentId ?? params.agentId ?? null,
    },
  };
}
