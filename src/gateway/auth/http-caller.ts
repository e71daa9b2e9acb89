import type { IncomingHttpHeaders } from 'node:http';
import { type CredentialPolicy, judgeCredential } from './credential.ts';
import type { Ingress } from './ingress.ts';
import { judgeOrigin } from './origin.ts';
import { type RateLimit, suspectOf } from './rate-limit.ts';
import { scopeCapOf } from './trusted-proxy.ts';

/** Who calls the HTTP API. */
export type HttpCaller =
  | { readonly ok: true; readonly scopes: readonly string[] }
  | { readonly ok: false; readonly why: 'unauthorized' | 'origin_not_allowed' }
  | { readonly ok: false; readonly why: 'rate_limited'; readonly retryAfterMs: number };

/** What a caller has who may do everything (doc). */
const everyScope = [
  'operator.admin',
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.pairing',
  'operator.talk.secrets',
];

export type HttpDoor = {
  readonly credentials: CredentialPolicy;
  readonly allowedOrigins: readonly string[];
  readonly rateLimit: RateLimit;
};

/**
 * Judges a call of the HTTP API: the shared secret as a Bearer, or the user whom the trusted proxy names; never
 * Tailscale's identity headers (R27). A page must pass the same Origin rule as on the WebSocket.
 */
export function judgeHttpCaller(
  door: HttpDoor,
  request: { ingress: Ingress; headers: IncomingHttpHeaders },
): HttpCaller {
  const { ingress, headers } = request;
  const isLocal = ingress.kind === 'direct' && ingress.isLoopback;
  if (headers.origin !== undefined) {
    const verdict = judgeOrigin(headers.origin, tool, { isLocal, allowedOrigins: door.allowedOrigins });
    if (verdict.kind === 'refused') return { ok: false, why: 'origin_not_allowed' };
  }
  const suspect = suspectOf(ingress, headers.origin);
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  if (bearer !== undefined) {
    const retryAfterMs = door.rateLimit.lockedForMs(suspect, 'shared');
    if (retryAfterMs > 0) return { ok: false, why: 'rate_limited', retryAfterMs };
  }
  const proof = judgeCredential(
    { ...door.credentials, allowTailscale: false },
    { ingress, headers, presented: bearer === undefined ? {} : { token: bearer, password: bearer } },
  );
  switch (proof.kind) {
    case 'shared':
      door.rateLimit.succeeded(suspect, 'shared');
      return { ok: true, scopes: everyScope };
    case 'open':
      // On the WebSocket nobody but this computer gets in without a proof or a pairing: here there is no pairing.
      if (!isLocal) return { ok: false, why: 'unauthorized' };
      return { ok: true, scopes: scopeCapOf(headers) ?? everyScope };
    case 'identity':
      return { ok: true, scopes: scopeCapOf(headers) ?? everyScope };
    case 'nothing':
      if (proof.shown) door.rateLimit.failed(suspect, 'shared');
      return { ok: false, why: 'unauthorized' };
    case 'proxy-refused':
    case 'locked':
      return { ok: false, why: 'unauthorized' };
  }
}

/** Callers of the HTTP API do not say what they are. */
const tool = { id: 'cli', mode: 'cli' };
