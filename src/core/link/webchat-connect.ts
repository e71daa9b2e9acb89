import type { ConnectParams } from '@openclaw/gateway-protocol';
import { chooseSignIn, OPERATOR_ROLE, type SigningParts } from './operator.ts';
import { buildOperatorConnectParams, linkClient } from './operator-connect.ts';

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
  const { transport, nonce, ts, credentials, device, deviceTokens, gatewayKey, version, locale } = options;
  const { platform = process.platform } = options;
  return buildOperatorConnectParams({
    client: { ...clients[transport], displayName: 'Chela WebChat' },
    signIn: chooseSignIn(deviceTokens.get(gatewayKey, OPERATOR_ROLE), credentials),
    nonce,
    ts,
    device,
    version,
    platform,
    // The runs this page starts tell of their tool calls, and ask it before they run a command, a plugin acts or OpenClaw
    // itself is changed; only the last needs the cap for all kinds (observed).
    caps: ['tool-events', 'exec-approvals', 'plugin-approvals', 'approvals'],
    locale,
  });
}
