import { buildDeviceAuthPayloadV3 } from '@openclaw/gateway-client';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { linkClient } from './link-attempt.ts';
import { chooseSignIn, OPERATOR_ROLE, type SignIn, type SigningParts } from './operator.ts';

export { forgetAfterRefusal } from './operator.ts';

/** `direct`: the page's own WebSocket, with an Origin. `relay`: opened here, without one. */
type WebchatTransport = 'direct' | 'relay';

export type WebchatConnect = SigningParts & {
  transport: WebchatTransport;
  /** Of the challenge that the page received. */
  nonce: string;
  /** Of the same challenge, epoch milliseconds. */
  ts: number;
  /** BCP 47. */
  locale: string;
};

/**
 * A Gateway demands an Origin of `webchat-ui` and pairs it silently for a page on loopback; the relay sends none and
 * so goes under the link's id, which is paired silently without one.
 */
const clients = { direct: { id: 'webchat-ui', mode: 'webchat' }, relay: linkClient } as const;

/**
 * The whole signed `connect` of WebChat (protocol 4, signature v3). It carries the device token where one is known, so
 * that the shared secret does not reach a page; before the link's first hello there is none.
 */
export function buildWebchatConnectParams(options: WebchatConnect): ConnectParams {
  const { transport, nonce, ts, credentials, device, deviceTokens, gatewayKey, version } = options;
  const { platform = process.platform } = options;
  const client = clients[transport];
  const signIn = chooseSignIn(deviceTokens.get(gatewayKey, OPERATOR_ROLE), credentials);
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
    client: { ...client, version, platform, displayName: 'Chela WebChat' },
    role: OPERATOR_ROLE,
    scopes,
    // Without it the runs this page starts would keep their tool calls to themselves.
    caps: ['tool-events'],
    locale: options.locale,
    auth,
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
