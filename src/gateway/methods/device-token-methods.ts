import { validateDeviceTokenRevokeParams, validateDeviceTokenRotateParams } from '@openclaw/gateway-protocol';
import { type DeviceGrant, type DeviceStore, grantOf } from '../auth/device-store.ts';
import { scopeGranted, scopesGranted } from '../auth/scopes.ts';
import type { GatewayClock } from '../clock.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest, type Reply } from '../server/frames.ts';
import type { Hub } from '../server/hub.ts';
import { checked, type MethodTable } from './method.ts';

export type DeviceTokenDeps = {
  readonly devices: DeviceStore;
  readonly hub: Hub;
  readonly clock: GatewayClock;
};

type Target = { deviceId: string; role: string };

/** New and withdrawn device tokens (observed; who may do it: doc). */
export function deviceTokenMethods({ devices, hub, clock }: DeviceTokenDeps): MethodTable {
  /** Runs `act` with the grant when the caller may touch it. */
  const withGrant = (client: Client, target: Target, act: (grant: DeviceGrant) => Reply): Reply => {
    const denied = invalidRequest('device token change denied');
    const { scopes, device } = client.admission;
    const isAdmin = scopeGranted(scopes, 'operator.admin');
    const isOwn = device === null || device.deviceId === target.deviceId;
    if (!isAdmin && (target.role !== 'operator' || !isOwn)) return denied;
    const grant = grantOf(devices.find(target.deviceId), target.role);
    if (grant === undefined) return invalidRequest('unknown deviceId/role');
    return isAdmin || scopesGranted(scopes, grant.scopes) ? act(grant) : denied;
  };

  /** The connections that the old token carries; the caller's own gets its answer first. */
  const disconnect = ({ deviceId, role }: Target, caller: Client, reason: string, spareCaller: boolean) => {
    for (const client of hub.clients()) {
      const { admission } = client;
      if (admission.device?.deviceId !== deviceId || admission.role !== role) continue;
      if (client !== caller) client.close(1008, reason);
      else if (!spareCaller) clock.after(0, () => client.close(1008, reason));
    }
  };

  return {
    ...checked('device.token.rotate', 'operator.pairing', validateDeviceTokenRotateParams, (params, client) =>
      withGrant(client, params, (grant) => {
        // A rotation narrows at most: what a device may have is the pairing's business.
        if (params.scopes !== undefined && !scopesGranted(grant.scopes, params.scopes)) {
          return invalidRequest('device token change denied');
        }
        const fresh = devices.rotate(params.deviceId, params.role, clock.now(), params.scopes);
        if (fresh === undefined) return invalidRequest('unknown deviceId/role');
        const { device, method } = client.admission;
        const isSelf = device?.deviceId === params.deviceId && method === 'device-token';
        disconnect(params, client, 'device token rotated', isSelf);
        return answer({
          deviceId: params.deviceId,
          role: params.role,
          scopes: [...fresh.scopes],
          rotatedAtMs: fresh.createdAt,
          ...(isSelf ? { token: fresh.token } : { tokenDelivery: 'withheld-cross-device' }),
        });
      }),
    ),
    ...checked('device.token.revoke', 'operator.pairing', validateDeviceTokenRevokeParams, (params, client) =>
      withGrant(client, params, () => {
        devices.revoke(params.deviceId, params.role);
        disconnect(params, client, 'device token revoked', false);
        return answer({ deviceId: params.deviceId, role: params.role, revokedAtMs: clock.now() });
      }),
    ),
  };
}
