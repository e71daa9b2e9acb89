import type { PairedDevice } from '../auth/device-store.ts';
import { approvalScope } from './command-policy.ts';
import type { KnownNode } from './known-node.ts';
import type { NodeRecord, PendingSurface } from './node-store.ts';
import type { Surface } from './surface.ts';

/** The rows of `node.list`, `node.pair.list` and the events about nodes (observed). */

export function nameOf({ givenName, identity }: NodeRecord): string | undefined {
  return givenName ?? identity.displayName;
}

function who(record: NodeRecord) {
  const { clientId, clientMode, platform, version, deviceFamily } = record.identity;
  const displayName = nameOf(record);
  return {
    nodeId: record.nodeId,
    ...(displayName === undefined ? {} : { displayName }),
    platform,
    version,
    clientId,
    clientMode,
    ...(deviceFamily === undefined ? {} : { deviceFamily }),
  };
}

export function describePending(
  record: NodeRecord,
  request: PendingSurface,
  device: PairedDevice | undefined,
) {
  const { requestId, caps, commands, permissions, ts } = request;
  const extra = approvalScope(commands);
  return {
    requestId,
    ...who(record),
    caps,
    commands,
    requiredApproveScopes: ['operator.pairing', ...(extra === null ? [] : [extra])],
    permissions,
    silent: device?.approvedVia === 'silent',
    ts,
  };
}

/** A node with an approved surface. */
export function describePaired(record: NodeRecord) {
  return {
    ...who(record),
    caps: record.approved?.caps ?? [],
    commands: record.approved?.commands ?? [],
    permissions: record.approved?.permissions ?? {},
    createdAtMs: record.createdAt,
    approvedAtMs: record.approvedAt ?? record.createdAt,
    lastSeenAtMs: record.lastSeenAt,
    lastSeenReason: record.lastSeenReason,
  };
}

export function describeNode({ record, live }: KnownNode, effective: Surface) {
  const { pending, hostStats, approved } = record;
  return {
    ...who(record),
    caps: effective.caps,
    commands: effective.commands,
    sessionHost: live?.runner.sessionHost ?? record.sessionHost ?? false,
    ...(live?.runner.slots == null ? {} : { workerSlots: live.runner.slots }),
    ...(live === null ? {} : { nodePluginTools: live.pluginTools }),
    ...(hostStats === null ? {} : { hostStats }),
    permissions: live?.claimed.permissions ?? effective.permissions,
    approvalState: approved === null ? 'pending-approval' : 'approved',
    ...(pending === null
      ? {}
      : {
          pendingRequestId: pending.requestId,
          pendingDeclaredCaps: [...pending.caps].sort(),
          pendingDeclaredCommands: pending.commands,
          pendingDeclaredPermissions: pending.permissions,
        }),
    ...(live === null ? {} : { connectedAtMs: live.connectedAt, lastConnectedAtMs: live.connectedAt }),
    lastSeenAtMs: record.lastSeenAt,
    lastSeenReason: record.lastSeenReason,
    approvedAtMs: record.approvedAt ?? record.createdAt,
    paired: true,
    connected: live !== null,
  };
}
