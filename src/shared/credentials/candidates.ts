import type { AppError } from '../errors.ts';

/** Who wants to greet a Gateway. One contract serves them all (R13-R22). */
export const callPaths = ['call', 'probe', 'status', 'app', 'nodeHost'] as const;
export type CallPath = (typeof callPaths)[number];

export const secretKinds = ['token', 'password'] as const;
export type SecretKind = (typeof secretKinds)[number];

/**
 * Where the URL of the Gateway was taken from: `--url`, `OPENCLAW_GATEWAY_URL`, settings and `openclaw.json`; or, as
 * `settings`, Chela's own settings against what `openclaw.json` says (see `urlSourceOf`).
 */
export const urlSources = ['flag', 'env', 'config', 'settings'] as const;
export type UrlSource = (typeof urlSources)[number];

/** Upstream's `gateway.auth.mode`. It is about the Gateway of this computer, and says nothing of a remote one. */
export const authModes = ['none', 'token', 'password', 'trusted-proxy'] as const;
export type AuthMode = (typeof authModes)[number];

/** Every place a shared secret can come from, under the name people know it by. */
export const candidateNames = [
  'explicit.token',
  'explicit.password',
  /** The token entered in Chela's Settings for the remote Gateway; kept in the keychain, a private file or this session. */
  'chela.remote.token',
  'OPENCLAW_GATEWAY_TOKEN',
  'OPENCLAW_GATEWAY_PASSWORD',
  'gateway.auth.token',
  'gateway.auth.password',
  'gateway.remote.token',
  'gateway.remote.password',
] as const;
export type CandidateName = (typeof candidateNames)[number];

export const refSources = ['env', 'file', 'exec', 'store'] as const;

/** How a secret that is not written out is referred to. The id names a secret; it is none. */
export type SecretRef = { source: (typeof refSources)[number]; provider: string; id: string };

/** Where a value stands. Never the value. */
export type SecretOrigin =
  | { tag: 'flag'; name: string }
  | { tag: 'file'; file: string }
  | { tag: 'stdin' }
  /** Typed into a form and not saved yet. */
  | { tag: 'form' }
  /** The argument of a tool call, `gatewayToken`. */
  | { tag: 'tool'; name: string }
  | { tag: 'environment'; variable: string }
  | {
      tag: 'config';
      file: string;
      /** Dotted, `gateway.remote.token`. */
      path: string;
      line?: number | undefined;
      column?: number | undefined;
      ref?: SecretRef | undefined;
    }
  | { tag: 'keychain'; account: string }
  /** Held in the memory of this process and gone with it. */
  | { tag: 'session' }
  /** Plain in `settings.json`, from before there was a choice. */
  | { tag: 'settings'; file: string };

/** One input of the contract. A value of blanks only is `absent`; `setSecret` makes sure of that. */
export type SecretInput =
  | { readonly state: 'absent' }
  | { readonly state: 'set'; readonly value: string; readonly origin: SecretOrigin }
  /** Configured, but its value cannot be had here; `error` says why. Fails closed (R21). */
  | { readonly state: 'unresolved'; readonly error: AppError; readonly origin: SecretOrigin };

export const absent: SecretInput = { state: 'absent' };

/** Blanks around a value do not count, as upstream reads them. */
export function setSecret(value: string | undefined | null, origin: SecretOrigin): SecretInput {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' ? absent : { state: 'set', value: trimmed, origin };
}

/** Why a candidate was or was not used. Sentences: `credentials.why.<code>`. */
export const reasonsWhy = [
  /** used: given for this very call (R13). */
  'explicit',
  /** used: the first of the order that is set (R16, R17). */
  'firstSet',
  'notSet',
  /** An explicit credential goes alone (R13). */
  'explicitWins',
  /** `--url` takes no implicit credential along (R14). */
  'urlFlag',
  /** `OPENCLAW_GATEWAY_URL` takes credentials of the environment only (R15). */
  'urlEnv',
  /** The URL entered in Chela is another host's than `gateway.remote.url`. */
  'otherHost',
  /** Another one of the same kind comes first (R16, R17). */
  'earlierWins',
  /** A token and a password never go together. */
  'otherKind',
  /** Local mode: `gateway.remote.*` fills in only where nothing local is set (R16). */
  'localIsSet',
  /** Remote mode: `gateway.auth.*` fills in only where nothing of the remote Gateway is set (R17). */
  'remoteIsSet',
  /** Local mode: a token that was entered for the remote Gateway. */
  'remoteOnly',
  /** The node host in local mode (R18). */
  'nodeHostLocal',
  /** Probe and status of a remote Gateway (R19). */
  'strictRemote',
  /** `gateway.auth.mode` is `none` or `trusted-proxy`. */
  'authMode',
  /** Comes after one that cannot be resolved; nothing is used instead of it (R21). */
  'afterUnresolved',
  /** refused: a reference that cannot be resolved (R21). */
  'unresolved',
  /** refused: a Gateway with a token and a password and no `gateway.auth.mode`. */
  'ambiguous',
  /** `gateway.remote.*` never configures a Gateway (R22). */
  'clientOnly',
] as const;
export type Why = (typeof reasonsWhy)[number];

/** One line of "which credential is used": never a value. */
export type TrailEntry = {
  name: CandidateName;
  kind: SecretKind;
  /** Null where it is not set. */
  origin: SecretOrigin | null;
  verdict: (typeof verdicts)[number];
  why: Why;
};
export const verdicts = ['used', 'ignored', 'refused', 'absent'] as const;
