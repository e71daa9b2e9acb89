import { z } from 'zod';
import { createWaitingList, type WaitingList, type WaitingListOptions } from './waiting-list.ts';

const decisions = ['allow-once', 'allow-always', 'deny'] as const;
export type Decision = (typeof decisions)[number];

/** A command that waits for a person. Nothing is decided by default. */
export type Approval = {
  id: string;
  command: string;
  cwd: string | null;
  /** `gateway`, or the node it would run on. */
  host: string;
  warning: string | null;
  /** Of the agent that asks; null for a program that asked by itself. */
  agentId: string | null;
  /** Of the conversation it belongs to; null for none. */
  sessionKey: string | null;
  allowed: readonly Decision[];
  createdAtMs: number | null;
  expiresAtMs: number;
};

export type ApprovalsStore = Pick<WaitingList<Approval>, 'store' | 'disconnected' | 'hear'> & {
  decide(id: string, decision: Decision): Promise<void>;
  /** A connection is open: what waits is read from the Gateway. */
  connected(): Promise<void>;
};

const text = z.string().nullish().catch(null);

const approvalSchema = z.looseObject({
  id: z.string(),
  createdAtMs: z.number().nullish().catch(null),
  expiresAtMs: z.number(),
  request: z.looseObject({
    command: z.string(),
    cwd: text,
    host: text,
    nodeId: text,
    warningText: text,
    agentId: text,
    sessionKey: text,
    allowedDecisions: z.array(z.string()).nullish().catch(null),
  }),
});

/** Commands that wait for a decision: `exec.approval.*` of protocol 4. */
export function createApprovalsStore(
  options: Pick<WaitingListOptions<Approval>, 'request' | 'clock'>,
): ApprovalsStore {
  const list = createWaitingList<Approval>({
    ...options,
    family: 'exec.approval',
    rowsOf: (answer) => (Array.isArray(answer) ? answer : null),
    read: readApproval,
  });
  return {
    ...list,
    async decide(id, decision) {
      if (list.find(id)?.allowed.includes(decision)) await list.resolve(id, { decision });
    },
    // Asked of every Gateway: older ones have it without saying so.
    connected: () => list.connected(true),
  };
}

function readApproval(payload: unknown): Approval | null {
  const parsed = approvalSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { id, createdAtMs, expiresAtMs, request } = parsed.data;
  const allowed = request.allowedDecisions;
  return {
    id,
    createdAtMs: createdAtMs ?? null,
    expiresAtMs,
    command: request.command,
    cwd: request.cwd ?? null,
    host: request.nodeId ?? request.host ?? 'gateway',
    warning: request.warningText ?? null,
    agentId: request.agentId ?? null,
    sessionKey: request.sessionKey ?? null,
    // Where the Gateway does not say, the two that bind nothing beyond this command.
    allowed: decisions.filter((decision) => allowed?.includes(decision) ?? decision !== 'allow-always'),
  };
}
