import { assertNever } from '../../shared/assert-never.ts';
import type { Effective } from '../../shared/config/effective.ts';
import type { OpenclawConfig } from '../../shared/config/openclaw.ts';
import { loopbackPort } from '../../shared/config/port.ts';
import { formatSshTarget } from '../../shared/connection/ssh-target.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { remotePlan } from './remote-plan.ts';

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
  const url = `ws://127.0.0.1:${view.remote.localPort.value}`;
  const plan = remotePlan(view, {});
  switch (plan.tag) {
    case 'direct':
      return ok({ tag: 'direct', url: plan.url, tlsFingerprint: plan.tlsFingerprint || null });
    case 'remote':
      return ok({ tag: 'tunnel', url, target: formatSshTarget(plan.target) });
    case 'refused': {
      const isForeign = loopbackPort(openclaw?.gateway?.remote?.url) !== null;
      return isForeign && plan.error.code === 'SSH_TARGET_MISSING'
        ? ok({ tag: 'tunnel', url, target: null })
        : err(plan.error);
    }
    default:
      return assertNever(plan);
  }
}
