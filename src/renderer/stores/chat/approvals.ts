import { z } from 'zod';
import { type ApprovalScope, approvalScopeSchema } from './approval-scope.ts';
import { createWaitingList, type WaitingList, type WaitingListOptions } from './waiting-list.ts';

const decisions = ['allow-once', 'allow-always', 'deny'] as const;
export type Decision = (typeof decisions)[number];

/** Something that waits for a person's decision. Nothing is decided by default. */
export type Approval = {
  id: string;
  /** Of the agent that asks; null for a program that asked by itself. */
  agentId: string | null;
  /** Of the conversation it belongs to; null for none. */
  sessionKey: string | null;
  /** What it reaches, where the one that asks says so. */
  scope: ApprovalScope | null;
  allowed: readonly Decision[];
  createdAtMs: number | null;
  expiresAtMs: number;
};

export type CommandApproval = Approval & {
  command: string;
  cwd: string | null;
  /** `gateway`, or another kind of place. */
  host: string;
  /** Of the node it would run on; null for none. */
  nodeId: string | null;
  warning: string | null;
};

export type PluginApproval = Approval & {
  title: string;
  description: string;
  /** All of what it is about, e.g. the arguments of a call. */
  detail: string | null;
  severity: 'info' | 'warning' | 'critical';
  pluginId: string | null;
  toolName: string | null;
};

/** A change of OpenClaw itself that an agent has asked its system agent for. */
export type SystemApproval = Approval & { change: string };

export type ApprovalsStore<T extends Approval> = Pick<
  WaitingList<T>,
  'store' | 'show' | 'disconnected' | 'hear' | 'dismissListError'
> & {
  decide(id: string, decision: Decision): Promise<void>;
  /** A connection is open: what waits is read from the Gateway. */
  connected(offers: ReadonlySet<string>): Promise<void>;
};

const text = z.string().nullish().catch(null);

const common = {
  agentId: text,
  sessionKey: text,
  scope: approvalScopeSchema.nullish().catch(null),
  allowedDecisions: z.array(z.string()).nullish().catch(null),
};

const recordOf = <R extends z.ZodRawShape>(request: R) =>
  z.looseObject({
    id: z.string(),
    createdAtMs: z.number().nullish().catch(null),
    expiresAtMs: z.number(),
    request: z.looseObject(request),
  });

const commandSchema = recordOf({
  ...common,
  command: z.string(),
  cwd: text,
  host: text,
  nodeId: text,
  warningText: text,
});

const pluginSchema = recordOf({
  ...common,
  title: z.string(),
  description: z.string().catch(''),
  detail: text,
  severity: z.enum(['info', 'warning', 'critical']).catch('warning'),
  pluginId: text,
  toolName: text,
});

const systemSchema = recordOf({ ...common, description: z.string() });

type Options = Pick<WaitingListOptions<never>, 'request' | 'clock'>;

/** Commands that wait for a decision: `exec.approval.*` of protocol 4. */
export function createCommandApprovals(options: Options): ApprovalsStore<CommandApproval> {
  // Asked of every Gateway: older ones have it without saying so.
  return createApprovals(options, 'exec.approval', readCommand, () => true);
}

/** What plugins want to do, and wait for a decision: `plugin.approval.*` of protocol 4. */
export function createPluginApprovals(options: Options): ApprovalsStore<PluginApproval> {
  return createApprovals(options, 'plugin.approval', readPlugin, (offers) =>
    offers.has('plugin.approval.list'),
  );
}

/**
 * Changes of OpenClaw itself: `openclaw.approval.*` of protocol 4, decided by the method for all kinds (observed). The run
 * that wants one waits for the decision.
 */
export function createSystemApprovals({ request, clock }: Options): ApprovalsStore<SystemApproval> {
  const options = { request, clock, resolveMethod: 'approval.resolve' };
  return createApprovals(
    options,
    'openclaw.approval',
    readSystem,
    (offers) => offers.has('openclaw.approval.list'),
    { kind: 'system-agent' },
  );
}

function createApprovals<T extends Approval>(
  options: Options & Pick<WaitingListOptions<never>, 'resolveMethod'>,
  family: 'exec.approval' | 'plugin.approval' | 'openclaw.approval',
  read: (payload: unknown) => T | null,
  hasList: (offers: ReadonlySet<string>) => boolean,
  named: { kind?: string } = {},
): ApprovalsStore<T> {
  const list = createWaitingList<T>({
    ...options,
    family,
    rowsOf: (answer) => (Array.isArray(answer) ? answer : null),
    read,
  });
  return {
    ...list,
    async decide(id, decision) {
      if (list.find(id)?.allowed.includes(decision)) await list.resolve(id, { ...named, decision });
    },
    connected: (offers) => list.connected(hasList(offers)),
  };
}

function readCommand(payload: unknown): CommandApproval | null {
  const parsed = commandSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { request } = parsed.data;
  return {
    // Where the Gateway does not say, the two that bind nothing beyond this command.
    ...approvalOf(parsed.data, ['allow-once', 'deny']),
    command: request.command,
    cwd: request.cwd ?? null,
    host: request.host ?? 'gateway',
    nodeId: request.nodeId ?? null,
    warning: request.warningText ?? null,
  };
}

function readPlugin(payload: unknown): PluginApproval | null {
  const parsed = pluginSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { title, description, detail, severity, pluginId, toolName } = parsed.data.request;
  return {
    // Without a list all three are meant; what “always” binds is the plugin's.
    ...approvalOf(parsed.data, decisions),
    title,
    description,
    detail: detail ?? null,
    severity,
    pluginId: pluginId ?? null,
    toolName: toolName ?? null,
  };
}

function readSystem(payload: unknown): SystemApproval | null {
  const parsed = systemSchema.safeParse(payload);
  if (!parsed.success) return null;
  return {
    ...approvalOf(parsed.data, ['allow-once', 'deny']),
    change: parsed.data.request.description,
  };
}

type ApprovalRecord = Pick<z.infer<typeof commandSchema>, 'id' | 'createdAtMs' | 'expiresAtMs'> & {
  request: Pick<z.infer<typeof commandSchema>['request'], keyof typeof common>;
};

function approvalOf(
  { id, createdAtMs, expiresAtMs, request }: ApprovalRecord,
  byDefault: readonly Decision[],
): Approval {
  const allowed: readonly string[] = request.allowedDecisions ?? byDefault;
  return {
    id,
    createdAtMs: createdAtMs ?? null,
    expiresAtMs,
    agentId: request.agentId ?? null,
    sessionKey: request.sessionKey ?? null,
    scope: request.scope ?? null,
    allowed: decisions.filter((decision) => allowed.includes(decision)),
  };
}
