import type { Mode } from '../config/settings.ts';
import type { AppError } from '../errors.ts';
import {
  type AuthMode,
  absent,
  type CallPath,
  type CandidateName,
  type SecretInput,
  type SecretKind,
  type SecretOrigin,
  setSecret,
  type TrailEntry,
  type UrlSource,
  type Why,
} from './candidates.ts';

/** The two variables that carry a secret. No other name is ever read (R20). */
export type CredentialEnv = {
  readonly OPENCLAW_GATEWAY_TOKEN?: string | undefined;
  readonly OPENCLAW_GATEWAY_PASSWORD?: string | undefined;
};

/** What `openclaw.json` says. A value with `${NAME}` or a SecretRef object is resolved, or `unresolved`, by then. */
export type ConfiguredSecrets = {
  /** `gateway.auth.mode`; null where it is not set. */
  readonly authMode: AuthMode | null;
  readonly auth: Readonly<Record<SecretKind, SecretInput>>;
  readonly remote: Readonly<Record<SecretKind, SecretInput>>;
};

export type CredentialInput = {
  readonly path: CallPath;
  readonly mode: Mode;
  readonly urlSource: UrlSource;
  /** Given for this very call: `--token`, `--token-file`, a form that is not saved yet, a tool's `gatewayToken`. */
  readonly explicit: Partial<Readonly<Record<SecretKind, SecretInput>>>;
  /** Chela's own token for this remote Gateway. It stands for `gateway.remote.token` and comes before it. */
  readonly stored: SecretInput;
  readonly env: CredentialEnv;
  readonly config: ConfiguredSecrets;
};

export type CredentialDecision = { readonly trail: readonly TrailEntry[] } & (
  | {
      readonly tag: 'use';
      readonly kind: SecretKind;
      readonly value: string;
      readonly name: CandidateName;
      readonly origin: SecretOrigin;
    }
  /** Nothing is set that may be used: connect without a shared secret. */
  | { readonly tag: 'none' }
  /** Do not connect. `by` names the candidate, `error` is what was wrong with it. */
  | { readonly tag: 'refused'; readonly by: CandidateName; readonly error: AppError }
);

type Candidate = { readonly name: CandidateName; readonly kind: SecretKind; readonly input: SecretInput };
type Excluded = Candidate & { readonly why: Why };
type Order = { readonly order: readonly Candidate[]; readonly excluded: readonly Excluded[] };

/**
 * The one credential contract (R13-R21): which shared secret goes to a Gateway, and why not the others. Pure.
 *
 * Candidates stand in one order; the first that is set decides. Is it a reference that could not be resolved,
 * the call is refused and nothing after it is used. The order:
 * - an explicit credential, alone (R13);
 * - with `--url` nothing else (R14); with `OPENCLAW_GATEWAY_URL` the environment and nothing else (R15);
 * - with a URL of Chela's own for another host than `gateway.remote.url` the token entered in Chela and nothing else:
 *   what the file and the environment hold was set for the other one, or for this computer;
 * - local mode (R16): environment, `gateway.auth.*`; and only where none of these is set `gateway.remote.*`, which the
 *   node host never takes (R18);
 * - remote mode (R17): token `gateway.remote.token`, environment; password environment, `gateway.remote.password`;
 *   and only where none of these is set `gateway.auth.*`, which is this computer's own. Probe and status take
 *   no token but the remote one (R19). The token entered in Chela stands just before `gateway.remote.token`.
 *
 * A token and a password never go together: a Gateway takes its secret in either field, and one secret less leaves
 * this computer. The token goes, unless this computer's `gateway.auth.mode` is `password`. In local mode `none`
 * needs no secret and `trusted-proxy` takes a password only.
 *
 * Where today's upstream differs (it lets `gateway.auth.*` come before the environment in local mode, falls back
 * from an unresolved remote token, and sends a token and a password together), the rows of the requirements win.
 */
export function decideCredential(input: CredentialInput): CredentialDecision {
  const { order, excluded } = orderOf(input);
  const deciding = order.find(({ input: { state } }) => state !== 'absent');
  const trail = [
    ...order.map((candidate) => judge(candidate, deciding, input.mode)),
    ...excluded.map(({ why, ...candidate }) =>
      candidate.input.state === 'absent'
        ? entry(candidate, 'absent', 'notSet')
        : entry(candidate, 'ignored', why),
    ),
  ];
  if (!deciding || deciding.input.state === 'absent') return { tag: 'none', trail };
  const { name, kind } = deciding;
  if (deciding.input.state === 'unresolved') {
    return { tag: 'refused', by: name, error: deciding.input.error, trail };
  }
  const { value, origin } = deciding.input;
  return { tag: 'use', kind, value, name, origin, trail };
}

