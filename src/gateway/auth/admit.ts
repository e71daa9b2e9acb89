import type { ConnectParams } from '@openclaw/gateway-protocol';
import {
  MIN_CLIENT_PROTOCOL_VERSION,
  MIN_NODE_PROTOCOL_VERSION,
  MIN_PROBE_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from '@openclaw/gateway-protocol/version';
import type { Admit, Doorkeeper, Verdict, Visit } from './admission.ts';
import { admitted, capped, refused } from './admission.ts';
import { admitDevice } from './admit-device.ts';
import {
  type ConnectRefusal,
  controlUiDeviceRequired,
  deviceRefused,
  deviceRequired,
  invalidConnect,
  originRefused,
  protocolMismatch,
  proxyRefused,
  rateLimited,
  secretMismatch,
} from './connect-refusal.ts';
import { judgeCredential, type Proof, presentedBy } from './credential.ts';
import { findDeviceFault } from './device-proof.ts';
import type { Ingress } from './ingress.ts';
import { judgeOrigin } from './origin.ts';
import { suspectOf } from './rate-limit.ts';
import { scopeCapOf, scopesOfIdentity } from './trusted-proxy.ts';

/**
 * Decides about one `connect`, in the order in which a real Gateway answers when several things are wrong:
 * protocol, role, origin, device proof, credential, pairing (observed). What cannot be attributed to anybody never
 * comes this far; the HTTP layer sees to that.
 */
export function createAdmit(door: Doorkeeper): Admit {
  return (params, request) => {
    if (!speaksOurProtocol(params)) return refused(protocolMismatch(params));
    const role = params.role ?? 'operator';
    if (role !== 'operator' && role !== 'node') return refused(invalidConnect('invalid role'));
    const { ingress, headers, nonce, now } = request;
    const isLocal = ingress.kind === 'direct' && ingress.isLoopback;
    const origin = judgeOrigin(headers.origin, params.client, {
      isLocal,
      allowedOrigins: [...door.allowedOrigins, ...ownOrigin(ingress)],
    });
    if (origin.kind === 'refused') return refused(originRefused(origin.reason));

    const { device } = params;
    const fault = device === undefined ? null : findDeviceFault(params, device, { nonce, now });
    if (fault !== null) return refused(deviceRefused(fault));

    const presented = presentedBy(params);
    const suspect = suspectOf(ingress, headers.origin);
    const waitMs = door.rateLimit.lockedForMs(suspect, 'shared');
    const proof: Proof =
      waitMs > 0
        ? { kind: 'locked', waitMs }
        : judgeCredential(
            // Tailscale signs people in, not nodes (doc).
            { ...door.credentials, allowTailscale: door.credentials.allowTailscale && role === 'operator' },
            { ingress, headers, presented },
          );
    if (device === undefined && mustProveDevice(params.client, proof)) {
      return refused(controlUiDeviceRequired());
    }
    const visit: Visit = {
      params,
      role,
      scopes: params.scopes ?? [],
      origin,
      ingress,
      isLocal,
      proof,
      suspect,
      identityScopes:
        proof.kind === 'identity' && role === 'operator'
          ? scopesOfIdentity(door.identityScopes, proof.user)
          : [],
      scopeCap: proof.kind === 'identity' ? scopeCapOf(headers) : null,
      now,
    };
    if (proof.kind === 'shared') door.rateLimit.succeeded(suspect, 'shared');
    return device === undefined ? admitWithoutDevice(door, visit) : admitDevice(door, visit, device);
  };
}

/** A page that our own Tailscale Serve brought comes from there; names below ts.net cannot be rebound. */
function ownOrigin(ingress: Ingress): string[] {
  return ingress.kind === 'tailscale' && ingress.host.endsWith('.ts.net') ? [`https://${ingress.host}`] : [];
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

/** The screens of a person have a key of their own, unless a proxy vouches for the person (observed). */
function mustProveDevice({ id }: ConnectParams['client'], proof: Proof): boolean {
  if (id === 'openclaw-tui') return true;
  const isVouchedFor = proof.kind === 'identity' && proof.method === 'trusted-proxy';
  return id === 'openclaw-control-ui' && !isVouchedFor;
}

function admitWithoutDevice(door: Doorkeeper, visit: Visit): Verdict {
  const { params, role, proof, origin, isLocal, suspect } = visit;
  const { client, auth } = params;
  const holdsSomething = Boolean(auth?.token || auth?.password);
  const stranger = (): ConnectRefusal => {
    if (proof.kind === 'proxy-refused' && holdsSomething) return proxyRefused(proof.reason);
    if (proof.kind === 'nothing' && proof.shown) return secretMismatch(proof.secret, false);
    return deviceRequired();
  };
  switch (proof.kind) {
    case 'nothing':
    case 'proxy-refused': {
      const delayMs = proof.kind === 'nothing' && proof.shown ? door.rateLimit.failed(suspect, 'shared') : 0;
      return refused(stranger(), delayMs);
    }
    case 'locked':
      return refused(rateLimited(proof.waitMs));
    case 'open':
      // Without any proof only a program of this computer acts for itself (observed).
      if (role !== 'operator' || !isBackend(client) || !isLocal || origin.kind !== 'absent') {
        return refused(deviceRequired());
      }
      return admitted({ role, scopes: visit.scopes, method: 'none', device: null });
    case 'identity':
      if (role !== 'operator' || proof.method === 'tailscale') return refused(deviceRequired());
      return admitted({ role, scopes: capped(visit, []), method: proof.method, device: null });
    case 'shared': {
      if (role !== 'operator') return refused(deviceRequired());
      const keepsScopes = (isCli(client) || isBackend(client)) && isLocal && origin.kind === 'absent';
      return admitted({ role, scopes: keepsScopes ? visit.scopes : [], method: proof.method, device: null });
    }
  }
}

const isCli = ({ id, mode }: ConnectParams['client']) => id === 'cli' && mode === 'cli';
const isBackend = ({ id, mode }: ConnectParams['client']) => id === 'gateway-client' && mode === 'backend';
