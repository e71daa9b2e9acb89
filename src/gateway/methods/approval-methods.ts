import {
  type ExecApprovalsSnapshot,
  validateExecApprovalGetParams,
  validateExecApprovalResolveParams,
  validateExecApprovalsGetParams,
} from '@openclaw/gateway-protocol';
import type { Allowlist } from '../agent/approvals/allowlist.ts';
import { type Approvals, decisions } from '../agent/approvals/approvals.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import { checked, type MethodTable, plain } from './method.ts';

type ApprovalDeps = {
  readonly approvals: Approvals;
  readonly allowlist: Allowlist;
  readonly databasePath: string;
};

/** Commands that wait for a person. Answers and errors as observed. */
export function approvalMethods({ approvals, allowlist, databasePath }: ApprovalDeps): MethodTable {
  return {
    ...plain('exec.approval.list', 'operator.approvals', (client) => answer(approvals.list(client))),
    ...checked('exec.approval.get', 'operator.approvals', validateExecApprovalGetParams, ({ id }, client) => {
      const approval = approvals.get(id, client);
      return approval === undefined ? notFound() : answer(approval);
    }),
    ...checked(
      'exec.approval.resolve',
      'operator.approvals',
      validateExecApprovalResolveParams,
      (params, client) => {
        const decision = decisions.find((each) => each === params.decision);
        if (decision === undefined) return invalidRequest('invalid decision');
        const end = approvals.resolve(params.id, decision, client);
        if (end === 'unknown') return notFound();
        if (end === 'resolved') return answer({ ok: true });
        return invalidRequest('approval already resolved', { reason: 'APPROVAL_ALREADY_RESOLVED' });
      },
    ),
    ...checked('exec.approvals.get', 'operator.admin', validateExecApprovalsGetParams, () =>
      answer(readPolicy(allowlist, databasePath)),
    ),
  };
}

function notFound() {
  return invalidRequest('unknown or expired approval id', {
    reason: 'APPROVAL_NOT_FOUND',
    remediation: 'Re-request the action; pending approvals are cleared after expiry or restart.',
  });
}

/** What is allowed for good, as the policy document of a real Gateway. It is read here and written by decisions. */
function readPolicy(allowlist: Allowlist, databasePath: string): ExecApprovalsSnapshot {
  const entries = allowlist.list();
  return {
    path: `${databasePath}#exec_allowlist`,
    exists: true,
    hash: `${entries.length}:${entries.at(-1)?.createdAt ?? 0}`,
    file: {
      version: 1,
      defaults: { security: 'allowlist', ask: 'on-miss', askFallback: 'deny', autoAllowSkills: false },
      agents: {
        [AGENT_ID]: {
          allowlist: entries.map(({ command, cwd, lastUsedAt }) => ({
            pattern: command,
            commandText: `${cwd}: ${command}`,
            source: 'allow-always' as const,
            ...(lastUsedAt === null ? {} : { lastUsedAt }),
          })),
        },
      },
    },
    resolvedDefaults: { security: 'allowlist', ask: 'on-miss', askFallback: 'deny', autoAllowSkills: false },
  };
}
