import { canonicalAddress, isTailnetAddress, parseAddress } from '../auth/addresses.ts';
import type { TailscaleIdentity } from '../auth/ingress.ts';
import type { GatewayLogger } from '../options.ts';
import type { Gate } from './gate.ts';
import type { TailscaleCli } from './tailscale-cli.ts';

/**
 * The gate of the listener that only our own `tailscale serve` knows (R27). The login header is believed when the daemon
 * says that the forwarded address belongs to that user, and asked for WebSockets only: HTTP never signs in by it.
 */
export function createTailscaleGate(deps: {
  cli: TailscaleCli;
  allowTailscale: boolean;
  logger: GatewayLogger;
}): Gate {
  /** One question at a time about an address: a flood from one peer is one question. */
  const asking = new Map<string, Promise<string | null>>();
  const whois = (address: string) => {
    const known = asking.get(address);
    if (known !== undefined) return known;
    const question = deps.cli.whois(address).finally(() => asking.delete(address));
    asking.set(address, question);
    return question;
  };

  const identify = async (address: string, claimed: string): Promise<TailscaleIdentity> => {
    if (claimed === '') return { kind: 'unverified', reason: 'missing' };
    try {
      const login = await whois(address);
      if (login === null) return { kind: 'unverified', reason: 'whois-failed' };
      if (login.toLowerCase() !== claimed.toLowerCase()) return { kind: 'unverified', reason: 'mismatch' };
      return { kind: 'verified', login };
    } catch (thrown) {
      deps.logger.warn({ reason: String(thrown) }, 'tailscale whois failed');
      return { kind: 'unverified', reason: 'whois-failed' };
    }
  };

  return async ({ headers }) => {
    const client = headers['x-forwarded-for'];
    const host = headers['x-forwarded-host'];
    const isServed =
      typeof client === 'string' &&
      parseAddress(client) !== null &&
      isTailnetAddress(client) &&
      headers['x-forwarded-proto'] !== undefined &&
      typeof host === 'string';
    if (!isServed) return { ok: false, status: 403, type: 'proxy_attribution_required' };
    const address = canonicalAddress(client);
    const claimed = String(headers['tailscale-user-login'] ?? '').trim();
    const mayAsk = deps.allowTailscale && headers.upgrade !== undefined;
    const identity: TailscaleIdentity = mayAsk
      ? await identify(address, claimed)
      : { kind: 'unverified', reason: 'missing' };
    return { ok: true, ingress: { kind: 'tailscale', address, host, identity } };
  };
}
