import type { EventFrame } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { requestError } from './refusal.ts';

const decisions = ['allow-once', 'allow-always', 'deny'] as const;
export type Decision = (typeof decisions)[number];

/** A command that waits for a person. Nothing is decided by default; what nobody decides expires on the Gateway. */
export type Approval = {
  id: string;
  command: string;
  cwd: string | null;
  /** `gateway`, or the node it would run on. */
  host: string;
  warning: string | null;
  /** Of the agent that asks; null for a program that asked by itself. */
  agentId: string | null;
  allowed: readonly Decision[];
  expiresAtMs: number;
  /** What was pressed and not yet confirmed. */
  asked: Decision | null;
  error: AppError | null;
};

export type ApprovalsState = { pending: readonly Approval[]; isConnected: boolean };

export type ApprovalsStore = {
  store: StoreApi<ApprovalsState>;
  decide(id: string, decision: Decision): Promise<void>;
  /** A connection is open: what waits is read from the Gateway. */
  connected(): Promise<void>;
  /** What waits stays on the screen, and can't be decided until the Gateway is there again. */
  disconnected(): void;
  hear(frame: EventFrame): void;
};

export type ApprovalsOptions = {
  request: <T>(method: string, params: unknown) => Promise<T>;
  clock: Clock;
};

const text = z.string().nullish().catch(null);

const approvalSchema = z.looseObject({
  id: z.string(),
  expiresAtMs: z.number(),
  request: z.looseObject({
    command: z.string(),
    cwd: text,
    host: text,
    nodeId: text,
    warningText: text,
    agentId: text,
    allowedDecisions: z.array(z.string()).nullish().catch(null),
  }),
});

const resolvedSchema = z.looseObject({ id: z.string() });

/** Commands that wait for a decision: `exec.approval.*` of protocol 4. */
export function createApprovalsStore({ request, clock }: ApprovalsOptions): ApprovalsStore {
  const store = createStore<ApprovalsState>(() => ({ pending: [], isConnected: false }));
  const setPending = (pending: readonly Approval[]) => store.setState({ pending });
  const change = (id: string, changes: Partial<Approval>) =>
    setPending(store.getState().pending.map((item) => (item.id === id ? { ...item, ...changes } : item)));
  const remove = (id: string) => setPending(store.getState().pending.filter((item) => item.id !== id));

  function add(approval: Approval) {
    if (store.getState().pending.some(({ id }) => id === approval.id)) return;
    setPending([...store.getState().pending, approval]);
    forgetWhenExpired(approval);
  }

  function forgetWhenExpired({ id, expiresAtMs }: Approval) {
    clock.after(Math.max(0, expiresAtMs - clock.now()), () => remove(id));
  }

  return {
    store,
    async decide(id, decision) {
      const approval = store.getState().pending.find((item) => item.id === id);
      if (!approval || approval.asked !== null || !approval.allowed.includes(decision)) return;
      change(id, { asked: decision, error: null });
      try {
        await request('exec.approval.resolve', { id, decision });
        remove(id);
      } catch (thrown) {
        change(id, { asked: null, error: requestError(thrown, 'exec.approval.resolve') });
      }
    },
    async connected() {
      store.setState({ isConnected: true });
      try {
        const list = await request<unknown>('exec.approval.list', {});
        const found = (Array.isArray(list) ? list : []).flatMap((item) => readApproval(item) ?? []);
        setPending(found);
        found.forEach(forgetWhenExpired);
      } catch {
        // Older Gateways, or without the scope: events may still tell.
      }
    },
    disconnected: () => store.setState({ isConnected: false }),
    hear(frame) {
      if (frame.event === 'exec.approval.requested') {
        const approval = readApproval(frame.payload);
        if (approval) add(approval);
      } else if (frame.event === 'exec.approval.resolved') {
        const resolved = resolvedSchema.safeParse(frame.payload);
        if (resolved.success) remove(resolved.data.id);
      }
    },
  };
}

function readApproval(payload: unknown): Approval | null {
  const parsed = approvalSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { id, expiresAtMs, request } = parsed.data;
  const allowed = request.allowedDecisions;
  return {
    id,
    expiresAtMs,
    command: request.command,
    cwd: request.cwd ?? null,
    host: request.nodeId ?? request.host ?? 'gateway',
    warning: request.warningText ?? null,
    agentId: request.agentId ?? null,
    // Where the Gateway does not say, the two that bind nothing beyond this command.
    allowed: decisions.filter((decision) => allowed?.includes(decision) ?? decision !== 'allow-always'),
    asked: null,
    error: null,
  };
}
