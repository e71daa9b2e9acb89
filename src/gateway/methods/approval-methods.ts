import { validateExecApprovalGetParams, validateExecApprovalResolveParams } from '@openclaw/gateway-protocol';
import type { Allowlist } from '../agent/approvals/allowlist.ts';
import { type Approvals, decisions } from '../agent/approvals/approvals.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import { approvalPolicyMethods } from './approval-policy.ts';
import { approvalRequestMethods } from './approval-request.ts';
import { checked, type MethodTable, plain } from './method.ts';

type ApprovalDeps = {
  readonly approvals: Approvals;
  readonly allowlist: Allowlist;
  readonly databasePath: string;
};

/** Commands that wait for a person. Answers and errors as observed. */
export function approvalMethods(deps: ApprovalDeps): MethodTable {
  const { approvals } = deps;
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
    ...approvalRequestMethods(deps.approvals),
    ...approvalPolicyMethods(deps),
  };
}

function notFound() {
  return invalidRequest('unknown or expired approval id', {
    reason: 'APPROVAL_NOT_FOUND',
    remediation: 'Re-request the action; pending approvals are cleared after expiry or restart.',
  });
}