function orderOf({ path, mode, urlSource, explicit, stored, env, config }: CredentialInput): Order {
  const isLocal = (urlSource === 'config' || urlSource === 'settings') && mode === 'local';
  const candidate = (name: CandidateName, kind: SecretKind, input: SecretInput): Candidate => ({
    name,
    kind,
    input,
  });
  const kinds: readonly SecretKind[] =
    isLocal && config.authMode === 'password' ? ['password', 'token'] : ['token', 'password'];
  const byKind = (sets: Record<SecretKind, readonly Candidate[]>) => kinds.flatMap((kind) => sets[kind]);
  const pair = (token: Candidate, password: Candidate) => byKind({ token: [token], password: [password] });

  const given = pair(
    candidate('explicit.token', 'token', explicit.token ?? absent),
    candidate('explicit.password', 'password', explicit.password ?? absent),
  );
  const chela = candidate('chela.remote.token', 'token', stored);
  const envToken = candidate('OPENCLAW_GATEWAY_TOKEN', 'token', fromEnv(env, 'OPENCLAW_GATEWAY_TOKEN'));
  const envPassword = candidate(
    'OPENCLAW_GATEWAY_PASSWORD',
    'password',
    fromEnv(env, 'OPENCLAW_GATEWAY_PASSWORD'),
  );
  const authToken = candidate('gateway.auth.token', 'token', config.auth.token);
  const authPassword = candidate('gateway.auth.password', 'password', config.auth.password);
  const remoteToken = candidate('gateway.remote.token', 'token', config.remote.token);
  const remotePassword = candidate('gateway.remote.password', 'password', config.remote.password);
  const configured = [authToken, authPassword, remoteToken, remotePassword];

  if (urlSource === 'flag') {
    return { order: given, excluded: without('urlFlag', [chela, envToken, envPassword, ...configured]) };
  }
  if (urlSource === 'env') {
    return {
      order: [...given, ...pair(envToken, envPassword)],
      excluded: without('urlEnv', [chela, ...configured]),
    };
  }
  if (urlSource === 'settings' && mode === 'remote') {
    return {
      order: [...given, chela],
      excluded: without('otherHost', [envToken, envPassword, ...configured]),
    };
  }
  if (isLocal) {
    const local = byKind({ token: [envToken, authToken], password: [envPassword, authPassword] });
    const remote = pair(remoteToken, remotePassword);
    const forNode = path === 'nodeHost';
    const open = forNode ? local : [...local, ...remote];
    const isBarred = ({ kind }: Candidate) =>
      config.authMode === 'none' || (config.authMode === 'trusted-proxy' && kind === 'token');
    return {
      order: [...given, ...open.filter((one) => !isBarred(one))],
      excluded: [
        ...without('authMode', open.filter(isBarred)),
        ...without('nodeHostLocal', forNode ? remote : []),
        ...without('remoteOnly', [chela]),
      ],
    };
  }
  const isStrict = path === 'probe' || path === 'status';
  return {
    order: [
      ...given,
      chela,
      remoteToken,
      ...(isStrict ? [] : [envToken]),
      envPassword,
      remotePassword,
      ...(isStrict ? [] : [authToken]),
      authPassword,
    ],
    excluded: isStrict ? without('strictRemote', [envToken, authToken]) : [],
  };
}

function without(why: Why, candidates: readonly Candidate[]): Excluded[] {
  return candidates.map((candidate) => ({ ...candidate, why }));
}

function fromEnv(env: CredentialEnv, variable: keyof CredentialEnv): SecretInput {
  return setSecret(env[variable], { tag: 'environment', variable });
}

function judge(candidate: Candidate, deciding: Candidate | undefined, mode: Mode): TrailEntry {
  if (candidate.input.state === 'absent' || !deciding) return entry(candidate, 'absent', 'notSet');
  if (candidate === deciding) {
    if (candidate.input.state === 'unresolved') return entry(candidate, 'refused', 'unresolved');
    return entry(candidate, 'used', isExplicit(candidate) ? 'explicit' : 'firstSet');
  }
  return entry(candidate, 'ignored', whyLater(candidate, deciding, mode));
}

function whyLater(later: Candidate, deciding: Candidate, mode: Mode): Why {
  if (deciding.input.state === 'unresolved') return 'afterUnresolved';
  if (isExplicit(deciding) && !isExplicit(later)) return 'explicitWins';
  const fallback = mode === 'local' ? 'gateway.remote.' : 'gateway.auth.';
  if (later.name.startsWith(fallback) && !deciding.name.startsWith(fallback)) {
    return mode === 'local' ? 'localIsSet' : 'remoteIsSet';
  }
  return later.kind === deciding.kind ? 'earlierWins' : 'otherKind';
}

function isExplicit({ name }: Candidate): boolean {
  return name === 'explicit.token' || name === 'explicit.password';
}

function entry(candidate: Candidate, verdict: TrailEntry['verdict'], why: Why): TrailEntry {
  const { name, kind, input } = candidate;
  return { name, kind, origin: input.state === 'absent' ? null : input.origin, verdict, why };
}
