import { hostname, release, type as systemType } from 'node:os';
import type { Client } from './client.ts';

/** One line of `system-presence` (observed). */
type PresenceEntry = {
  host: string;
  version: string;
  platform: string;
  deviceFamily?: string;
  mode: string;
  /** `self`, `connect`, `disconnect`, or what a report says. */
  reason: string;
  text: string;
  ts: number;
  instanceId?: string;
  clientId?: string;
  deviceId?: string;
  roles?: string[];
  scopes?: string[];
  onlineSince?: number;
};

export type Presence = {
  /** The Gateway first, then who is here, then who left a short while ago. */
  list(): PresenceEntry[];
  /** Both return whether the list changed. */
  arrived(client: Client): boolean;
  left(client: Client): boolean;
  /** What something that holds no connection of its own says about itself (`system-event`). */
  report(event: PresenceReport): void;
};

type PresenceReport = { readonly text: string } & Partial<
  Record<
    'host' | 'mode' | 'version' | 'platform' | 'deviceFamily' | 'deviceId' | 'instanceId' | 'reason',
    string | undefined
  >
>;

/** Who left stays listed this long, and no more than this many. */
const REMEMBER_MS = 5 * 60_000;
const REMEMBER_COUNT = 20;

/** Commands and probes come and go in a second; a real Gateway does not list them either. */
const transientModes = new Set(['cli', 'probe', 'backend']);

export function createPresence(self: { version: string; instanceId: string; now: () => number }): Presence {
  const entries = new Map<string, PresenceEntry>();
  // A device that reconnects replaces its line.
  const keyOf = (client: Client) =>
    client.admission.device?.deviceId ?? client.connect.client.instanceId ?? client.connId;

  const forgetOld = () => {
    const gone = [...entries].filter(([, entry]) => entry.reason !== 'connect');
    gone.sort(([, a], [, b]) => b.ts - a.ts);
    gone.forEach(([key, entry], index) => {
      if (index >= REMEMBER_COUNT || self.now() - entry.ts > REMEMBER_MS) entries.delete(key);
    });
  };

  return {
    list() {
      forgetOld();
      const host = hostname();
      const gateway: PresenceEntry = {
        host,
        version: self.version,
        platform: `${process.platform} ${release()}`,
        deviceFamily: systemType(),
        mode: 'gateway',
        reason: 'self',
        instanceId: self.instanceId,
        text: `Gateway: ${host} · app ${self.version} · mode gateway · reason self`,
        ts: self.now(),
      };
      return [gateway, ...[...entries.values()].sort((a, b) => b.ts - a.ts)];
    },
    arrived(client) {
      const { client: info } = client.connect;
      if (transientModes.has(info.mode)) return false;
      const host = info.displayName || info.id;
      entries.set(keyOf(client), {
        host,
        version: info.version,
        platform: info.platform,
        ...(info.deviceFamily ? { deviceFamily: info.deviceFamily } : {}),
        mode: info.mode,
        reason: 'connect',
        text: `${host} · mode ${info.mode}`,
        ts: self.now(),
        ...(info.instanceId ? { instanceId: info.instanceId } : {}),
        clientId: info.id,
        ...(client.admission.device === null ? {} : { deviceId: client.admission.device.deviceId }),
        roles: [client.admission.role],
        scopes: [...client.admission.scopes],
        onlineSince: client.connectedAt,
      });
      return true;
    },
    report({ text, host = 'unknown', mode = 'unknown', version = '', platform = '', ...more }) {
      const { deviceFamily, deviceId, instanceId, reason = 'periodic' } = more;
      const key = deviceId ?? instanceId ?? host;
      const known = entries.get(key);
      entries.set(key, {
        ...known,
        host: known?.host ?? host,
        version: known?.version ?? version,
        platform: known?.platform ?? platform,
        mode: known?.mode ?? mode,
        // Whether a connection is there is known better here.
        reason: known?.reason ?? reason,
        text,
        ts: self.now(),
        ...(deviceFamily === undefined ? {} : { deviceFamily }),
        ...(deviceId === undefined ? {} : { deviceId }),
        ...(instanceId === undefined ? {} : { instanceId }),
      });
    },
    left(client) {
      const entry = entries.get(keyOf(client));
      // The line may belong to a newer connection of the same device by now.
      if (entry === undefined || entry.onlineSince !== client.connectedAt) return false;
      entries.set(keyOf(client), { ...entry, reason: 'disconnect', ts: self.now() });
      return true;
    },
  };
}
