import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';

/** 256 bits, in a form that fits in a URL fragment and a header. */
const newSecret = () => randomBytes(32).toString('base64url');

const digestOf = (secret: string) => createHash('sha256').update(secret).digest();

/** Only digests are kept, so comparing takes the same time whatever is offered. */
type Kept = { readonly digest: Buffer; readonly expiresAt: number };

function findIn(kept: readonly Kept[], offered: string): Kept | undefined {
  const digest = digestOf(offered);
  let found: Kept | undefined;
  for (const entry of kept) if (timingSafeEqual(entry.digest, digest)) found = entry;
  return found;
}

type Redeemed = 'accepted' | 'refused' | 'tooManyTries';

export type Tickets = {
  issue(): string;
  /** A ticket is good once. */
  redeem(ticket: string): Redeemed;
};

export const TICKET_LIFE_MS = 10 * 60_000;
const TRIES_WINDOW_MS = 60_000;
const MAX_BAD_TRIES = 20;
const MAX_TICKETS = 32;

/** What stands in the link a person opens: single-use, short-lived, in memory only. */
export function createTickets(clock: Clock): Tickets {
  let kept: Kept[] = [];
  let badTries: number[] = [];

  return {
    issue() {
      const ticket = newSecret();
      const now = clock.now();
      kept = kept.filter((entry) => entry.expiresAt > now).slice(1 - MAX_TICKETS);
      kept.push({ digest: digestOf(ticket), expiresAt: now + TICKET_LIFE_MS });
      return ticket;
    },
    redeem(ticket) {
      const now = clock.now();
      badTries = badTries.filter((at) => at > now - TRIES_WINDOW_MS);
      if (badTries.length >= MAX_BAD_TRIES) return 'tooManyTries';
      const found = findIn(kept, ticket);
      kept = kept.filter((entry) => entry !== found);
      if (found && found.expiresAt > now) return 'accepted';
      badTries.push(now);
      return 'refused';
    },
  };
}

export type Sessions = {
  open(): string;
  knows(secret: string): boolean;
};

const MAX_SESSIONS = 64;

/** What a page keeps after the exchange. Valid until Chela stops; the oldest goes when there are too many. */
export function createSessions(): Sessions {
  let kept: Kept[] = [];
  return {
    open() {
      const secret = newSecret();
      kept = [
        ...kept.slice(1 - MAX_SESSIONS),
        { digest: digestOf(secret), expiresAt: Number.POSITIVE_INFINITY },
      ];
      return secret;
    },
    knows: (secret) => findIn(kept, secret) !== undefined,
  };
}
