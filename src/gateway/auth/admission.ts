import type { IncomingHttpHeaders } from 'node:http';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { ConnectRefusal } from './connect-refusal.ts';
import type { AuthMethod, CredentialPolicy, Proof } from './credential.ts';
import type { DeviceStore } from './device-store.ts';
import type { Ingress } from './ingress.ts';
import type { OriginVerdict } from './origin.ts';
import type { PairingRequest, PairingRequests } from './pairing-requests.ts';
import type { RateLimit, Suspect } from './rate-limit.ts';

type Role = 'operator' | 'node';

/** What an admitted connection may do. */
export type Admission = {
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly method: AuthMethod | 'device-token';
  /** Set when the connection proved a paired device. */
  readonly device: {
    readonly deviceId: string;
    readonly token: string;
    readonly issuedAtMs: number;
  } | null;
};

export type Verdict =
  | { readonly ok: true; readonly admission: Admission }
  /** `delayMs`: how long to keep the answer back. */
  | { readonly ok: false; readonly refusal: ConnectRefusal; readonly delayMs: number };

export type Admit = (
  params: ConnectParams,
  request: { ingress: Ingress; headers: IncomingHttpHeaders; nonce: string; now: number },
) => Verdict;

/** What the door goes by. */
export type Doorkeeper = {
  readonly credentials: CredentialPolicy;
  readonly allowedOrigins: readonly string[];
  readonly identityScopes: Readonly<Record<string, readonly string[]>>;
  readonly autoApproveLocal: boolean;
  readonly rateLimit: RateLimit;
  readonly devices: DeviceStore;
  readonly requests: PairingRequests;
  /** `replaces`: the request of the same device that is void now. */
  readonly onDidRequestPairing: (request: PairingRequest, replaces: PairingRequest | null) => void;
};

/** One `connect`, judged as far as the credential. */
export type Visit = {
  readonly params: ConnectParams;
  readonly role: Role;
  /** What the client asks for. */
  readonly scopes: readonly string[];
  readonly origin: OriginVerdict;
  readonly ingress: Ingress;
  /** Straight from this computer. */
  readonly isLocal: boolean;
  readonly proof: Proof;
  readonly suspect: Suspect;
  /** What the verified identity is given on top, for this connection only. */
  readonly identityScopes: readonly string[];
  /** What the proxy lets it have at most. */
  readonly scopeCap: readonly string[] | null;
  readonly now: number;
};

export const admitted = (admission: Admission): Verdict => ({ ok: true, admission });
export const refused = (refusal: ConnectRefusal, delayMs = 0): Verdict => ({ ok: false, refusal, delayMs });

/** The scopes of the connection: what the device has and what the identity is given, within the proxy's cap (doc). */
export function capped({ identityScopes, scopeCap }: Visit, scopes: readonly string[]): string[] {
  const union = [...new Set([...scopes, ...identityScopes])];
  return scopeCap === null ? union : union.filter((scope) => scopeCap.includes(scope));
}
