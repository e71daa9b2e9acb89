import { z } from 'zod';
import type { AppError } from '../errors.ts';

/** Who wants to greet a Gateway. One contract serves them all (R13-R22). */
export const callPathSchema = z.enum(['call', 'probe', 'status', 'app', 'nodeHost']);
export type CallPath = z.infer<typeof callPathSchema>;

export const secretKindSchema = z.enum(['token', 'password']);
export type SecretKind = z.infer<typeof secretKindSchema>;

/** Where the URL of the Gateway was taken from: `--url`, `OPENCLAW_GATEWAY_URL`, or settings and `openclaw.json`. */
export const urlSourceSchema = z.enum(['flag', 'env', 'config']);
export type UrlSource = z.infer<typeof urlSourceSchema>;

/** Upstream's `gateway.auth.mode`. It is about the Gateway of this computer, and says nothing of a remote one. */
export const authModeSchema = z.enum(['none', 'token', 'password', 'trusted-proxy']);
export type AuthMode = z.infer<typeof authModeSchema>;

/** Every place a shared secret can come from, under the name people know it by. */
export const candidateNameSchema = z.enum([
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
]);
export type CandidateName = z.infer<typeof candidateNameSchema>;

/** How a secret that is not written out is referred to. The id names a secret; it is none. */
export const secretRefSchema = z.object({
  source: z.enum(['env', 'file', 'exec', 'store']),
  provider: z.string(),
  id: z.string(),
});
export type SecretRef = z.infer<typeof secretRefSchema>;

/** Where a value stands. Never the value. */
export const secretOriginSchema = z.discriminatedUnion('tag', [
  z.object({ tag: z.literal('flag'), name: z.string() }),
  z.object({ tag: z.literal('file'), file: z.string() }),
  z.object({ tag: z.literal('stdin') }),
  /** Typed into a form and not saved yet. */
  z.object({ tag: z.literal('form') }),
  /** The argument of a tool call, `gatewayToken`. */
  z.object({ tag: z.literal('tool'), name: z.string() }),
  z.object({ tag: z.literal('environment'), variable: z.string() }),
  z.object({
    tag: z.literal('config'),
    file: z.string(),
    /** Dotted, `gateway.remote.token`. */
    path: z.string(),
    line: z.number().int().positive().optional(),
    column: z.number().int().positive().optional(),
    ref: secretRefSchema.optional(),
  }),
  z.object({ tag: z.literal('keychain'), account: z.string() }),
  /** Held in the memory of this process and gone with it. */
  z.object({ tag: z.literal('session') }),
  /** Plain in `settings.json`, from before there was a choice. */
  z.object({ tag: z.literal('settings'), file: z.string() }),
]);
export type SecretOrigin = z.infer<typeof secretOriginSchema>;

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
export const whySchema = z.enum([
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
]);
export type Why = z.infer<typeof whySchema>;

/** One line of "which credential is used": never a value. */
export const trailEntrySchema = z.object({
  name: candidateNameSchema,
  kind: secretKindSchema,
  /** Null where it is not set. */
  origin: secretOriginSchema.nullable(),
  verdict: z.enum(['used', 'ignored', 'refused', 'absent']),
  why: whySchema,
});
export type TrailEntry = z.infer<typeof trailEntrySchema>;
