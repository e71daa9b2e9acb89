import { scopeGranted } from '../../auth/scopes.ts';
import type { GatewayClock } from '../../clock.ts';
import type { Client } from '../../server/client.ts';
import { type Hub, mayHear } from '../../server/hub.ts';
import { AGENT_ID } from '../../sessions/session-key.ts';

export const decisions = ['allow-once', 'allow-always', 'deny'] as const;

type Decision = (typeof decisions)[number];

/** A command that waits for a person. */
export type CommandToApprove = {
  readonly command: string;
  readonly cwd: string | null;
  readonly host: 'gateway' | 'node';
  readonly nodeId: string | null;
  /** The program that the command begins with, where it was found. */
  readonly resolvedPath: string | null;
  readonly sessionKey: string;
  readonly runId: string;
  readonly toolCallId: string;
};

/** Who sent the message that the command belongs to: they may decide, and administrators may. */
export type Asker = { readonly deviceId: string | null; readonly connId: string | null };

/**
 * `unreachable`: nobody is connected who could decide, so nobody was asked. Only a decision allows anything.
 */
export type Verdict = Decision | 'expired' | 'cancelled' | 'unreachable';

/**
 * The life of an approval (observed):
 *
 *   pending ──resolve──> allow-once | allow-always | deny
 *      ├──30 min──> expired
 *      └──its run ends──> cancelled
 */
type Approval = {
  readonly id: string;
  readonly what: CommandToApprove;
  readonly asker: Asker;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly end: (verdict: Verdict) => void;
};

export type Approvals = {
  /** `announce` is told the id before anybody hears of it. Resolves with the verdict; never rejects. */
  ask(
    what: CommandToApprove,
    asker: Asker,
    signal: AbortSignal,
    announce: (id: string) => void,
  ): Promise<{ id: string; verdict: Verdict }>;
  resolve(id: string, decision: Decision, by: Client): 'resolved' | 'already-resolved' | 'unknown';
  /** What the client may decide, oldest first, in the words of the protocol. */
  list(client: Client): object[];
  get(id: string, client: Client): object | undefined;
  stop(): void;
};

export const APPROVAL_LIFETIME_MS = 30 * 60_000;
/** An id that was decided is told from one that never was for this long. */
const REMEMBER_MS = 60 * 60_000;

const capableIds = new Set(['openclaw-macos', 'openclaw-control-ui']);
const capableCaps = ['exec-approvals', 'approvals'];

/** Nothing is allowed by default, by time or by silence. Approvals live in memory: a restart ends their runs too. */
export function createApprovals(deps: { hub: Hub; clock: GatewayClock; newId: () => string }): Approvals {
  const { hub, clock, newId } = deps;
  const pending = new Map<string, Approval>();
  const decided = new Map<string, number>();

  const mayDecide = (client: Client, { deviceId, connId }: Asker) => {
    if (!mayHear(client, 'operator.approvals')) return false;
    if (scopeGranted(client.admission.scopes, 'operator.admin')) return true;
    const own = client.admission.device?.deviceId;
    return own === undefined ? client.connId === connId : own === deviceId;
  };
  const isCapable = ({ connect }: Client) =>
    capableIds.has(connect.client.id) || (connect.caps ?? []).some((cap) => capableCaps.includes(cap));
  const hears = (approval: Approval) => (client: Client) =>
    isCapable(client) && mayDecide(client, approval.asker);
  const audience = (approval: Approval) => ({ scope: 'operator.approvals', only: hears(approval) }) as const;

  const forgetOld = () => {
    for (const [id, at] of decided) {
      if (clock.now() - at <= REMEMBER_MS) break;
      decided.delete(id);
    }
  };

  return {
    async ask(what, asker, signal, announce) {
      const id = newId();
      const createdAtMs = clock.now();
      const expiresAtMs = createdAtMs + APPROVAL_LIFETIME_MS;
      const { promise, resolve } = Promise.withResolvers<Verdict>();
      const approval: Approval = { id, what, asker, createdAtMs, expiresAtMs, end: resolve };
      if (!hub.clients().some(hears(approval))) return { id, verdict: 'unreachable' };
      const cancelExpiry = clock.after(APPROVAL_LIFETIME_MS, () => resolve('expired'));
      const onAbort = () => resolve('cancelled');
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      pending.set(id, approval);
      announce(id);
      hub.broadcast('exec.approval.requested', describe(approval), audience(approval));
      const verdict = await promise;
      cancelExpiry();
      signal.removeEventListener('abort', onAbort);
      if (pending.delete(id)) {
        // Nobody decided. Those who were asked take the question off their screens.
        decided.set(id, clock.now());
        hub.broadcast(
          'exec.approval.resolved',
          resolved(approval, 'deny', null, clock.now()),
          audience(approval),
        );
      }
      return { id, verdict };
    },
    resolve(id, decision, by) {
      forgetOld();
      const approval = pending.get(id);
      if (approval === undefined || !mayDecide(by, approval.asker)) {
        return decided.has(id) ? 'already-resolved' : 'unknown';
      }
      pending.delete(id);
      decided.set(id, clock.now());
      const name = by.connect.client.displayName ?? by.connect.client.id;
      hub.broadcast(
        'exec.approval.resolved',
        resolved(approval, decision, name, clock.now()),
        audience(approval),
      );
      approval.end(decision);
      return 'resolved';
    },
    list: (client) => [...pending.values()].filter(({ asker }) => mayDecide(client, asker)).map(describe),
    get(id, client) {
      const approval = pending.get(id);
      if (approval === undefined || !mayDecide(client, approval.asker)) return undefined;
      const { what, expiresAtMs } = approval;
      return {
        id,
        commandText: what.command,
        commandPreview: null,
        allowedDecisions: [...decisions],
        host: what.host,
        nodeId: what.nodeId,
        agentId: AGENT_ID,
        expiresAtMs,
      };
    },
    stop() {
      for (const { end } of pending.values()) end('cancelled');
    },
  };
}

/** The `request` of the events and of the list (observed); what this Gateway does not have is null there too. */
function requestOf(what: CommandToApprove): object {
  return {
    ...what,
    systemRunBinding: null,
    systemRunPlan: null,
    security: 'allowlist',
    ask: 'on-miss',
    warningText: null,
    scope: null,
    commandAnalysis: {
      commandCount: countCommands(what.command),
      nestedCommandCount: 0,
      riskKinds: [],
      warningLines: [],
    },
    unavailableDecisions: [],
    allowedDecisions: [...decisions],
    agentId: AGENT_ID,
    sessionId: null,
    turnSourceChannel: 'webchat',
    turnSourceTo: what.sessionKey,
    turnSourceAccountId: null,
    turnSourceThreadId: null,
    cronExecutionSource: null,
    cronOperationBinding: null,
  };
}

function describe({ id, what, createdAtMs, expiresAtMs }: Approval): object {
  return { approvalKind: 'exec', id, request: requestOf(what), createdAtMs, expiresAtMs };
}

function resolved({ id, what }: Approval, decision: Decision, resolvedBy: string | null, ts: number): object {
  return { id, decision, resolvedBy, ts, request: requestOf(what) };
}

/** Outside of quotes, each of `;`, `&`, `&&`, `|`, `||` and a line break begins another one. For show only. */
function countCommands(command: string): number {
  const bare = command.replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, 'q');
  return bare.split(/&&|\|\||[;&|\n]/).filter((part) => part.trim() !== '').length;
}
