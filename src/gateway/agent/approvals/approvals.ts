import { revealed, revealedLine } from '../../../shared/printable.ts';
import { scopeGranted } from '../../auth/scopes.ts';
import type { GatewayClock } from '../../clock.ts';
import type { Client } from '../../server/client.ts';
import { type Hub, mayHear } from '../../server/hub.ts';
import { AGENT_ID } from '../../sessions/session-key.ts';

export const decisions = ['allow-once', 'allow-always', 'deny'] as const;

type Decision = (typeof decisions)[number];

/** A command that waits for a person. Null is what nobody said. */
export type CommandToApprove = {
  readonly command: string;
  readonly cwd: string | null;
  readonly host: string | null;
  readonly nodeId: string | null;
  /** The program that the command begins with, where it was found. */
  readonly resolvedPath: string | null;
  readonly sessionKey: string | null;
  readonly runId: string | null;
  readonly toolCallId: string | null;
  /** The rest of the `request` of events and lists, over what stands there for commands of the agent. */
  readonly more?: Readonly<Record<string, unknown>>;
};

/** Who sent the message that the command belongs to: they may decide, and administrators may. */
export type Asker = { readonly deviceId: string | null; readonly connId: string | null };

/**
 * `unreachable`: nobody is connected who could decide, so nobody was asked. Only a decision allows anything.
 */
export type Verdict = Decision | 'expired' | 'cancelled' | 'unreachable';

/** An approval that was asked for. `isTaken`: another one has its id. */
type Opened =
  | { readonly isTaken: true }
  | {
      readonly isTaken: false;
      readonly id: string;
      readonly createdAtMs: number;
      readonly expiresAtMs: number;
      /** False: the verdict is `unreachable`. */
      readonly isRouted: boolean;
      /** Never rejects. */
      readonly verdict: Promise<Verdict>;
    };

type OpenOptions = {
  readonly id?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** Told the id before anybody hears of it. */
  readonly announce?: (id: string) => void;
  readonly signal?: AbortSignal;
  /** A connection that cannot be the one that decides, since it asks. */
  readonly except?: string;
};

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
  readonly except: string | undefined;
  readonly verdict: Promise<Verdict>;
  readonly end: (verdict: Verdict) => void;
};

/** What is known of an approval that is over. */
type Past = Pick<Approval, 'asker' | 'createdAtMs' | 'expiresAtMs'> & {
  readonly verdict: Verdict;
  readonly endedAt: number;
};

export type Approvals = {
  /** For whoever asked this is. */
  open(what: CommandToApprove, asker: Asker, options?: OpenOptions): Opened;
  /** Resolves with the verdict of an approval that waits or is over; undefined for one that the client may not know. */
  outcome(
    id: string,
    client: Client,
  ): Promise<{ verdict: Verdict; createdAtMs: number; expiresAtMs: number }> | undefined;
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
  const past = new Map<string, Past>();

  const mayDecide = (client: Client, { deviceId, connId }: Asker) => {
    if (!mayHear(client, 'operator.approvals')) return false;
    if (scopeGranted(client.admission.scopes, 'operator.admin')) return true;
    const own = client.admission.device?.deviceId;
    return own === undefined ? client.connId === connId : own === deviceId;
  };
  const isCapable = ({ connect }: Client) =>
    capableIds.has(connect.client.id) || (connect.caps ?? []).some((cap) => capableCaps.includes(cap));
  const hears =
    ({ asker, except }: Approval) =>
    (client: Client) =>
      client.connId !== except && isCapable(client) && mayDecide(client, asker);
  const audience = (approval: Approval) => ({ scope: 'operator.approvals', only: hears(approval) }) as const;

  const forgetOld = () => {
    for (const [id, { endedAt }] of past) {
      if (clock.now() - endedAt <= REMEMBER_MS) break;
      past.delete(id);
    }
  };
  const remember = ({ id, asker, createdAtMs, expiresAtMs }: Approval, verdict: Verdict) =>
    past.set(id, { asker, createdAtMs, expiresAtMs, verdict, endedAt: clock.now() });

  /** Takes the question off the screens when it ends without a decision. */
  const follow = async (approval: Approval, signal: AbortSignal | undefined) => {
    const { id, end } = approval;
    const cancelExpiry = clock.after(approval.expiresAtMs - approval.createdAtMs, () => end('expired'));
    const onAbort = () => end('cancelled');
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const verdict = await approval.verdict;
    cancelExpiry();
    signal?.removeEventListener('abort', onAbort);
    if (!pending.delete(id)) return;
    remember(approval, verdict);
    hub.broadcast(
      'exec.approval.resolved',
      resolved(approval, 'deny', null, clock.now()),
      audience(approval),
    );
  };

  return {
    open(what, asker, { id = newId(), timeoutMs = APPROVAL_LIFETIME_MS, announce, signal, except } = {}) {
      forgetOld();
      if (pending.has(id) || past.has(id)) return { isTaken: true };
      const createdAtMs = clock.now();
      const expiresAtMs = createdAtMs + timeoutMs;
      const { promise: verdict, resolve: end } = Promise.withResolvers<Verdict>();
      const approval: Approval = { id, what, asker, createdAtMs, expiresAtMs, except, verdict, end };
      const isRouted = hub.clients().some(hears(approval));
      if (isRouted) {
        pending.set(id, approval);
        announce?.(id);
        hub.broadcast('exec.approval.requested', describe(approval), audience(approval));
        void follow(approval, signal);
      } else {
        end('unreachable');
        remember(approval, 'unreachable');
      }
      return { isTaken: false, id, createdAtMs, expiresAtMs, isRouted, verdict };
    },
    outcome(id, client) {
      const known = pending.get(id) ?? past.get(id);
      if (known === undefined || !mayDecide(client, known.asker)) return undefined;
      const { createdAtMs, expiresAtMs } = known;
      return Promise.resolve(known.verdict).then((verdict) => ({ verdict, createdAtMs, expiresAtMs }));
    },
    resolve(id, decision, by) {
      forgetOld();
      const approval = pending.get(id);
      if (approval === undefined || !mayDecide(by, approval.asker)) {
        return past.has(id) ? 'already-resolved' : 'unknown';
      }
      pending.delete(id);
      remember(approval, decision);
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
        commandText: revealed(what.command),
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

/**
 * The `request` of the events and of the list (observed); what this Gateway does not have is null there too. For show:
 * what runs, and what is allowed for good, is the command itself.
 */
function requestOf({ more, ...what }: CommandToApprove): object {
  return {
    ...what,
    command: revealed(what.command),
    cwd: what.cwd === null ? null : revealedLine(what.cwd),
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
    ...more,
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
