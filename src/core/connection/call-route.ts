import type { Effective } from '../../shared/config/effective.ts';
import { loopbackPort, type OpenclawConfig } from '../../shared/config/openclaw.ts';
import { formatSshTarget } from '../../shared/connection/ssh-target.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { readTarget } from './plan.ts';

/** Where a single call finds the Gateway that settings and `openclaw.json` name (R11, R12). */
export type CallRoute =
  /** This computer's own. */
  | { readonly tag: 'local'; readonly url: string }
  /** The local end of a tunnel. `target` is null where `openclaw.json` names only the URL, and somebody else tunnels. */
  | { readonly tag: 'tunnel'; readonly url: string; readonly target: string | null }
  /** A Gateway that is reached without a tunnel; `tlsFingerprint` pins it (R26). */
  | { readonly tag: 'direct'; readonly url: string; readonly tlsFingerprint: string | null };

/** Pure. SSH_TARGET_MISSING or SSH_TARGET_INVALID where Remote is chosen and nothing says where. */
export function callRoute({ view }: Effective, openclaw: OpenclawConfig | null): Result<CallRoute> {
  if (view.mode.value === 'local') {
    return ok({ tag: 'local', url: `ws://127.0.0.1:${view.local.port.value}` });
  }
  const remote = openclaw?.gateway?.remote;
  const { sshTarget, localPort } = view.remote;
  const isUrlOnly = sshTarget.value === '';
  const isLoopback = loopbackPort(remote?.url) !== null;
  const chosenHere = sshTarget.origin === 'settings';
  if (remote?.url && !isLoopback && !chosenHere && (isUrlOnly || remote.transport === 'direct')) {
    return ok({ tag: 'direct', url: remote.url, tlsFingerprint: remote.tlsFingerprint ?? null });
  }
  const url = `ws://127.0.0.1:${localPort.value}`;
  if (isUrlOnly && isLoopback) return ok({ tag: 'tunnel', url, target: null });
  const target = readTarget(sshTarget.value);
  return target.ok ? ok({ tag: 'tunnel', url, target: formatSshTarget(target.target) }) : err(target.error);
}
