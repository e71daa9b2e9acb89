import {
  validateDevicePairApproveParams,
  validateDevicePairListParams,
  validateDevicePairRejectParams,
  validateDevicePairRemoveParams,
} from '@openclaw/gateway-protocol';
import type { DeviceStore, PairedDevice } from '../auth/device-store.ts';
import type { PairingRequest, PairingRequests } from '../auth/pairing-requests.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { GatewayClock } from '../clock.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import type { Hub } from '../server/hub.ts';
import { checked, type MethodTable } from './method.ts';

export type PairingDeps = {
  readonly devices: DeviceStore;
  readonly requests: PairingRequests;
  readonly hub: Hub;
  readonly clock: GatewayClock;
};

/** A person's yes or no to a device that could not be paired silently (observed). */
export function pairingMethods(deps: PairingDeps): MethodTable {
  const { devices, requests, hub, clock } = deps;

  const announce = (request: PairingRequest, decision: PairingDecision) =>
    announceResolved(hub, request, decision, clock.now());

  return {
    ...checked('device.pair.list', 'operator.pairing', validateDevicePairListParams, (_params, client) =>
      answer({
        pending: requests
          .list()
          .filter(({ deviceId }) => mayManage(client, deviceId))
          .map(describeRequest),
        paired: devices
          .list()
          .filter(({ deviceId }) => mayManage(client, deviceId))
          .map((device) => describeDevice(device, hub)),
      }),
    ),
    ...checked(
      'device.pair.approve',
      'operator.pairing',
      validateDevicePairApproveParams,
      (params, client) => {
        const request = requests.list().find(({ requestId }) => requestId === params.requestId);
        if (request === undefined) return invalidRequest('unknown requestId');
        const { scopes } = client.admission;
        if (!isAdmin(client)) {
          // Nodes are for administrators to let in.
          if (!mayManage(client, request.deviceId) || request.roles.includes('node')) {
            return invalidRequest('device pairing approval denied');
          }
          // Nobody gives away what they do not have.
          const missing = request.scopes.find((scope) => !scopeGranted(scopes, scope));
          if (missing !== undefined) return invalidRequest(`missing scope: ${missing}`);
        }
        requests.take(request.requestId);
        for (const role of request.roles) {
          const granted = role === 'operator' ? request.scopes : [];
          devices.approve(request, { role, scopes: granted }, 'owner', clock.now());
        }
        announce(request, 'approved');
        const device = devices.find(request.deviceId);
        return answer({
          requestId: request.requestId,
          device: device === undefined ? null : describeDevice(device, hub),
        });
      },
    ),
    ...checked('device.pair.reject', 'operator.pairing', validateDevicePairRejectParams, (params, client) => {
      const request = requests.list().find(({ requestId }) => requestId === params.requestId);
      if (request === undefined) return invalidRequest('unknown requestId');
      if (!mayManage(client, request.deviceId)) return invalidRequest('device pairing rejection denied');
      requests.take(request.requestId);
      announce(request, 'rejected');
      return answer({ requestId: request.requestId, deviceId: request.deviceId });
    }),
    ...checked('device.pair.remove', 'operator.pairing', validateDevicePairRemoveParams, (params, caller) => {
      const { deviceId } = params;
      const isNode = devices.find(deviceId)?.grants.some(({ role }) => role === 'node') === true;
      if (!mayManage(caller, deviceId) || (isDevice(caller) && !isAdmin(caller) && isNode)) {
        return invalidRequest('device pairing removal denied');
      }
      if (!devices.remove(deviceId)) return invalidRequest('unknown deviceId');
      for (const client of hub.clients()) {
        if (client.admission.device?.deviceId !== deviceId) continue;
        // The caller's own gets its answer first.
        if (client === caller) clock.after(0, () => client.close(1008, 'device removed'));
        else client.close(1008, 'device removed');
      }
      return answer({ deviceId });
    }),
  };
}

const isAdmin = ({ admission }: Client) => scopeGranted(admission.scopes, 'operator.admin');

/** It came with the token of one device; who holds a secret of the Gateway's own speaks for its owner. */
const isDevice = ({ admission }: Client) => admission.method === 'device-token';

/** A device looks after itself alone, unless it is an administrator's (observed). */
function mayManage(client: Client, deviceId: string): boolean {
  return !isDevice(client) || isAdmin(client) || client.admission.device?.deviceId === deviceId;
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
