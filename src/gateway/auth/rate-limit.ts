import type { RateLimitPolicy } from '../../shared/config/gateway-access.ts';
import { isLoopbackAddress, parseAddress } from './addresses.ts';
import type { Ingress } from './ingress.ts';

/** Guesses at the shared secret and at device tokens are counted apart: a flood of one leaves the other alone. */
type CredentialClass = 'shared' | 'device';

/** Whose failures are counted. An exempt one is never locked out, only made to wait. */
export type Suspect = { readonly key: string; readonly isExempt: boolean };

export type RateLimit = {
  /** Milliseconds until this one may try again; 0 when it may now. */
  lockedForMs(suspect: Suspect, kind: CredentialClass): number;
  /** Counts a wrong credential. Returns how long to keep the answer back, in milliseconds. */
  failed(suspect: Suspect, kind: CredentialClass): number;
  succeeded(suspect: Suspect, kind: CredentialClass): void;
};

/** The defaults of a real Gateway (doc). */
const defaults: RateLimitPolicy = {
  maxAttempts: 10,
  windowMs: 60_000,
  lockoutMs: 300_000,
  exemptLoopback: true,
};

/** No more strangers than this are remembered. */
const MAX_ENTRIES = 10_000;
/** A real Gateway keeps answers to loopback back by no more than this (observed). */
const MAX_DELAY_MS = 500;
const DELAY_STEP_MS = 25;

type Entry = { failures: number; since: number; lockedUntil: number };

/**
 * Counts wrong credentials per client address, in memory. Everybody has an account of their own, so nobody can lock
 * out anybody else; an address space of strangers can't fill the memory either.
 */
export function createRateLimit(given: Partial<RateLimitPolicy>, now: () => number): RateLimit {
  const policy = { ...defaults, ...given };
  const entries = new Map<string, Entry>();
  const idOf = ({ key }: Suspect, kind: CredentialClass) => `${kind} ${key}`;

  const oldestUnlocked = (at: number) => {
    for (const [id, entry] of entries) if (entry.lockedUntil <= at) return id;
    return undefined;
  };

  const makeRoom = () => {
    if (entries.size < MAX_ENTRIES) return;
    const at = now();
    // In the order of their beginnings.
    for (const [id, entry] of entries) {
      if (at - entry.since <= policy.windowMs) break;
      if (entry.lockedUntil <= at) entries.delete(id);
    }
    if (entries.size < MAX_ENTRIES) return;
    // Still full of fresh strangers: the oldest that is not locked out goes first, then the oldest.
    const victim = oldestUnlocked(at) ?? entries.keys().next().value;
    if (victim !== undefined) entries.delete(victim);
  };

  return {
    lockedForMs(suspect, kind) {
      const entry = entries.get(idOf(suspect, kind));
      if (entry === undefined || (suspect.isExempt && policy.exemptLoopback)) return 0;
      return Math.max(0, entry.lockedUntil - now());
    },
    failed(suspect, kind) {
      const id = idOf(suspect, kind);
      const at = now();
      let entry = entries.get(id);
      if (entry === undefined || at - entry.since > policy.windowMs) {
        entries.delete(id);
        makeRoom();
        entry = { failures: 0, since: at, lockedUntil: 0 };
        entries.set(id, entry);
      }
      entry.failures += 1;
      if (suspect.isExempt && policy.exemptLoopback) {
        return Math.min(MAX_DELAY_MS, (entry.failures - 1) * DELAY_STEP_MS);
      }
      if (entry.failures >= policy.maxAttempts) entry.lockedUntil = at + policy.lockoutMs;
      return 0;
    },
    succeeded(suspect, kind) {
      entries.delete(idOf(suspect, kind));
    },
  };
}

/**
 * Whose account a request goes on: its address (of IPv6 the half that a subscriber is given), and for pages on this
 * host their origin, because a page is a stranger even here (doc).
 */
export function suspectOf(ingress: Ingress, origin: string | undefined): Suspect {
  const { address } = ingress;
  const isLocal = ingress.kind === 'direct' && ingress.isLoopback;
  if (isLocal && origin !== undefined) {
    return { key: `origin ${URL.parse(origin)?.origin ?? 'none'}`, isExempt: false };
  }
  return { key: isLoopbackAddress(address) ? 'loopback' : networkOf(address), isExempt: isLocal };
}

function networkOf(text: string): string {
  const address = parseAddress(text);
  if (address === null || address.kind() === 'ipv4') return text;
  return `${address.toByteArray().slice(0, 8).join('.')}::/64`;
}
