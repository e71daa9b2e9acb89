import { type AppError, appError } from '../errors.ts';
import {
  type AuthMode,
  absent,
  type CandidateName,
  type SecretInput,
  type SecretKind,
  setSecret,
  type TrailEntry,
  type Why,
} from './candidates.ts';
import type { ConfiguredSecrets, CredentialEnv } from './decide-credential.ts';

/** How the Gateway of this computer lets callers in. */
export type ServerAuth = { readonly trail: readonly TrailEntry[] } & (
  | { readonly tag: 'none' }
  | {
      readonly tag: 'secret';
      readonly kind: SecretKind;
      readonly value: string;
      readonly name: CandidateName;
    }
  /** A password for direct callers of this host, where one is set. */
  | { readonly tag: 'trusted-proxy'; readonly password: string | null }
  /** Nothing is configured: whoever starts the Gateway generates a token. */
  | { readonly tag: 'generate'; readonly kind: SecretKind }
  /** Do not start. `by` names the reference that cannot be resolved; null where it is not about one. */
  | { readonly tag: 'refused'; readonly by: CandidateName | null; readonly error: AppError }
);

type Candidate = { readonly name: CandidateName; readonly kind: SecretKind; readonly input: SecretInput };

/**
 * The authentication of this computer's own Gateway: the environment, then `gateway.auth.*`; never `gateway.remote.*`
 * (R22), and never past a reference that cannot be resolved (R21). Pure.
 *
 * The mode is `gateway.auth.mode`. Where it is not set a password selects `password`, else it is `token`; with both
 * `gateway.auth.token` and `gateway.auth.password` set it is refused, as upstream refuses to start.
 */
export function serverAuth(env: CredentialEnv, config: ConfiguredSecrets): ServerAuth {
  const { authMode, auth, remote } = config;
  const fromEnv = (kind: SecretKind, variable: keyof CredentialEnv): Candidate => ({
    name: variable,
    kind,
    input: setSecret(env[variable], { tag: 'environment', variable }),
  });
  const own: Record<SecretKind, readonly Candidate[]> = {
    token: [
      fromEnv('token', 'OPENCLAW_GATEWAY_TOKEN'),
      { name: 'gateway.auth.token', kind: 'token', input: auth.token },
    ],
    password: [
      fromEnv('password', 'OPENCLAW_GATEWAY_PASSWORD'),
      { name: 'gateway.auth.password', kind: 'password', input: auth.password },
    ],
  };
  const clients: readonly Candidate[] = [
    { name: 'gateway.remote.token', kind: 'token', input: remote.token },
    { name: 'gateway.remote.password', kind: 'password', input: remote.password },
  ];

  const isAmbiguous = authMode === null && auth.token.state !== 'absent' && auth.password.state !== 'absent';
  const mode: AuthMode = authMode ?? (own.password.some(isSet) ? 'password' : 'token');
  const wanted: SecretKind | null = mode === 'none' ? null : mode === 'trusted-proxy' ? 'password' : mode;
  const deciding = wanted === null || isAmbiguous ? undefined : own[wanted].find(isSet);

  const judge = (one: Candidate): TrailEntry => {
    if (one.input.state === 'absent') return entry(one, 'absent', 'notSet');
    if (one === deciding) {
      return one.input.state === 'set' ? entry(one, 'used', 'firstSet') : entry(one, 'refused', 'unresolved');
    }
    if (isAmbiguous) return entry(one, 'refused', 'ambiguous');
    if (one.kind !== wanted) return entry(one, 'ignored', 'authMode');
    return entry(one, 'ignored', deciding?.input.state === 'unresolved' ? 'afterUnresolved' : 'earlierWins');
  };
  const trail = [
    ...[...own.token, ...own.password].map(judge),
    ...clients.map((one) =>
      one.input.state === 'absent' ? entry(one, 'absent', 'notSet') : entry(one, 'ignored', 'clientOnly'),
    ),
  ];

  if (isAmbiguous) {
    return {
      tag: 'refused',
      by: null,
      trail,
      error: appError('SERVER_AUTH_AMBIGUOUS', 'token and password, no mode'),
    };
  }
  const input = deciding?.input ?? absent;
  if (deciding && input.state === 'unresolved') {
    return { tag: 'refused', by: deciding.name, trail, error: input.error };
  }
  const value = input.state === 'set' ? input.value : null;
  if (mode === 'none') return { tag: 'none', trail };
  if (mode === 'trusted-proxy') return { tag: 'trusted-proxy', password: value, trail };
  if (value === null || !deciding) return { tag: 'generate', kind: mode, trail };
  return { tag: 'secret', kind: mode, value, name: deciding.name, trail };
}

function isSet({ input }: Candidate): boolean {
  return input.state !== 'absent';
}

function entry({ name, kind, input }: Candidate, verdict: TrailEntry['verdict'], why: Why): TrailEntry {
  return { name, kind, origin: input.state === 'absent' ? null : input.origin, verdict, why };
}
