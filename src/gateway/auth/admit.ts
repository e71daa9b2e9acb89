import { normalizeDeviceMetadataForAuth } from '@openclaw/gateway-client';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { ConnectPairingRequiredReason } from '@openclaw/gateway-protocol/connect-error-details';
import {
  MIN_CLIENT_PROTOCOL_VERSION,
  MIN_NODE_PROTOCOL_VERSION,
  MIN_PROBE_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from '@openclaw/gateway-protocol/version';
import {
  type ConnectRefusal,
  controlUiDeviceRequired,
  deviceRefused,
  deviceRequired,
  deviceTokenMismatch,
  invalidConnect,
  originRefused,
  pairingRequired,
  protocolMismatch,
  scopeMismatch,
  tokenMismatch,
  tokenMissing,
} from './connect-refusal.ts';
import { findDeviceFault } from './device-proof.ts';
import { type DeviceFacts, type DeviceStore, grantOf, isTokenOf, type PairedDevice } from './device-store.ts';
import { judgeOrigin, mayPairSilently, type OriginVerdict } from './origin.ts';
import type { PairingRequest, PairingRequests } from './pairing-requests.ts';
import { scopesGranted } from './scopes.ts';
import { sameSecret } from './secrets.ts';

type Role = 'operator' | 'node';

/** What an admitted connection may do. */
export type Admission = {
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly method: 'token' | 'device-token';
  /** Set when the connection proved a paired device. */
  readonly device: {
    readonly deviceId: string;
    readonly token: string;
    readonly issuedAtMs: number;
  } | null;
};

export type Admit = (
  params: ConnectParams,
  facts: { origin: string | undefined; nonce: string; now: number },
) => { ok: true; admission: Admission } | { ok: false; refusal: ConnectRefusal };

type Doorkeeper = {
  readonly token: string;
  readonly allowedOrigins: readonly string[];
  readonly devices: DeviceStore;
  readonly requests: PairingRequests;
  readonly onDidRequestPairing: (request: PairingRequest) => void;
};

const admitted = (admission: Admission) => ({ ok: true, admission }) as const;
const refused = (refusal: ConnectRefusal) => ({ ok: false, refusal }) as const;

/**
 * Decides about one `connect`, in the order in which a real Gateway answers when several things are wrong:
 * protocol, role, origin, device proof, credential, pairing (observed).
 * Connections reach it from loopback only and without a proxy between; the HTTP layer sees to that.
 */
export function createAdmit(door: Doorkeeper): Admit {
  return (params, { origin, nonce, now }) => {
    if (!speaksOurProtocol(params)) return refused(protocolMismatch(params));
    const role = params.role ?? 'operator';
    if (role !== 'operator' && role !== 'node') return refused(invalidConnect('invalid role'));
    const verdict = judgeOrigin(origin, params.client, door.allowedOrigins);
    if (verdict.kind === 'refused') return refused(originRefused(verdict.reason));

    const { device } = params;
    if (device === undefined) return admitWithoutDevice(door, params, role, verdict);
    const fault = findDeviceFault(params, device, { nonce, now });
    if (fault !== null) return refused(deviceRefused(fault));
    return admitDevice(door, params, device, role, verdict, now);
  };
}

/** Probes and nodes may be one version behind; the greeting is the same for all. */
function speaksOurProtocol({ minProtocol, maxProtocol, client, role }: ConnectParams): boolean {
  const isProbe = client.mode === 'probe';
  const isNode = client.mode === 'node' && role === 'node';
  const lowest = isProbe
    ? MIN_PROBE_PROTOCOL_VERSION
    : isNode
      ? MIN_NODE_PROTOCOL_VERSION
      : MIN_CLIENT_PROTOCOL_VERSION;
  return minProtocol <= PROTOCOL_VERSION && maxProtocol >= lowest;
}

/** The shared secret may stand in either field; a wrong token is not made good by a right password. */
function holdsSharedSecret(door: Doorkeeper, params: ConnectParams): boolean {
  const presented = params.auth?.token || params.auth?.password;
  return presented !== undefined && presented !== '' && sameSecret(presented, door.token);
}

function admitWithoutDevice(door: Doorkeeper, params: ConnectParams, role: Role, origin: OriginVerdict) {
  const { auth, client } = params;
  if (client.id === 'openclaw-control-ui' || client.id === 'openclaw-tui') {
    return refused(controlUiDeviceRequired());
  }
  if (role === 'node' || !(auth?.token || auth?.password)) return refused(deviceRequired());
  if (!holdsSharedSecret(door, params)) return refused(tokenMismatch(false));
  const keepsScopes = isLocalTool(client) && origin.kind === 'absent';
  return admitted({
    role,
    scopes: keepsScopes ? (params.scopes ?? []) : [],
    method: 'token',
    device: null,
  });
}

/** The two kinds of client that act on the shared token alone (observed). */
function isLocalTool({ id, mode }: ConnectParams['client']): boolean {
  return (id === 'cli' && mode === 'cli') || (id === 'gateway-client' && mode === 'backend');
}

function admitDevice(
  door: Doorkeeper,
  params: ConnectParams,
  device: NonNullable<ConnectParams['device']>,
  role: Role,
  origin: OriginVerdict,
  now: number,
) {
  const { auth, client } = params;
  const scopes = params.scopes ?? [];
  const paired = door.devices.find(device.id);
  const grant = grantOf(paired, role);

  const shared = holdsSharedSecret(door, params);
  if (!shared) {
    const token = auth?.deviceToken || auth?.token;
    if (token === undefined || token === '') {
      return refused(auth?.password ? tokenMismatch(true) : tokenMissing());
    }
    if (!isTokenOf(grant, token)) {
      return refused(auth?.deviceToken ? deviceTokenMismatch() : tokenMismatch(true));
    }
    if (!scopesGranted(grant?.scopes ?? [], scopes)) return refused(scopeMismatch());
  }
  // A local tool that happens to have a key needs no pairing: the shared token is its right.
  if (shared && client.mode === 'backend' && isLocalTool(client) && origin.kind === 'absent') {
    return admitted({ role, scopes, method: 'token', device: null });
  }

  const facts: DeviceFacts = {
    deviceId: device.id,
    publicKey: device.publicKey,
    displayName: client.displayName ?? null,
    platform: normalizeDeviceMetadataForAuth(client.platform),
    deviceFamily: normalizeDeviceMetadataForAuth(client.deviceFamily),
    clientId: client.id,
    clientMode: client.mode,
  };
  const obstacle = findPairingObstacle({ paired, role, scopes, facts, origin, client, shared });
  if (obstacle !== null) {
    const { request, isNew } = door.requests.ask(facts, { role, scopes, isRepair: paired !== undefined });
    if (isNew) door.onDidRequestPairing(request);
    return refused(
      pairingRequired({
        reason: obstacle,
        requestId: request.requestId,
        deviceId: device.id,
        requestedRole: role,
        requestedScopes: scopes,
        ...(paired === undefined
          ? {}
          : {
              approvedRoles: paired.grants.map((known) => known.role),
              approvedScopes: [...new Set(paired.grants.flatMap((known) => known.scopes))],
            }),
      }),
    );
  }

  const current =
    grant !== undefined && scopesGranted(grant.scopes, scopes) && samePin(paired, facts)
      ? paired
      : door.devices.approve(facts, { role, scopes }, 'silent', now);
  door.devices.seen(device.id, now);
  const held = grantOf(current, role);
  if (held === undefined) throw new Error('a device was paired without a grant');
  return admitted({
    role,
    scopes,
    method: shared ? 'token' : 'device-token',
    device: { deviceId: device.id, token: held.token, issuedAtMs: held.createdAt },
  });
}

/**
 * Apps of the platform itself may change what they say about it (an upgrade does); pages and tools may not.
 */
const nativeApps = new Set([
  'openclaw-macos',
  'openclaw-linux',
  'openclaw-ios',
  'openclaw-watchos',
  'openclaw-android',
]);

function samePin(paired: PairedDevice | undefined, facts: DeviceFacts): boolean {
  return paired?.platform === facts.platform && paired.deviceFamily === facts.deviceFamily;
}

function findPairingObstacle(ask: {
  paired: PairedDevice | undefined;
  role: Role;
  scopes: readonly string[];
  facts: DeviceFacts;
  origin: OriginVerdict;
  client: ConnectParams['client'];
  shared: boolean;
}): ConnectPairingRequiredReason | null {
  const { paired, role, scopes, facts, origin, client, shared } = ask;
  const silent = shared && mayPairSilently(origin, client);
  if (paired === undefined) return silent ? null : 'not-paired';
  if (!samePin(paired, facts) && !(nativeApps.has(client.id) && origin.kind === 'absent')) {
    return 'metadata-upgrade';
  }
  const grant = grantOf(paired, role);
  if (grant === undefined) return 'role-upgrade';
  return silent || scopesGranted(grant.scopes, scopes) ? null : 'scope-upgrade';
}
