import type { Duplex } from 'node:stream';
import { canonicalAddress, isLoopbackAddress } from '../auth/addresses.ts';
import type { Ingress } from '../auth/ingress.ts';
import { type Suspect, suspectOf } from '../auth/rate-limit.ts';
import type { GatewayLimits, GatewayLogger } from '../options.ts';

/**
 * The sockets of callers that have not proved anything yet, so that nobody can use up the process or the places of others
 * by opening sockets alone:
 *
 *   arrived ──names its client──> identified ──proves itself──> known (no stranger any more)
 *      └──one too many of its client──> refused      └──the house is full──> the oldest is cut off
 *
 * Programs of this computer have places of their own, which no other computer can take.
 */
export type Strangers = {
  /** A new connection, before it said anything; one too many is destroyed. */
  arrived(socket: Duplex, address: string): void;
  /**
   * Its request says for whom it comes: with a trusted proxy, or from a page, that is somebody else. False: this is one too
   * many of that client.
   */
  identified(socket: Duplex, ingress: Ingress, origin: string | undefined): boolean;
  /** It proved who it is. */
  known(socket: Duplex): void;
};

/** `key`: of the client that it counts for; null for one that is not counted. Guests are in the order of their coming. */
type Place = { readonly key: string | null; readonly guests: Set<Duplex> };

/** One line in the log a minute, however many are turned away. */
const TELL_INTERVAL_MS = 60_000;

export function createStrangers(deps: {
  isTrustedProxy: (address: string) => boolean;
  limits: Pick<GatewayLimits, 'strangersPerClient' | 'strangersHere' | 'strangersElsewhere'>;
  now: () => number;
  logger: GatewayLogger;
}): Strangers {
  const { limits, logger, now } = deps;
  const here = new Set<Duplex>();
  const elsewhere = new Set<Duplex>();
  const places = new WeakMap<Duplex, Place>();
  const perClient = new Map<string, number>();
  let toldAt = Number.NEGATIVE_INFINITY;

  const tell = (client: string) => {
    if (now() - toldAt < TELL_INTERVAL_MS) return;
    toldAt = now();
    logger.warn({ client }, 'too many unauthenticated connections');
  };

  const leave = (socket: Duplex) => {
    const place = places.get(socket);
    if (place === undefined) return;
    places.delete(socket);
    place.guests.delete(socket);
    if (place.key === null) return;
    const left = (perClient.get(place.key) ?? 1) - 1;
    if (left === 0) perClient.delete(place.key);
    else perClient.set(place.key, left);
  };

  /** `most`: how many of this client there may be. */
  const enter = (socket: Duplex, { key, isExempt }: Suspect, most: number): boolean => {
    leave(socket);
    const isCounted = !isExempt && most !== Number.POSITIVE_INFINITY;
    if (isCounted) {
      const count = perClient.get(key) ?? 0;
      if (count >= most) {
        tell(key);
        return false;
      }
      perClient.set(key, count + 1);
    }
    const guests = isExempt ? here : elsewhere;
    guests.add(socket);
    places.set(socket, { key: isCounted ? key : null, guests });
    if (guests.size <= (isExempt ? limits.strangersHere : limits.strangersElsewhere)) return true;
    // Who means it is through its handshake in a moment: it is the one that dawdles longest that has to go.
    const [oldest = socket] = guests;
    tell(places.get(oldest)?.key ?? key);
    leave(oldest);
    oldest.destroy();
    return true;
  };

  return {
    arrived(socket, peer) {
      const address = canonicalAddress(peer);
      const isLoopback = isLoopbackAddress(address);
      const suspect = suspectOf({ kind: 'direct', address, isLoopback }, undefined);
      // Twice as many as may ask to be let in: those get an answer. A proxy has the connections of all its clients.
      const most = deps.isTrustedProxy(address) ? Number.POSITIVE_INFINITY : 2 * limits.strangersPerClient;
      if (enter(socket, suspect, most)) socket.once('close', () => leave(socket));
      else socket.destroy();
    },
    // One that went away while it was looked at has left already.
    identified: (socket, ingress, origin) =>
      socket.destroyed || enter(socket, suspectOf(ingress, origin), limits.strangersPerClient),
    known: leave,
  };
}
