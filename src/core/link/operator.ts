import type { DeviceIdentity } from '../device/device-identity.ts';
import type { DeviceToken, DeviceTokens } from '../device/device-tokens.ts';

/** Both of Chela's connections to a Gateway, the link and WebChat, are operators. */
export const OPERATOR_ROLE = 'operator';

/**
 * All that WebChat may need. The link asks for the whole set, because a device token grants no more than what
 * was granted when it was issued, and WebChat signs in with the link's token.
 */
export const OPERATOR_SCOPES: readonly string[] = [
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.questions',
  'operator.pairing',
  'operator.admin',
];

/** The shared secret of a Gateway, as the person configured it. */
export type SharedCredentials = { readonly token?: string; readonly password?: string };

/** What an attempt signs in with: the device's own token, or the shared secret. */
export type SignIn =
  | { readonly by: 'deviceToken'; readonly token: string; readonly scopes: readonly string[] }
  | { readonly by: 'shared'; readonly credentials: SharedCredentials; readonly scopes: readonly string[] };

/** A stored device token goes first, so that the shared secret travels as rarely as it can. */
export function chooseSignIn(stored: DeviceToken | null, credentials: SharedCredentials): SignIn {
  if (!stored) return { by: 'shared', credentials, scopes: OPERATOR_SCOPES };
  // Asking for more than the token was issued for is refused as a whole.
  const granted = OPERATOR_SCOPES.filter((scope) => stored.scopes.includes(scope));
  return { by: 'deviceToken', token: stored.token, scopes: granted.length > 0 ? granted : OPERATOR_SCOPES };
}

/** The refusals after which a stored device token is worth nothing any more. */
const STALE_TOKEN_CODES = new Set(['AUTH_DEVICE_TOKEN_MISMATCH', 'AUTH_SCOPE_MISMATCH']);

/** Whether this `details.code` of a refused connect speaks of the device token. */
export function isStaleTokenRefusal(detailCode: string | null): boolean {
  return detailCode !== null && STALE_TOKEN_CODES.has(detailCode);
}

/**
 * Forgets the device token when the Gateway refused it with this `details.code`; the next sign-in then uses the
 * shared secret. True when something was forgotten.
 */
export function forgetAfterRefusal(
  deviceTokens: DeviceTokens,
  gatewayKey: string,
  detailCode: string | null,
): boolean {
  if (!isStaleTokenRefusal(detailCode)) return false;
  if (!deviceTokens.get(gatewayKey, OPERATOR_ROLE)) return false;
  deviceTokens.forget(gatewayKey, OPERATOR_ROLE);
  return true;
}

export type SigningParts = {
  device: DeviceIdentity;
  deviceTokens: DeviceTokens;
  gatewayKey: string;
  credentials: SharedCredentials;
  /** Chela's own version. */
  version: string;
  /**
   * Default: `process.platform`. A Gateway pins it to the device and wants a new approval when it changes
   * (PAIRING_REQUIRED, metadata-upgrade), so the link and WebChat must name the same.
   */
  platform?: string;
};
