import { type ErrorShape, errorShape, PROTOCOL_VERSION } from '@openclaw/gateway-protocol';
import {
  buildPairingConnectCloseReason,
  buildPairingConnectErrorDetails,
  buildPairingConnectErrorMessage,
  type ConnectErrorDetailCodes,
  type ConnectPairingRequiredReason,
  resolveAuthConnectErrorDetailCode,
} from '@openclaw/gateway-protocol/connect-error-details';
import { GATEWAY_RESTART_UNAVAILABLE_REASON } from '@openclaw/gateway-protocol/restart-unavailable';
import {
  GATEWAY_STARTUP_CLOSE_CODE,
  GATEWAY_STARTUP_CLOSE_REASON,
  GATEWAY_STARTUP_RETRY_AFTER_MS,
  gatewayStartupUnavailableDetails,
} from '@openclaw/gateway-protocol/startup-unavailable';
import { MIN_PROBE_PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';

/**
 * Why a `connect` was turned away: the error of the response, then the close (observed).
 */
export type ConnectRefusal = {
  readonly error: ErrorShape;
  readonly closeCode: 1002 | 1008 | 1013;
  readonly closeReason: string;
};

type DetailCode = keyof typeof ConnectErrorDetailCodes;

function refusal(error: ErrorShape, closeReason = error.message): ConnectRefusal {
  return { error, closeCode: 1008, closeReason };
}

function invalid(code: DetailCode, message: string, details: Record<string, unknown> = {}): ConnectRefusal {
  return refusal(errorShape('INVALID_REQUEST', message, { details: { code, ...details } }));
}

export const invalidConnect = (message: string) => refusal(errorShape('INVALID_REQUEST', message));

export function protocolMismatch(params: { minProtocol: number; maxProtocol: number }): ConnectRefusal {
  const mismatch = invalid('PROTOCOL_MISMATCH', 'protocol mismatch', {
    clientMinProtocol: params.minProtocol,
    clientMaxProtocol: params.maxProtocol,
    expectedProtocol: PROTOCOL_VERSION,
    minimumProbeProtocol: MIN_PROBE_PROTOCOL_VERSION,
  });
  return { ...mismatch, closeCode: 1002 };
}

/** A Gateway that is not there yet, or not for long any more: the client is to come again (observed). */
export const stillStarting = (): ConnectRefusal => ({
  error: errorShape('UNAVAILABLE', 'gateway starting; retry shortly', {
    retryable: true,
    retryAfterMs: GATEWAY_STARTUP_RETRY_AFTER_MS,
    details: gatewayStartupUnavailableDetails(),
  }),
  closeCode: GATEWAY_STARTUP_CLOSE_CODE,
  closeReason: GATEWAY_STARTUP_CLOSE_REASON,
});

const STOPPING_RETRY_AFTER_MS = 1_000;

/** What a client is told that asks for `method` while the Gateway stops. */
export const methodWhileStopping = (method: string): ErrorShape =>
  errorShape('UNAVAILABLE', `${method} unavailable during gateway restart`, {
    retryable: true,
    retryAfterMs: STOPPING_RETRY_AFTER_MS,
    details: { method, reason: GATEWAY_RESTART_UNAVAILABLE_REASON, phase: 'accepting' },
  });

export const alreadyStopping = (): ConnectRefusal => ({
  error: methodWhileStopping('connect'),
  closeCode: 1013,
  closeReason: 'gateway restart in progress',
});

export const originRefused = (reason: string) =>
  invalid('CONTROL_UI_ORIGIN_NOT_ALLOWED', 'origin not allowed', { reason });

type NextStep =
  | 'retry_with_device_token'
  | 'update_auth_configuration'
  | 'update_auth_credentials'
  | 'review_auth_configuration';

/** The package knows which detail code belongs to which reason. */
function unauthorized(authReason: string, what: string, recommendedNextStep: NextStep): ConnectRefusal {
  const message = what === '' ? 'unauthorized' : `unauthorized: ${what}`;
  return refusal(
    errorShape('INVALID_REQUEST', message, {
      details: {
        code: resolveAuthConnectErrorDetailCode(authReason),
        authReason,
        canRetryWithDeviceToken: recommendedNextStep === 'retry_with_device_token',
        recommendedNextStep,
      },
    }),
  );
}

export const secretMissing = (secret: 'token' | 'password') =>
  unauthorized(`${secret}_missing`, `gateway ${secret} missing`, 'update_auth_configuration');

/** A client with a device identity may hold a device token that still works. */
export const secretMismatch = (secret: 'token' | 'password', mayHoldDeviceToken: boolean) =>
  unauthorized(
    `${secret}_mismatch`,
    `gateway ${secret} mismatch`,
    mayHoldDeviceToken ? 'retry_with_device_token' : 'update_auth_credentials',
  );

export const deviceTokenMismatch = () =>
  unauthorized('device_token_mismatch', 'device token mismatch', 'update_auth_credentials');

export const scopeMismatch = () =>
  unauthorized('scope_mismatch', 'device token scope mismatch', 'review_auth_configuration');

export const proxyRefused = (reason: string) => unauthorized(reason, '', 'review_auth_configuration');

export const tailscaleRefused = (reason: 'missing' | 'whois-failed' | 'mismatch') =>
  unauthorized(
    {
      missing: 'tailscale_user_missing',
      'whois-failed': 'tailscale_whois_failed',
      mismatch: 'tailscale_user_mismatch',
    }[reason],
    'tailscale identity could not be verified',
    'review_auth_configuration',
  );

export const rateLimited = (retryAfterMs: number) =>
  refusal(
    errorShape('INVALID_REQUEST', 'unauthorized: too many failed authentication attempts (retry later)', {
      retryable: true,
      retryAfterMs,
      details: {
        code: 'AUTH_RATE_LIMITED',
        authReason: 'rate_limited',
        canRetryWithDeviceToken: false,
        recommendedNextStep: 'wait_then_retry',
      },
    }),
  );

export const deviceRequired = () =>
  refusal(
    errorShape('NOT_PAIRED', 'device identity required', { details: { code: 'DEVICE_IDENTITY_REQUIRED' } }),
  );

export const controlUiDeviceRequired = () =>
  invalid('CONTROL_UI_DEVICE_IDENTITY_REQUIRED', 'control ui requires device identity');

const deviceFaults = {
  'device-id-mismatch': ['DEVICE_AUTH_DEVICE_ID_MISMATCH', 'device identity mismatch'],
  'device-signature-stale': ['DEVICE_AUTH_SIGNATURE_EXPIRED', 'device signature expired'],
  'device-nonce-missing': ['DEVICE_AUTH_NONCE_REQUIRED', 'device nonce required'],
  'device-nonce-mismatch': ['DEVICE_AUTH_NONCE_MISMATCH', 'device nonce mismatch'],
  'device-signature': ['DEVICE_AUTH_SIGNATURE_INVALID', 'device signature invalid'],
} as const satisfies Record<string, readonly [DetailCode, string]>;

export type DeviceFault = keyof typeof deviceFaults;

export function deviceRefused(reason: DeviceFault): ConnectRefusal {
  const [code, message] = deviceFaults[reason];
  return invalid(code, message, { reason });
}

export function pairingRequired(facts: {
  reason: ConnectPairingRequiredReason;
  requestId: string;
  deviceId: string;
  requestedRole: string;
  requestedScopes: string[];
  approvedRoles?: string[];
  approvedScopes?: string[];
}): ConnectRefusal {
  return refusal(
    errorShape('NOT_PAIRED', buildPairingConnectErrorMessage(facts.reason), {
      details: buildPairingConnectErrorDetails(facts),
    }),
    buildPairingConnectCloseReason(facts),
  );
}
