/** What one press of a button can do about an error. `none`: the fix happens outside Chela. */
export type FixAction = 'retry' | 'openSettings' | 'none';

type ErrorTraits = { readonly retryable: boolean; readonly fix: FixAction };

const transient = { retryable: true, fix: 'retry' } as const;
const settings = { retryable: false, fix: 'openSettings' } as const;
const outside = { retryable: false, fix: 'retry' } as const;
const final = { retryable: false, fix: 'none' } as const;

/**
 * The one table of error codes. `retryable` decides whether a supervisor tries again by itself;
 * a code that is not here is permanent. Sentences live in `i18n/<locale>/errors.ts` under the same key.
 */
export const errorTable = {
  SSH_TARGET_MISSING: settings,
  SSH_TARGET_INVALID: settings,
  NETWORK_DOWN: transient,
  SSH_HOST_NOT_FOUND: settings,
  SSH_UNREACHABLE: transient,
  SSH_REFUSED: transient,
  SSH_TIMEOUT: transient,
  SSH_NOT_SSH: settings,
  SSH_KEX_FAILED: final,
  SSH_CLOSED: transient,
  SSH_BUSY: transient,
  SSH_LOCAL_NETWORK_BLOCKED: transient,
  SSH_CONFIG_INVALID: outside,
  SSH_PROXY_FAILED: transient,
  SSH_NEEDS_OPENSSH: settings,
  SSH_HOST_KEY_DECLINED: outside,
  SSH_HOST_KEY_UNKNOWN: outside,
  SSH_HOST_KEY_CHANGED: outside,
  SSH_HOST_KEY_REVOKED: final,
  SSH_AUTH_REFUSED: settings,
  SSH_NO_KEY: settings,
  SSH_AUTH_CANCELLED: outside,
  SSH_AUTH_UNSUPPORTED: final,
  SSH_AUTH_INCOMPLETE: settings,
  SSH_IDENTITY_UNREADABLE: settings,
  SSH_PASSPHRASE_CANCELLED: outside,
  OPENSSH_MISSING: settings,
  OPENSSH_FAILED: outside,
  KNOWN_HOSTS_UNWRITABLE: outside,
  FORWARD_NOTHING_LISTENING: transient,
  FORWARD_PROHIBITED: final,
  PORT_IN_USE: settings,
  PORT_IN_USE_BY: settings,
  PORT_FORBIDDEN: settings,
  PAGE_PORT_TAKEN: final,
  PAGE_PORT_TAKEN_BY: final,
  GATEWAY_RUNS_ALREADY: outside,
  ATTACHED_GATEWAY_ENDED: transient,
  LOCAL_GATEWAY_NOT_OURS: settings,
  OPENCLAW_NOT_INSTALLED: outside,
  OPENCLAW_NEEDS_NODE: outside,
  OPENCLAW_CONFIG_REFUSED: outside,
  OPENCLAW_STOPPED: outside,
  NOT_A_GATEWAY: settings,
  GATEWAY_UNREACHABLE: transient,
  GATEWAY_URL_INVALID: settings,
  GATEWAY_PLAINTEXT_REFUSED: settings,
  GATEWAY_PLAINTEXT_PUBLIC: settings,
  GATEWAY_HOST_NOT_FOUND: settings,
  GATEWAY_TLS_PIN_INVALID: settings,
  GATEWAY_TLS_PIN_NEEDS_WSS: settings,
  GATEWAY_TLS_PIN_MISMATCH: settings,
  GATEWAY_TLS_UNTRUSTED: settings,
  GATEWAY_TLS_NAME_MISMATCH: settings,
  GATEWAY_TLS_EXPIRED: outside,
  GATEWAY_TLS_MISSING: settings,
  GATEWAY_TLS_FAILED: outside,
  GATEWAY_STARTING: transient,
  GATEWAY_RESTARTING: transient,
  GATEWAY_CLOSED: transient,
  GATEWAY_TOKEN_MISSING: settings,
  GATEWAY_TOKEN_MISMATCH: settings,
  GATEWAY_PASSWORD_MISMATCH: settings,
  GATEWAY_PAIRING_REQUIRED: outside,
  PAIRING_NOT_APPROVED: outside,
  OPENCLAW_MISSING_THERE: outside,
  GATEWAY_PROTOCOL_MISMATCH: final,
  GATEWAY_ORIGIN_REFUSED: final,
  GATEWAY_DEVICE_REFUSED: outside,
  CLOCK_SKEW: outside,
  GATEWAY_AUTH_REFUSED: settings,
  GATEWAY_REQUEST_FAILED: outside,
  GATEWAY_REQUEST_TIMEOUT: transient,
  GATEWAY_NOT_CONNECTED: transient,
  GATEWAY_SCOPE_MISSING: outside,
  TRANSCRIPT_INCOMPLETE: outside,
  CONVERSATION_CHANGED: final,
  CONVERSATION_DELETED: final,
  MESSAGE_TAKEN_UP: final,
  MESSAGE_ENDED: final,
  ARTIFACT_GONE: final,
  ARTIFACT_TOO_LARGE: final,
  ARTIFACT_FAILED: outside,
  LOCAL_GATEWAY_CRASHED: transient,
  LOCAL_GATEWAY_FAILED: outside,
  SERVER_BIND_NEEDS_AUTH: outside,
  SERVER_BIND_INVALID: outside,
  SERVER_PROXY_INCOMPLETE: outside,
  SERVER_TAILSCALE_FAILED: outside,
  SERVER_TAILSCALE_NEEDS_AUTH: outside,
  OPENCLAW_CONFIG_BROKEN: final,
  CONFIG_PATH_INVALID: final,
  CONFIG_PATH_ABSENT: final,
  CONFIG_PATH_BLOCKED: final,
  CONFIG_NOT_OBJECT: final,
  CONFIG_VALUE_INVALID: final,
  CONFIG_INCLUDED: final,
  CONFIG_CONFLICT: outside,
  CONFIG_BUSY: transient,
  CONFIG_READ_ONLY: final,
  CONFIG_UNWRITABLE: outside,
  CONFIG_NO_BACKUP: final,
  CONFIG_PROFILE_INVALID: final,
  SECRET_REF_INVALID: outside,
  SECRET_PROVIDER_MISSING: outside,
  SECRET_PROVIDER_INVALID: outside,
  SECRET_ENV_MISSING: outside,
  SECRET_ENV_NOT_ALLOWED: outside,
  SECRET_FILE_UNUSABLE: outside,
  SECRET_FILE_CONTENT: outside,
  SECRET_COMMAND_UNTRUSTED: outside,
  SECRET_COMMAND_FAILED: outside,
  SECRET_VALUE_UNUSABLE: outside,
  SECRET_ONLY_GATEWAY: settings,
  SERVER_AUTH_AMBIGUOUS: outside,
  TOKEN_STORE_ASK: settings,
  TOKEN_STORE_FAILED: outside,
  TOKEN_STORE_UNREADABLE: settings,
  SETTINGS_BROKEN: final,
  SETTINGS_UNWRITABLE: outside,
  FILE_NOT_OURS: final,
  DATABASE_DAMAGED: outside,
  DEVICE_FILE_BROKEN: final,
  DEVICE_FILE_UNUSABLE: outside,
  BAD_REQUEST: final,
  NOT_AVAILABLE: final,
  BRIDGE_CLOSED: transient,
  APP_NOT_RUNNING: final,
  APP_MUTE: transient,
  CONTROL_OTHER_VERSION: final,
  CONNECT_TIMEOUT: transient,
  STOPPED: final,
  GATEWAY_CREDENTIAL_NEEDED: settings,
  TUNNEL_DOWN: transient,
  RUN_FAILED: outside,
  RUN_ABORTED: final,
  NOT_FOUND_THERE: final,
  AMBIGUOUS: final,
  NOT_CHOSEN: final,
  NOTHING_PENDING: outside,
  NOT_HEALTHY: transient,
  LINK_TAKEN: final,
  LINK_UNWRITABLE: outside,
  TUNNEL_SERVICE_UNSUPPORTED: final,
  TUNNEL_SERVICE_ABSENT: final,
  TUNNEL_SERVICE_FOREIGN: outside,
  TUNNEL_SERVICE_FAILED: outside,
  TUNNEL_SERVICE_NO_PROOF: outside,
  TUNNEL_SERVICE_BUSY: outside,
  TUNNEL_SERVICE_INTERRUPTED: final,
  TUNNEL_SERVICE_JOURNAL: final,
  TUNNEL_PLAN_STALE: outside,
  TUNNEL_PLAN_BLOCKED: final,
  SSH_ALIAS_TAKEN: final,
  SSH_CONFIG_UNWRITABLE: outside,
  SSH_CONFIG_OVERRULED: outside,
  SSH_KEY_UNUSABLE: outside,
  SSH_KEY_NOT_COPIED: outside,
  SSH_KEY_NOT_ACCEPTED: outside,
  HOST_TOKEN_NOT_FOUND: settings,
  CLI_USAGE: final,
  CLI_INPUT: final,
  INTERNAL: outside,
} as const satisfies Record<string, ErrorTraits>;

