import type { DeviceStore, PairedDevice } from '../auth/device-store.ts';
import { grantOf } from '../auth/device-store.ts';
import type { GatewayClock } from '../clock.ts';
import type { Client } from '../server/client.ts';
import type { Hub } from '../server/hub.ts';
import { allowedCommands, type CommandLists, type Offer, platformOf } from './command-policy.ts';
import type { KnownNode, LiveNode, PluginTool } from './known-node.ts';
import { boundedSkills, type NodeRunner, type NodeSkill, noRunner } from './node-published.ts';
import { describePending } from './node-rows.ts';
import type { HostStats, NodeIdentity, NodeRecord, NodeStore, PendingSurface } from './node-store.ts';
import { effectiveSurface, emptySurface, type Surface, sameSurface, widens } from './surface.ts';

/**
 * The second gate of a node: its device is paired already, now a person approves what it offers (observed).
 *
 *   unapproved ──approve──> approved ──claims more──> approved + pending
 *       └──reject, remove──>      └──remove──> gone
 */
export type NodeRegistry = {
  /** For every admitted connection of role `node`. */
  connected(client: Client): void;
  disconnected(client: Client): void;
  find(nodeId: string): KnownNode | undefined;
  list(): KnownNode[];
  /** What may be used on a node now: claimed, let through by the policy, and approved. */
  effective(node: KnownNode): Surface;
  findRequest(requestId: string): KnownNode | undefined;
  approve(node: KnownNode, request: PendingSurface): NodeRecord;
  reject(node: KnownNode, request: PendingSurface): void;
  rename(node: KnownNode, displayName: string): void;
  /** Takes the role from the device and closes its connection as a node. */
  remove(node: KnownNode): void;
  alive(client: Client, reason: string): boolean;
  /** Like `alive`, false when the connection is not the node's current one. */
  reportStats(client: Client, stats: Record<string, unknown>): boolean;
  /**
   * Tools that a plugin of the node offers; kept while it is connected, where their command is approved. Returns what was
   * kept; null when the connection is not the node's current one.
   */
  publishTools(client: Client, tools: readonly PluginTool[]): readonly PluginTool[] | null;
  /** Skills for the agent, all of them; kept while it is connected. As above. */
  publishSkills(client: Client, skills: readonly NodeSkill[]): readonly NodeSkill[] | null;
  /** Whether it would host sessions. False when the connection is not the node's current one. */
  publishRunner(client: Client, runner: NodeRunner): boolean;
};

/** What nodes may publish here. */
export type PublishingRules = { readonly skills: boolean; readonly tools: boolean };

export type NodeRegistryDeps = {
  readonly store: NodeStore;
  readonly devices: DeviceStore;
  readonly hub: Hub;
  readonly clock: GatewayClock;
  readonly newId: () => string;
  readonly commandLists: () => CommandLists;
  readonly publishing: () => PublishingRules;
};

