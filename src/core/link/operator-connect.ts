import { buildDeviceAuthPayloadV3 } from '@openclaw/gateway-client/browser';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import type { DeviceIdentity } from '../device/device-identity.ts';
import { OPERATOR_ROLE, type SignIn, type SigningParts } from './operator.ts';

/** What a Gateway sends first. */
export type Challenge = {
  readonly nonce: string;
  /** Epoch milliseconds. */
  readonly ts: number;
};

export type OperatorConnect = {
  client: Pick<ConnectParams['client'], 'id' | 'mode' | 'displayName'>;
  signIn: SignIn;
  /** Of the challenge that was received. */
  nonce: string;
  /** Of the same challenge, epoch milliseconds. */
  ts: number;
  device: DeviceIdentity;
  /** Chela's own version. */
  version: string;
  platform: string;
  caps?: string[];
  /** BCP 47. */
  locale?: string;
};

/** The whole signed `connect` of an operator (protocol 4, signature v3). */
export function buildOperatorConnectParams(options: OperatorConnect): ConnectParams {
  const { client, signIn, nonce, ts, device, version, platform, caps, locale } = options;
  const { auth, signedToken } = authOf(signIn);
  const scopes = [...signIn.scopes];
  const payload = buildDeviceAuthPayloadV3({
    deviceId: device.deviceId,
    clientId: client.id,
    clientMode: client.mode,
    role: OPERATOR_ROLE,
    scopes,
    signedAtMs: ts,
    token: signedToken,
    nonce,
    platform,
  });
  return {
    minProtocol: PROTOCOL_VERSION,
    maxProtocol: PROTOCOL_VERSION,
    client: { ...client, version, platform },
    role: OPERATOR_ROLE,
    scopes,
    ...(caps && { caps }),
    ...(locale !== undefined && { locale }),
    ...(auth && { auth }),
    device: {
      id: device.deviceId,
      publicKey: device.publicKey,
      signature: device.sign(payload),
      signedAt: ts,
      nonce,
    },
  };
}

/** The token is part of what is signed, the password is not. */
function authOf(signIn: SignIn): { auth: ConnectParams['auth']; signedToken: string | null } {
  if (signIn.by === 'deviceToken') return { auth: { deviceToken: signIn.token }, signedToken: signIn.token };
  const { token, password } = signIn.credentials;
  if (!token && !password) return { auth: undefined, signedToken: null };
  return {
    auth: { ...(token ? { token } : {}), ...(password ? { password } : {}) },
    signedToken: token ?? null,
  };
}

/**
 * Id `gateway-client` in mode `ui` with a device and without an Origin: a real Gateway pairs it silently on loopback
 * (openclaw 2026.9.6), and unlike mode `backend` it gets a device token.
 */
export const linkClient = { id: 'gateway-client', mode: 'ui' } as const;

/** The `connect` of the link, and of whoever asks for more in its name. */
export function buildLinkConnectParams(
  { device, version, platform = process.platform }: Pick<SigningParts, 'device' | 'version' | 'platform'>,
  signIn: SignIn,
  challenge: Challenge,
): ConnectParams {
  const client = { ...linkClient, displayName: 'Chela' };
  return buildOperatorConnectParams({ client, signIn, ...challenge, device, version, platform });
}
