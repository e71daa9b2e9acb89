import { parseSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import { type ResolvedTarget, resolveSshTarget } from '../ssh/config.ts';
import { knownAs } from '../ssh/host-key-check.ts';
import type { KnownHostsFiles } from '../ssh/known-hosts-file.ts';

/** What a target comes down to once `~/.ssh/config` was read. */
export type SshRoute = {
  readonly user: string;
  /** Where the first TCP connection goes, a jump host included; null: a ProxyCommand makes it. */
  readonly firstHop: { readonly host: string; readonly port: number } | null;
  /** The host whose key is checked, as known_hosts names it; null behind a jump host or a ProxyCommand. */
  readonly hostKey: {
    readonly host: string;
    readonly port: number;
    readonly knownHosts: KnownHostsFiles;
  } | null;
};

type World = { readonly homeDir: string; readonly env: NodeJS.ProcessEnv };

/** Jump hosts that have jump hosts; more is a circle. */
const MAX_HOPS = 8;

/** What a target comes down to by the person's own ssh configuration. Rejects with SSH_CONFIG_INVALID. */
export async function resolveSshRoute(target: SshTarget, world: World): Promise<SshRoute> {
  const resolved = await resolveSshTarget({ target, ...world });
  const isDirect = resolved.proxyCommand === null && resolved.proxyJump.length === 0;
  return {
    user: resolved.user,
    firstHop: await firstHopOf(resolved, world, MAX_HOPS),
    hostKey: isDirect
      ? { ...knownAs(resolved.host, resolved.port, resolved.hostKeyAlias), knownHosts: resolved.knownHosts }
      : null,
  };
}

async function firstHopOf(
  resolved: ResolvedTarget,
  world: World,
  hopsLeft: number,
): Promise<SshRoute['firstHop']> {
  if (resolved.proxyCommand !== null) return null;
  const [nearest] = resolved.proxyJump;
  if (nearest === undefined) return { host: resolved.host, port: resolved.port };
  const jump = parseSshTarget(nearest.replace(/^ssh:\/\//i, '').replace(/\/$/, ''));
  if (!jump.ok || hopsLeft === 0) return null;
  return firstHopOf(await resolveSshTarget({ target: jump.target, ...world }), world, hopsLeft - 1);
}
