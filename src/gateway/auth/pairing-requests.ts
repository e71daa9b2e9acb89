import type { GatewayClock } from '../clock.ts';
import type { DeviceFacts } from './device-store.ts';

/** A device that waits for a person's yes (observed). One per device: later asks join the open request. */
export type PairingRequest = DeviceFacts & {
  readonly requestId: string;
  readonly role: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** The device is paired already and asks for more. */
  readonly isRepair: boolean;
  readonly at: number;
};

export type PairingRequests = {
  /** Opens a request or joins the open one of the same device. `isNew` tells whether to announce it. */
  ask(
    facts: DeviceFacts,
    wish: { role: string; scopes: readonly string[]; isRepair: boolean },
  ): { request: PairingRequest; isNew: boolean };
  list(): PairingRequest[];
  /** Removes and returns it; undefined when it is unknown or has expired. */
  take(requestId: string): PairingRequest | undefined;
};

/** A real Gateway had dropped its pending requests after this long. */
const LIFETIME_MS = 10 * 60_000;

/** Kept in memory: a request that nobody answered is simply made again. */
export function createPairingRequests(clock: GatewayClock, newId: () => string): PairingRequests {
  const byDevice = new Map<string, PairingRequest>();
  const fresh = () => {
    for (const [deviceId, { at }] of byDevice) {
      if (clock.now() - at > LIFETIME_MS) byDevice.delete(deviceId);
    }
    return byDevice;
  };
  return {
    ask(facts, { role, scopes, isRepair }) {
      const open = fresh().get(facts.deviceId);
      const request: PairingRequest = {
        ...facts,
        requestId: open?.requestId ?? newId(),
        role,
        roles: [...new Set([...(open?.roles ?? []), role])],
        scopes: [...new Set([...(open?.scopes ?? []), ...scopes])],
        isRepair,
        at: open?.at ?? clock.now(),
      };
      byDevice.set(facts.deviceId, request);
      return { request, isNew: open === undefined };
    },
    list: () => [...fresh().values()],
    take(requestId) {
      for (const [deviceId, request] of fresh()) {
        if (request.requestId !== requestId) continue;
        byDevice.delete(deviceId);
        return request;
      }
      return undefined;
    },
  };
}
