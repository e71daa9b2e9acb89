import type { GatewayDatabase } from '../sessions/database.ts';
import { newSecret, sameSecret } from './secrets.ts';

/** What a device says about itself. `platform` and `deviceFamily` are pinned at pairing (observed). */
export type DeviceFacts = {
  readonly deviceId: string;
  /** base64url of the raw Ed25519 key. */
  readonly publicKey: string;
  readonly displayName: string | null;
  readonly platform: string;
  readonly deviceFamily: string;
  readonly clientId: string;
  readonly clientMode: string;
};

export type PairedDevice = DeviceFacts & {
  readonly approvedVia: 'silent' | 'owner';
  readonly createdAt: number;
  readonly approvedAt: number;
  readonly lastSeenAt: number;
  readonly grants: readonly DeviceGrant[];
};

/** One role of a device, with the token that proves it. The same token is given out on every connect. */
export type DeviceGrant = {
  readonly role: string;
  readonly scopes: readonly string[];
  readonly token: string;
  readonly createdAt: number;
};

export type DeviceStore = {
  find(deviceId: string): PairedDevice | undefined;
  list(): PairedDevice[];
  /** Pairs the device or re-pins its facts, and adds the scopes to what the role has. */
  approve(
    facts: DeviceFacts,
    grant: { role: string; scopes: readonly string[] },
    via: 'silent' | 'owner',
    now: number,
  ): PairedDevice;
  seen(deviceId: string, now: number): void;
  /** Takes one role away; a device without any is removed. False when it did not have the role. */
  removeRole(deviceId: string, role: string): boolean;
  /** A new token for a role, with these scopes where they are given. Undefined when the device lacks the role. */
  rotate(deviceId: string, role: string, now: number, scopes?: readonly string[]): DeviceGrant | undefined;
  /** Takes the token of a role away; the device stays known. False when it did not have the role. */
  revoke(deviceId: string, role: string): boolean;
  /** False when there was no such device. */
  remove(deviceId: string): boolean;
};

export function grantOf(device: PairedDevice | undefined, role: string): DeviceGrant | undefined {
  return device?.grants.find((grant) => grant.role === role);
}

export function isTokenOf(grant: DeviceGrant | undefined, token: string): boolean {
  return grant !== undefined && sameSecret(token, grant.token);
}

type DeviceRow = Omit<PairedDevice, 'grants'>;
type GrantRow = { role: string; scopes: string; token: string; createdAt: number };

export function createDeviceStore(database: GatewayDatabase): DeviceStore {
  const { sql } = database;
  const columns = `device_id AS deviceId, public_key AS publicKey, display_name AS displayName, platform,
    device_family AS deviceFamily, client_id AS clientId, client_mode AS clientMode, approved_via AS approvedVia,
    created_at AS createdAt, approved_at AS approvedAt, last_seen_at AS lastSeenAt`;
  const find = sql.prepare(`SELECT ${columns} FROM devices WHERE device_id = ?`);
  const list = sql.prepare(`SELECT ${columns} FROM devices ORDER BY created_at, device_id`);
  const grants = sql.prepare(
    'SELECT role, scopes, token, created_at AS createdAt FROM device_tokens WHERE device_id = ? ORDER BY role',
  );
  const upsert = sql.prepare(
    `INSERT INTO devices (device_id, public_key, display_name, platform, device_family, client_id, client_mode,
       approved_via, created_at, approved_at, last_seen_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (device_id) DO UPDATE SET display_name = excluded.display_name, platform = excluded.platform,
       device_family = excluded.device_family, client_id = excluded.client_id, client_mode = excluded.client_mode,
       approved_via = excluded.approved_via, approved_at = excluded.approved_at, last_seen_at = excluded.last_seen_at`,
  );
  const upsertGrant = sql.prepare(
    `INSERT INTO device_tokens (device_id, role, token, scopes, created_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (device_id, role) DO UPDATE SET scopes = excluded.scopes`,
  );
  const rotate = sql.prepare(
    'UPDATE device_tokens SET token = ?, scopes = ?, created_at = ? WHERE device_id = ? AND role = ?',
  );
  const revoke = sql.prepare('DELETE FROM device_tokens WHERE device_id = ? AND role = ?');
  const seen = sql.prepare('UPDATE devices SET last_seen_at = ? WHERE device_id = ?');
  const remove = sql.prepare('DELETE FROM devices WHERE device_id = ?');
  const removeGrant = sql.prepare('DELETE FROM device_tokens WHERE device_id = ? AND role = ?');

  // The tables are STRICT, so the columns have the types of the records.
  const withGrants = (row: DeviceRow): PairedDevice => ({
    ...row,
    grants: (grants.all(row.deviceId) as GrantRow[]).map((grant) => ({
      ...grant,
      scopes: JSON.parse(grant.scopes) as string[],
    })),
  });
  const found = (deviceId: string) => {
    const row = find.get(deviceId) as DeviceRow | undefined;
    return row === undefined ? undefined : withGrants(row);
  };

  return {
    find: found,
    list: () => (list.all() as DeviceRow[]).map(withGrants),
    approve(facts, { role, scopes }, via, now) {
      return database.transaction(() => {
        const before = grantOf(found(facts.deviceId), role);
        upsert.run(
          facts.deviceId,
          facts.publicKey,
          facts.displayName,
          facts.platform,
          facts.deviceFamily,
          facts.clientId,
          facts.clientMode,
          via,
          now,
          now,
          now,
        );
        const union = [...new Set([...(before?.scopes ?? []), ...scopes])];
        upsertGrant.run(facts.deviceId, role, before?.token ?? newSecret(), JSON.stringify(union), now);
        return withGrants(find.get(facts.deviceId) as DeviceRow);
      });
    },
    seen(deviceId, now) {
      seen.run(now, deviceId);
    },
    removeRole(deviceId, role) {
      return database.transaction(() => {
        const hadRole = removeGrant.run(deviceId, role).changes > 0;
        if (hadRole && found(deviceId)?.grants.length === 0) remove.run(deviceId);
        return hadRole;
      });
    },
    rotate(deviceId, role, now, scopes) {
      const grant = grantOf(found(deviceId), role);
      if (grant === undefined) return undefined;
      rotate.run(newSecret(), JSON.stringify(scopes ?? grant.scopes), now, deviceId, role);
      return grantOf(found(deviceId), role);
    },
    revoke: (deviceId, role) => revoke.run(deviceId, role).changes > 0,
    remove: (deviceId) => remove.run(deviceId).changes > 0,
  };
}
