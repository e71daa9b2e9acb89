import type { SettingsView } from '../shared/config/settings.ts';
import { parseGatewayUrl } from '../shared/connection/gateway-url.ts';
import { lampsOf } from '../shared/connection/lamps.ts';
import type { HostKeyChange, Snapshot } from '../shared/contract/snapshot.ts';
import type { RouteState } from './connection/route.ts';
import type { Endpoint } from './endpoint-generations.ts';
import type { OfferedHostKeyChange } from './ssh/client.ts';

/** What the engine knows at one moment. */
export type SnapshotFacts = Pick<
  Snapshot,
  'app' | 'quality' | 'settings' | 'questions' | 'tunnelRun' | 'earlierOrigins' | 'notices'
> & {
  /** Of the current route; null while there is none. */
  readonly route: RouteState | null;
  readonly endpoint: Endpoint | null;
  /** Where there is no route, one is on its way. */
  readonly isConnecting: boolean;
  /** This computer has an address that others could answer to. */
  readonly isOnline: boolean;
  readonly hostKeyChange: OfferedHostKeyChange | null;
  /** Of the Gateway that is wanted, where none was reached; null where nobody can say which that is. */
  readonly wantedGatewayKey: string | null;
};

/** Pure. What every screen sees. */
export function drawSnapshot(facts: SnapshotFacts): Snapshot {
  const { app, quality, settings, questions, tunnelRun, earlierOrigins, notices } = facts;
  const { route, endpoint, hostKeyChange } = facts;
  return {
    app,
    mode: settings.mode.value,
    ...drawTarget(settings),
    connection: route?.connection ?? betweenRoutes(facts),
    tunnel: route?.tunnel ?? { tag: 'stopped' },
    endpoint: endpoint && (isDirect(settings) ? { ...endpoint, relayOnly: true } : endpoint),
    gatewayKey: route?.gatewayKey ?? facts.wantedGatewayKey,
    gateway: route?.gateway ?? null,
    health: route?.health ?? null,
    lamps: drawLamps(facts),
    quality,
    ssh: route?.ssh ?? null,
    hostKeyChange: hostKeyChange && drawHostKeyChange(hostKeyChange),
    settings,
    questions,
    tunnelRun,
    earlierOrigins,
    notices,
  };
}

/** Before the start, when disconnected, or while one route makes way for the next. */
function betweenRoutes({ settings, isConnecting }: SnapshotFacts): Snapshot['connection'] {
  if (!isConnecting) return { tag: 'idle' };
  return { tag: 'connecting', step: settings.mode.value === 'local' ? 'localGateway' : 'port' };
}

function isDirect({ mode, remote }: SettingsView): boolean {
  return mode.value === 'remote' && remote.transport.value === 'direct';
}

function drawLamps({ settings, route, isOnline }: SnapshotFacts): Snapshot['lamps'] {
  return lampsOf({
    mode: isDirect(settings) ? 'direct' : settings.mode.value,
    isOnline,
    transport: route?.phases.transport ?? { tag: 'off' },
    link: route?.phases.link ?? { tag: 'closed' },
    isSuspect: route?.tunnel.tag === 'up' && route.tunnel.suspectSinceMs !== null,
    forwardError: route?.forwardError ?? null,
    sideErrors: (route?.ssh?.sideForwards ?? []).flatMap(({ error }) => error ?? []),
    healthError: route?.health?.error ?? null,
  });
}

/** Without the key itself and the files it would go to. */
function drawHostKeyChange(change: OfferedHostKeyChange): HostKeyChange {
  const { host, port, keyType, fingerprint, art, known } = change;
  return { host, port, keyType, fingerprint, known, ...(art !== undefined && { art }) };
}

/** What a person calls the other end, and how it is reached. */
function drawTarget({ mode, remote }: SettingsView): Pick<Snapshot, 'target' | 'via'> {
  if (mode.value === 'local') return { target: '' };
  if (remote.transport.value === 'ssh') return { target: remote.sshTarget.value };
  const url = parseGatewayUrl(remote.url.value);
  return url.ok ? { target: url.value.host, via: url.value.secure ? 'tls' : 'plaintext' } : { target: '' };
}
