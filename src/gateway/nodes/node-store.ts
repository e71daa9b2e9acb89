import type { GatewayDatabase } from '../sessions/database.ts';
import type { Surface } from './surface.ts';

/** How a node introduced itself at its last connect. */
export type NodeIdentity = {
  readonly clientId: string;
  readonly clientMode: string;
  readonly displayName?: string;
  readonly platform: string;
  readonly version: string;
  readonly deviceFamily?: string;
};

/** A surface that waits for a person's yes. It outlives disconnects and restarts. */
export type PendingSurface = Surface & { readonly requestId: string; readonly ts: number };

export type HostStats = Readonly<Record<string, unknown>> & { readonly updatedAtMs: number };

export type NodeRecord = {
  /** The id of its device. */
  readonly nodeId: string;
  /** A name given by a person; it wins over the one of the node. */
  readonly givenName: string | null;
  readonly identity: NodeIdentity;
  readonly approved: Surface | null;
  readonly approvedAt: number | null;
  readonly pending: PendingSurface | null;
  readonly hostStats: HostStats | null;
  /** It said that it would host sessions. Absent in older records. */
  readonly sessionHost?: boolean;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly lastSeenReason: string;
};

/** The approved surfaces. A record goes with its device. */
export type NodeStore = {
  find(nodeId: string): NodeRecord | undefined;
  list(): NodeRecord[];
  /** Writes everything but the device: that one must exist. */
  save(record: NodeRecord): void;
  remove(nodeId: string): void;
};

type Row = { nodeId: string; record: string };

export function createNodeStore({ sql }: GatewayDatabase): NodeStore {
  const find = sql.prepare('SELECT node_id AS nodeId, record FROM nodes WHERE node_id = ?');
  const list = sql.prepare('SELECT node_id AS nodeId, record FROM nodes ORDER BY node_id');
  const save = sql.prepare(
    `INSERT INTO nodes (node_id, record) VALUES (?, ?)
     ON CONFLICT (node_id) DO UPDATE SET record = excluded.record`,
  );
  const remove = sql.prepare('DELETE FROM nodes WHERE node_id = ?');
  // Written by `save` alone.
  const read = ({ nodeId, record }: Row) => ({
    ...(JSON.parse(record) as Omit<NodeRecord, 'nodeId'>),
    nodeId,
  });
  return {
    find(nodeId) {
      const row = find.get(nodeId) as Row | undefined;
      return row === undefined ? undefined : read(row);
    },
    list: () => (list.all() as Row[]).map(read),
    save({ nodeId, ...record }) {
      save.run(nodeId, JSON.stringify(record));
    },
    remove(nodeId) {
      remove.run(nodeId);
    },
  };
}