export type ErrorCode = keyof typeof errorTable;

/** Values that a sentence interpolates. */
export type ErrorDetails = Record<string, string | number | boolean | string[]>;

/** What crosses every boundary as a failure; `contract/app-error.ts` holds its schema. */
export type AppError = {
  code: ErrorCode;
  /** For logs and developers, in English, without secrets. People read the sentence of `code`. */
  message: string;
  retryable: boolean;
  /** Whole milliseconds, not negative. */
  retryAfterMs?: number | undefined;
  /** Host, port, file, method names. Never a secret. */
  details?: ErrorDetails | undefined;
};

export function appError(
  code: ErrorCode,
  message: string,
  options: { details?: ErrorDetails; retryAfterMs?: number } = {},
): AppError {
  return { code, message, retryable: errorTable[code].retryable, ...options };
}

/** Carries an {@link AppError} through code that throws; caught at the boundary with {@link toAppError}. */
export class AppErrorException extends Error {
  readonly error: AppError;
  constructor(error: AppError) {
    super(`${error.code}: ${error.message}`);
    this.name = 'AppErrorException';
    this.error = error;
  }
}

/** An unknown throw becomes INTERNAL, with the message only (no stack crosses a boundary). */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppErrorException) return thrown.error;
  return appError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown));
}

/** The `t` of i18next, reduced to what shared code needs. */
export type Translate = (key: string, values?: Record<string, unknown>) => string;

export type ErrorText = { title: string; body: string; fix: string; action: FixAction };

/**
 * The one place that turns a code into sentences. Catalogue keys: `errors.<CODE>.title|body|fix`; where the
 * details name a `cause`, `causes.<CODE>.<cause>` stands for the reason in them.
 */
export function describeError(error: AppError, t: Translate): ErrorText {
  const values = sentenceValues(error, t);
  return {
    title: t(`errors.${error.code}.title`, values),
    body: t(`errors.${error.code}.body`, values),
    fix: t(`errors.${error.code}.fix`, values),
    action: errorTable[error.code].fix,
  };
}

/** What the sentences of an error interpolate. */
export function sentenceValues(error: AppError, t: Translate): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error.details ?? {})) {
    values[key] = Array.isArray(value) ? value.join(', ') : value;
  }
  if (error.details?.cause !== undefined) {
    values.reason = t(`causes.${error.code}.${values.cause}`, values);
  }
  return values;
}
