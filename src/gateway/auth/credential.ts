import type { IncomingHttpHeaders } from 'node:http';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { ServerAuthConfig } from '../../shared/config/gateway-access.ts';
import type { Ingress } from './ingress.ts';
import { sameSecret } from './secrets.ts';
import { judgeProxyUser } from './trusted-proxy.ts';

export type AuthMethod = 'token' | 'password' | 'none' | 'trusted-proxy' | 'tailscale';

/** What a caller proved without a device token. */
export type Proof =
  /** Holds the shared secret. */
  | { readonly kind: 'shared'; readonly method: 'token' | 'password' }
  /** Nothing to prove: auth mode `none`. */
  | { readonly kind: 'open'; readonly method: 'none' }
  /** A user whom somebody we trust vouches for. */
  | { readonly kind: 'identity'; readonly method: 'trusted-proxy' | 'tailscale'; readonly user: string }
  /** Showed no secret, or a wrong one. */
  | { readonly kind: 'nothing'; readonly secret: 'token' | 'password'; readonly shown: boolean }
  /** The proxy did not let anybody in; the reason as a real Gateway spells it. */
  | { readonly kind: 'proxy-refused'; readonly reason: string }
  /** Guessed too often: the shared secret was not even looked at. A device token may still be good. */
  | { readonly kind: 'locked'; readonly waitMs: number };

export type CredentialPolicy = {
  readonly auth: ServerAuthConfig;
  readonly allowTailscale: boolean;
  readonly isTrustedProxy: (address: string) => boolean;
  /** Addresses of this host's interfaces; null when they cannot be read. */
  readonly localAddresses: () => readonly string[] | null;
};

export type PresentedSecrets = { readonly token?: string; readonly password?: string };

/** Judges the shared secret and the identities of a request; device tokens are the pairing's business. */
export function judgeCredential(
  policy: CredentialPolicy,
  request: { ingress: Ingress; headers: IncomingHttpHeaders; presented: PresentedSecrets },
): Proof {
  const { auth } = policy;
  const { ingress, headers, presented } = request;
  switch (auth.mode) {
    case 'none':
      return { kind: 'open', method: 'none' };
    case 'trusted-proxy': {
      const isLocalDirect = ingress.kind === 'direct' && ingress.isLoopback;
      if (isLocalDirect && auth.password !== undefined && presented.password) {
        // Only the password field: a token is nothing in this mode (observed).
        if (sameSecret(presented.password, auth.password)) return { kind: 'shared', method: 'password' };
        return { kind: 'nothing', secret: 'password', shown: true };
      }
      const verdict = judgeProxyUser(auth.trustedProxy, { ...policy, ingress, headers });
      if (verdict.ok) return { kind: 'identity', method: 'trusted-proxy', user: verdict.user };
      return { kind: 'proxy-refused', reason: verdict.reason };
    }
    case 'token':
    case 'password': {
      const secret = auth.mode === 'token' ? auth.token : auth.password;
      // Either field may carry the secret; with both, the one of the mode counts (doc).
      const shown =
        auth.mode === 'token' ? presented.token || presented.password : presented.password || presented.token;
      if (shown && sameSecret(shown, secret)) return { kind: 'shared', method: auth.mode };
      if (!shown && policy.allowTailscale && ingress.kind === 'tailscale') {
        const { identity } = ingress;
        if (identity.kind === 'verified') {
          return { kind: 'identity', method: 'tailscale', user: identity.login };
        }
      }
      return { kind: 'nothing', secret: auth.mode, shown: Boolean(shown) };
    }
  }
}

export function presentedBy(params: ConnectParams): PresentedSecrets {
  const { token, password } = params.auth ?? {};
  return { ...(token ? { token } : {}), ...(password ? { password } : {}) };
}
