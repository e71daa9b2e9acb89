import {
  validateDevicePairApproveParams,
  validateDevicePairListParams,
  validateDevicePairRejectParams,
  validateDevicePairRemoveParams,
} from '@openclaw/gateway-protocol';
import type { DeviceStore, PairedDevice } from '../auth/device-store.ts';
import type { PairingRequest, PairingRequests } from '../auth/pairing-requests.ts';
import { scopeGranted, scopesGranted } from '../auth/scopes.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import type { Hub } from '../server/hub.ts';
import { checked, type MethodTable } from './method.ts';

export type PairingDeps = {
  readonly devices: DeviceStore;
  readonly requests: PairingRequests;
  readonly hub: Hub;
  readonly now: () => number;
};

/** A person's yes or no to a device that could not be paired silently (observed). */
export function pairingMethods(deps: PairingDeps): MethodTable {
  const { devices, requests, hub, now } = deps;

  const announce = (request: PairingRequest, decision: PairingDecision) =>
    announceResolved(hub, request, decision, now());

  return {
    ...checked('device.pair.list', 'operator.pairing', validateDevicePairListParams, () =>
      answer({
        pending: requests.list().map(describeRequest),
        paired: devices.list().map((device) => describeDevice(device, hub)),
      }),
    ),
    ...checked(
      'device.pair.approve',
      'operator.pairing',
      validateDevicePairApproveParams,
      (params, { admission }) => {
        const request = requests.list().find(({ requestId }) => requestId === params.requestId);
        if (request === undefined) return invalidRequest('unknown requestId');
        // Nobody gives away what they do not have; nodes are for administrators to let in.
        const isNode = request.roles.includes('node');
        const mayGrant =
          scopeGranted(admission.scopes, 'operator.admin') ||
          (!isNode && scopesGranted(admission.scopes, request.scopes));
        if (!mayGrant) return invalidRequest('device pairing approval denied');
        requests.take(request.requestId);
        for (const role of request.roles) {
          const scopes = role === 'operator' ? request.scopes : [];
          devices.approve(request, { role, scopes }, 'owner', now());
        }
        announce(request, 'approved');
        const device = devices.find(request.deviceId);
        return answer({
          requestId: request.requestId,
          device: device === undefined ? null : describeDevice(device, hub),
        });
      },
    ),
    ...checked('device.pair.reject', 'operator.pairing', validateDevicePairRejectParams, (params) => {
      const request = requests.take(params.requestId);
      if (request === undefined) return invalidRequest('unknown requestId');
      announce(request, 'rejected');
      return answer({ requestId: request.requestId, deviceId: request.deviceId });
    }),
    ...checked('device.pair.remove', 'operator.pairing', validateDevicePairRemoveParams, (params) => {
      const { deviceId } = params;
      if (!devices.remove(deviceId)) return invalidRequest('unknown deviceId');
      for (const client of hub.clients()) {
        if (client.admission.device?.deviceId === deviceId) client.close(1008, 'device removed');
      }
      return answer({ deviceId });
    }),
  };
}

type PairingDecision = 'approved' | 'rejected' | 'superseded';

/** A request came up; the one it replaces is off the table first. */
export function announceRequest(
  hub: Hub,
  request: PairingRequest,
  replaces: PairingRequest | null,
  now: number,
): void {
  if (replaces !== null) announceResolved(hub, replaces, 'superseded', now);
  hub.broadcast('device.pair.requested', describeRequest(request), { scope: 'operator.pairing' });
}

function announceResolved(
  hub: Hub,
  { requestId, deviceId }: PairingRequest,
  decision: PairingDecision,
  ts: number,
): void {
  hub.broadcast('device.pair.resolved', { requestId, deviceId, decision, ts }, { scope: 'operator.pairing' });
}

/** The payload of `device.pair.requested`, and a line of the pending list. */
function describeRequest(request: PairingRequest) {
  const { requestId, deviceId, publicKey, displayName, platform, deviceFamily } = request;
  return {
    requestId,
    deviceId,
    publicKey,
    ...(displayName === null ? {} : { displayName }),
    ...(platform === '' ? {} : { platform }),
    ...(deviceFamily === '' ? {} : { deviceFamily }),
    clientId: request.clientId,
    clientMode: request.clientMode,
    role: request.role,
    roles: [...request.roles],
    scopes: [...request.scopes],
    silent: false,
    isRepair: request.isRepair,
    ts: request.at,
  };
}

/** Never the tokens themselves. */
function describeDevice(device: PairedDevice, hub: Hub) {
  const { deviceId, publicKey, displayName, platform, deviceFamily, clientId, clientMode } = device;
  return {
    deviceId,
    publicKey,
    ...(displayName === null ? {} : { displayName }),
    platform,
    ...(deviceFamily === '' ? {} : { deviceFamily }),
    clientId,
    clientMode,
    role: device.grants[0]?.role,
    roles: device.grants.map((grant) => grant.role),
    scopes: [...new Set(device.grants.flatMap((grant) => grant.scopes))],
    approvedVia: device.approvedVia,
    createdAtMs: device.createdAt,
    approvedAtMs: device.approvedAt,
    lastSeenAtMs: device.lastSeenAt,
    connected: hub.clients().some((client) => client.admission.device?.deviceId === deviceId),
    tokens: device.grants.map(({ role, scopes, createdAt }) => ({
      role,
      scopes,
      createdAtMs: createdAt,
    })),
  };
}
