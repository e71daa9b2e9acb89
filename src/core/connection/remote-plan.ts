import type { Credentials, Effective } from '../../shared/config/effective.ts';
import type { HostKeyPolicy, SshEngineChoice } from '../../shared/config/settings.ts';
import { parseGatewayUrl } from '../../shared/connection/gateway-url.ts';
import { parseSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import { type AppError, appError } from '../../shared/errors.ts';

export type RemotePlan =
  | {
      readonly tag: 'remote';
      readonly target: SshTarget;
      readonly identityFile: string | null;
      readonly gatewayPort: number;
      readonly localPort: number;
      readonly credentials: Credentials;
      readonly engine: SshEngineChoice;
      readonly hostKeyPolicy: HostKeyPolicy;
      readonly sideForwards: boolean;
    }
  | {
      readonly tag: 'direct';
      readonly url: string;
      /** R26; empty for none. */
      readonly tlsFingerprint: string;
      readonly credentials: Credentials;
    }
  | { readonly tag: 'refused'; readonly error: AppError };

/** The plan that Remote mode would carry out, whatever the mode is. Pure. */
export function remotePlan(view: Pick<Effective['view'], 'remote'>, credentials: Credentials): RemotePlan {
  if (view.remote.transport.value === 'direct') {
    const url = parseGatewayUrl(view.remote.url.value);
    if (!url.ok) return { tag: 'refused', error: url.error };
    return {
      tag: 'direct',
      url: url.value.href,
      tlsFingerprint: view.remote.tlsFingerprint.value,
      credentials,
    };
  }
  const parsed = readTarget(view.remote.sshTarget.value);
  if (!parsed.ok) return { tag: 'refused', error: parsed.error };
  return {
    tag: 'remote',
    target: parsed.target,
    identityFile: view.remote.identityFile.value || null,
    gatewayPort: view.remote.gatewayPort.value,
    localPort: view.remote.localPort.value,
    credentials,
    engine: view.remote.engine.value,
    hostKeyPolicy: view.remote.hostKeyPolicy.value,
    sideForwards: view.remote.sideForwards.value,
  };
}

/** A typed target, or the error that names what is wrong with it. */
export function readTarget(text: string): { ok: true; target: SshTarget } | { ok: false; error: AppError } {
  const parsed = parseSshTarget(text);
  if (parsed.ok) return parsed;
  const error =
    parsed.problem === 'empty'
      ? appError('SSH_TARGET_MISSING', 'no SSH target')
      : appError('SSH_TARGET_INVALID', parsed.problem, {
          details: { target: text.trim(), problem: parsed.problem },
        });
  return { ok: false, error };
}
