import { normalizeDeviceMetadataForAuth } from '@openclaw/gateway-client';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { ConnectPairingRequiredReason } from '@openclaw/gateway-protocol/connect-error-details';
import type { Doorkeeper, Verdict, Visit } from './admission.ts';
import { admitted, capped, refused } from './admission.ts';
import {
  deviceTokenMismatch,
  pairingRequired,
  proxyRefused,
  rateLimited,
  scopeMismatch,
  secretMismatch,
  secretMissing,
  tailscaleRefused,
} from './connect-refusal.ts';
import { type DeviceFacts, type DeviceGrant, grantOf, isTokenOf, type PairedDevice } from './device-store.ts';
import { mayPairSilently } from './origin.ts';
import { scopesGranted } from './scopes.ts';

type Device = NonNullable<ConnectParams['device']>;

/** A client that proved its key: what it may do depends on its credential and on its pairing. */
export function admitDevice(door: Doorkeeper, visit: Visit, device: Device): Verdict {
  const { params, role, scopes, proof, isLocal, origin, now } = visit;
  const { client } = params;
  const paired = door.devices.find(device.id);
  const grant = grantOf(paired, role);

  const isProven = proof.kind === 'shared' || proof.kind === 'open' || proof.kind === 'identity';
  if (!isProven) {
    const refusal = judgeDeviceToken(door, visit, grant);
    if (refusal !== null) return refusal;
  }
  // A program of this computer that happens to have a key needs no pairing: the shared secret is its right.
  const isLocalBackend = client.id === 'gateway-client' && client.mode === 'backend' && isLocal;
  if (isLocalBackend && origin.kind === 'absent' && (proof.kind === 'shared' || proof.kind === 'open')) {
    return admitted({ role, scopes, method: proof.method, device: null });
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
  const isSilent = maySkipQuestion(door, visit);
  const obstacle = findObstacle(visit, { paired, grant, facts, isSilent });
  if (obstacle !== null) return askForPairing(door, visit, facts, paired, obstacle);

  const current =
    grant !== undefined && scopesGranted(grant.scopes, scopes) && samePin(paired, facts)
      ? paired
      : door.devices.approve(facts, { role, scopes }, 'silent', now);
  door.devices.seen(device.id, now);
  const held = grantOf(current, role);
  if (held === undefined) throw new Error('a device was paired without a grant');
  return admitted({
    role,
    scopes: capped(visit, scopes),
    method: isProven ? proof.method : 'device-token',
    device: { deviceId: device.id, token: held.token, issuedAtMs: held.createdAt },
  });
}

/** Null when the device token is good for what is asked; otherwise the refusal. */
function judgeDeviceToken(door: Doorkeeper, visit: Visit, grant: DeviceGrant | undefined): Verdict | null {
  const { params, proof, suspect, scopes, ingress } = visit;
  const { auth } = params;
  const token = auth?.deviceToken || auth?.token;
  if (!token) {
    if (proof.kind === 'locked') return refused(rateLimited(proof.waitMs));
    if (proof.kind === 'proxy-refused') return refused(proxyRefused(proof.reason));
    if (proof.kind !== 'nothing') return null;
    if (proof.shown) {
      return refused(secretMismatch(proof.secret, true), door.rateLimit.failed(suspect, 'shared'));
    }
    if (ingress.kind === 'tailscale' && ingress.identity.kind === 'unverified') {
      if (ingress.identity.reason !== 'missing') {
        const delayMs = door.rateLimit.failed(suspect, 'shared');
        return refused(tailscaleRefused(ingress.identity.reason), delayMs);
      }
    }
    return refused(secretMissing(proof.secret));
  }
  const waitMs = door.rateLimit.lockedForMs(suspect, 'device');
  if (waitMs > 0) return refused(rateLimited(waitMs));
  if (!isTokenOf(grant, token)) {
    if (auth?.deviceToken || proof.kind === 'locked') {
      const delayMs = door.rateLimit.failed(suspect, 'device');
      return refused(proof.kind === 'locked' ? rateLimited(proof.waitMs) : deviceTokenMismatch(), delayMs);
    }
    if (proof.kind === 'proxy-refused') return refused(proxyRefused(proof.reason));
    const secret = proof.kind === 'nothing' ? proof.secret : 'token';
    return refused(secretMismatch(secret, true), door.rateLimit.failed(suspect, 'shared'));
  }
  door.rateLimit.succeeded(suspect, 'device');
  return scopesGranted(grant?.scopes ?? [], scopes) ? null : refused(scopeMismatch());
}

/** Who comes straight from this computer and holds its secret is paired without asking. */
function maySkipQuestion(door: Doorkeeper, { proof, isLocal, origin, params }: Visit): boolean {
  if (!door.autoApproveLocal || !isLocal) return isVerifiedTailnetUser(proof, params, origin);
  return (proof.kind === 'shared' || proof.kind === 'open') && mayPairSilently(origin, params.client);
}

/** A person's own screen behind our own Tailscale Serve needs no second approval (R27, doc). */
function isVerifiedTailnetUser(
  proof: Visit['proof'],
  { client, role }: ConnectParams,
  origin: Visit['origin'],
): boolean {
  if (proof.kind !== 'identity' || proof.method !== 'tailscale' || role === 'node') return false;
  return client.id === 'openclaw-control-ui' && origin.kind !== 'refused';
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

function findObstacle(
  { role, scopes, origin, params }: Visit,
  known: {
    paired: PairedDevice | undefined;
    grant: DeviceGrant | undefined;
    facts: DeviceFacts;
    isSilent: boolean;
  },
): ConnectPairingRequiredReason | null {
  const { paired, grant, facts, isSilent } = known;
  if (paired === undefined) return isSilent ? null : 'not-paired';
  if (!samePin(paired, facts) && !(nativeApps.has(params.client.id) && origin.kind === 'absent')) {
    return 'metadata-upgrade';
  }
  // A device that is known may silently become an operator's too, never a node (observed).
  if (grant === undefined) return isSilent && role === 'operator' ? null : 'role-upgrade';
  return isSilent || scopesGranted(grant.scopes, scopes) ? null : 'scope-upgrade';
}

function askForPairing(
  door: Doorkeeper,
  { role, scopes }: Visit,
  facts: DeviceFacts,
  paired: PairedDevice | undefined,
  reason: ConnectPairingRequiredReason,
): Verdict {
  const asked = door.requests.ask(facts, { role, scopes, isRepair: paired !== undefined });
  const { request, isNew, replaces } = asked;
  if (isNew) door.onDidRequestPairing(request, replaces);
  return refused(
    pairingRequired({
      reason,
      requestId: request.requestId,
      deviceId: facts.deviceId,
      requestedRole: role,
      requestedScopes: [...scopes],
      ...(paired === undefined
        ? {}
        : {
            approvedRoles: paired.grants.map((known) => known.role),
            approvedScopes: [...new Set(paired.grants.flatMap((known) => known.scopes))],
          }),
    }),
  );
}
