import type { GatewayClock } from '../clock.ts';
import type { DeviceFacts } from './device-store.ts';

/** A device that waits for a person's yes (observed). One per device: what it asks later joins what it has asked before. */
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
  /**
   * Opens a request, or joins the open one of the same device. `isNew` tells whether to announce it. A device that asks for
   * more than its open request says gets a new id, and the request that it `replaces` is void (doc): the yes of a person
   * counts for what that person was shown.
   */
  ask(
    facts: DeviceFacts,
    wish: { role: string; scopes: readonly string[]; isRepair: boolean },
  ): { request: PairingRequest; isNew: boolean; replaces: PairingRequest | null };
  list(): PairingRequest[];
  /** Removes and returns it; undefined when it is unknown or has expired. */
  take(requestId: string): PairingRequest | undefined;
};

/** Since the device asked last (doc): one that keeps asking keeps its request. */
const LIFETIME_MS = 5 * 60_000;

/** Kept in memory: a request that nobody answered is simply made again. */
export function createPairingRequests(clock: GatewayClock, newId: () => string): PairingRequests {
  const byDevice = new Map<string, { readonly request: PairingRequest; readonly askedAt: number }>();
  const fresh = () => {
    for (const [deviceId, { askedAt }] of byDevice) {
      if (clock.now() - askedAt > LIFETIME_MS) byDevice.delete(deviceId);
    }
    return byDevice;
  };
  return {
    ask(facts, { role, scopes, isRepair }) {
      const askedAt = clock.now();
      const open = fresh().get(facts.deviceId)?.request;
      const isCovered =
        open?.roles.includes(role) === true && scopes.every((scope) => open.scopes.includes(scope));
      const request: PairingRequest = {
        ...facts,
        requestId: isCovered ? open.requestId : newId(),
        role,
        roles: [...new Set([...(open?.roles ?? []), role])],
        scopes: [...new Set([...(open?.scopes ?? []), ...scopes])],
        isRepair,
        at: isCovered ? open.at : askedAt,
      };
      byDevice.set(facts.deviceId, { request, askedAt });
      return { request, isNew: !isCovered, replaces: isCovered ? null : (open ?? null) };
    },
    list: () => [...fresh().values()].map(({ request }) => request),
    take(requestId) {
      for (const [deviceId, { request }] of fresh()) {
        if (request.requestId !== requestId) continue;
        byDevice.delete(deviceId);
        return request;
      }
      return undefined;
    },
  };
}