export function createNodeRegistry(deps: NodeRegistryDeps): NodeRegistry {
  const { store, devices, hub, clock, newId } = deps;
  const live = new Map<string, LiveNode>();

  const resolved = (nodeId: string, requestId: string, decision: 'approved' | 'rejected' | 'removed') =>
    hub.broadcast(
      'node.pair.resolved',
      { requestId, nodeId, decision, ts: clock.now() },
      { scope: 'operator.pairing' },
    );

  const requested = (record: NodeRecord, request: PendingSurface) =>
    hub.broadcast('node.pair.requested', describePending(record, request, devices.find(record.nodeId)), {
      scope: 'operator.pairing',
    });

  const known = (record: NodeRecord): KnownNode => ({ record, live: live.get(record.nodeId) ?? null });

  const find = (nodeId: string) => {
    const record = store.find(nodeId);
    return record === undefined ? undefined : known(record);
  };

  /** The node behind a connection, unless a newer connection has taken its place. */
  const current = (client: Client) => {
    const nodeId = client.admission.device?.deviceId;
    if (nodeId === undefined || live.get(nodeId)?.client !== client) return undefined;
    return store.find(nodeId);
  };

  const currentNode = (client: Client) => {
    const record = current(client);
    const here = live.get(record?.nodeId ?? '');
    return record === undefined || here === undefined ? null : { record, live: here };
  };

  const registry: NodeRegistry = {
    connected(client) {
      const device = devices.find(client.admission.device?.deviceId ?? '');
      if (device === undefined) return;
      const { identity, offer, declared } = introduce(client);
      const claimed: Surface = { ...declared, commands: allowedCommands(offer, deps.commandLists()) };
      const before = store.find(device.deviceId) ?? newRecord(device, identity, clock.now());
      const pending = nextPending(before, claimed, { requestId: newId(), ts: clock.now() });
      const record: NodeRecord = {
        ...before,
        identity,
        pending,
        lastSeenAt: clock.now(),
        lastSeenReason: 'connect',
      };
      live.set(device.deviceId, {
        client,
        offer,
        claimed,
        connectedAt: clock.now(),
        pluginTools: [],
        skills: [],
        runner: noRunner,
      });
      store.save(record);
      if (before.pending !== null && before.pending.requestId !== pending?.requestId) {
        resolved(record.nodeId, before.pending.requestId, 'removed');
      }
      if (pending !== null && pending.requestId !== before.pending?.requestId) requested(record, pending);
    },
    disconnected(client) {
      const record = current(client);
      if (record === undefined) return;
      live.delete(record.nodeId);
      store.save({ ...record, lastSeenAt: clock.now() });
    },
    find,
    list: () => store.list().map(known),
    effective: ({ record, live: here }) =>
      here === null
        ? (record.approved ?? emptySurface)
        : effectiveSurface(record.approved, {
            ...here.claimed,
            commands: allowedCommands(here.offer, deps.commandLists()),
          }),
    findRequest(requestId) {
      const record = store.list().find(({ pending }) => pending?.requestId === requestId);
      return record === undefined ? undefined : known(record);
    },
    approve({ record }, { requestId, caps, commands, permissions }) {
      const approved: NodeRecord = {
        ...record,
        approved: { caps, commands, permissions },
        approvedAt: clock.now(),
        pending: null,
      };
      store.save(approved);
      resolved(record.nodeId, requestId, 'approved');
      return approved;
    },
    reject({ record }, { requestId }) {
      store.save({ ...record, pending: null });
      resolved(record.nodeId, requestId, 'rejected');
    },
    rename({ record }, displayName) {
      store.save({ ...record, givenName: displayName });
    },
    remove({ record, live: here }) {
      store.remove(record.nodeId);
      live.delete(record.nodeId);
      devices.removeRole(record.nodeId, 'node');
      here?.client.close(1008, 'node removed');
      resolved(record.nodeId, '', 'removed');
    },
    alive(client, reason) {
      const record = current(client);
      if (record === undefined) return false;
      store.save({ ...record, lastSeenAt: clock.now(), lastSeenReason: reason });
      return true;
    },
    reportStats(client, stats) {
      const record = current(client);
      if (record === undefined) return false;
      const hostStats: HostStats = { ...stats, updatedAtMs: clock.now() };
      store.save({ ...record, hostStats });
      hub.broadcast('node.hostStats', { nodeId: record.nodeId, hostStats }, { scope: 'operator.read' });
      return true;
    },
    publishTools(client, tools) {
      const node = currentNode(client);
      if (node === null) return null;
      const { commands } = registry.effective(node);
      const isOffered = ({ command = '' }: PluginTool) => commands.includes(command);
      node.live.pluginTools = deps.publishing().tools ? tools.filter(isOffered) : [];
      return node.live.pluginTools;
    },
    publishSkills(client, skills) {
      const node = currentNode(client);
      if (node === null) return null;
      node.live.skills = deps.publishing().skills ? boundedSkills(skills) : [];
      return node.live.skills;
    },
    publishRunner(client, runner) {
      const node = currentNode(client);
      if (node === null) return false;
      node.live.runner = runner;
      store.save({ ...node.record, sessionHost: runner.sessionHost });
      return true;
    },
  };
  return registry;
}

function introduce({ connect }: Client): { identity: NodeIdentity; offer: Offer; declared: Surface } {
  const { client, caps = [], commands = [], permissions = {} } = connect;
  const { id, mode, displayName, platform, version, deviceFamily } = client;
  const identity = {
    clientId: id,
    clientMode: mode,
    ...(displayName === undefined ? {} : { displayName }),
    platform,
    version,
    ...(deviceFamily === undefined ? {} : { deviceFamily }),
  };
  return {
    identity,
    offer: { platform: platformOf(platform), caps, commands },
    declared: { caps: [...new Set(caps)], commands, permissions },
  };
}

function newRecord(device: PairedDevice, identity: NodeIdentity, now: number): NodeRecord {
  return {
    nodeId: device.deviceId,
    givenName: null,
    identity,
    approved: null,
    approvedAt: null,
    pending: null,
    hostStats: null,
    createdAt: grantOf(device, 'node')?.createdAt ?? now,
    lastSeenAt: now,
    lastSeenReason: 'connect',
  };
}

/** A reconnect with the same claims keeps its request; one with other claims makes a new one. */
function nextPending(
  { approved, pending }: NodeRecord,
  claimed: Surface,
  fresh: { requestId: string; ts: number },
): PendingSurface | null {
  if (approved !== null && !widens(approved, claimed)) return null;
  return pending !== null && sameSurface(pending, claimed) ? pending : { ...claimed, ...fresh };
}
