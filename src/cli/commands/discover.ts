import { oneLine } from '../../shared/printable.ts';
import type { RunCommand } from '../frame/context.ts';

export type DiscoverOptions = { readonly timeout: number };

/** One beacon, as far as it can be used: hints, none of them proven. */
export type FoundGateway = {
  readonly name: string;
  /** Where the service resolves to; not what the beacon says of itself. */
  readonly host: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly tls: boolean;
  /** What could go to `gateway.remote.sshTarget` (R10); the user name is whoever logs in there. */
  readonly sshTarget: string;
};

/** What `bonjour-service` tells of a service. */
export type Beacon = {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly addresses?: readonly string[] | undefined;
  readonly txt?: unknown;
};

/**
 * The beacon is not authenticated, so its text is a hint only: the SSH target is the host that the service resolves to,
 * never a host that the text names (openclaw's docs/gateway/bonjour). Null for what is no Gateway's.
 */
export function readBeacon({ name, host, port, addresses = [], txt }: Beacon): FoundGateway | null {
  const hints = (typeof txt === 'object' && txt !== null ? txt : {}) as Record<string, unknown>;
  const hint = (key: string) => (typeof hints[key] === 'string' ? oneLine(hints[key]) : '');
  const cleanHost = oneLine(host).replace(/\.$/, '');
  // It ends up on a command line, as the argument of ssh.
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(cleanHost)) return null;
  const sshPort = /^\d{1,5}$/.test(hint('sshPort')) ? Number(hint('sshPort')) : 22;
  return {
    name: hint('displayName') || oneLine(name),
    host: cleanHost,
    addresses: addresses.map(oneLine),
    port,
    tls: hint('gatewayTls') === '1',
    sshTarget: sshPort === 22 ? cleanHost : `${cleanHost}:${sshPort}`,
  };
}

/** `chela gateway discover`: the Gateways that announce themselves in this network. Changes nothing. */
export const discover: RunCommand<DiscoverOptions> = async ({ out, t, signal }, { timeout }) => {
  const found = await out.spin(t('calls.discover.looking'), browse(timeout, signal));
  out.answer({ gateways: found }, () => {
    if (found.length === 0) return [t('calls.discover.none', { seconds: Math.round(timeout / 1000) })];
    return found.flatMap(({ name, host, port, addresses, tls, sshTarget }) => [
      `${out.paint('bold', name)}  ${host}:${port}${tls ? ' (TLS)' : ''}  ${out.paint('dim', addresses.join(', '))}`,
      `  ${t('calls.discover.use', { target: sshTarget })}`,
    ]);
  });
  return 0;
};

async function browse(timeoutMs: number, signal: AbortSignal): Promise<FoundGateway[]> {
  const { Bonjour } = await import('bonjour-service');
  const found = new Map<string, FoundGateway>();
  // A network that takes no multicast is one in which nothing is found.
  const bonjour = new Bonjour({}, () => {});
  const browser = bonjour.find({ type: 'openclaw-gw', protocol: 'tcp' }, (service) => {
    const gateway = readBeacon(service);
    if (gateway) found.set(`${gateway.host}:${gateway.port}`, gateway);
  });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
  browser.stop();
  await new Promise<void>((resolve) => bonjour.destroy(() => resolve()));
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
