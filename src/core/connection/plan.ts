import { assertNever } from '../../shared/assert-never.ts';
import type { Credentials, Effective } from '../../shared/config/effective.ts';
import { configuredModel, type ModelChoice, type OpenclawConfig } from '../../shared/config/openclaw.ts';
import type { HostKeyPolicy, SshEngineChoice } from '../../shared/config/settings.ts';
import { formatSshTarget, parseSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import { type AppError, appError } from '../../shared/errors.ts';

/** What the coordinator shall bring about. Equal plans need no restart. */
export type Plan =
  | {
      readonly tag: 'local';
      readonly port: number;
      readonly token: string;
      readonly model: ModelChoice | null;
    }
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
  | { readonly tag: 'refused'; readonly error: AppError };

/** Names a Gateway across restarts. The WebSocket URL would not do: every tunnel ends on the same local port. */
export function gatewayKeyOf(plan: Plan): string {
  return plan.tag === 'remote' ? remoteGatewayKey(plan.target, plan.gatewayPort) : plan.tag;
}

export function remoteGatewayKey(target: SshTarget, gatewayPort: number): string {
  return `ssh:${formatSshTarget(target)}#${gatewayPort}`;
}

/** What the plan's Gateway is greeted with. */
export function credentialsOf(plan: Plan): Credentials {
  switch (plan.tag) {
    case 'local':
      return { token: plan.token };
    case 'remote':
      return plan.credentials;
    case 'refused':
      return {};
    default:
      return assertNever(plan);
  }
}

/** Pure. `generatedToken` serves where neither the environment nor `openclaw.json` sets one (R16). */
export function planConnection(
  effective: Effective,
  openclaw: OpenclawConfig | null,
  generatedToken: string,
): Plan {
  const { view, remoteCredentials, serverToken, refusal } = effective;
  if (view.mode.value === 'local') {
    if (refusal) return { tag: 'refused', error: refusal };
    return {
      tag: 'local',
      port: view.local.port.value,
      token: serverToken ?? generatedToken,
      model: configuredModel(openclaw),
    };
  }
  const parsed = readTarget(view.remote.sshTarget.value);
  if (!parsed.ok) return { tag: 'refused', error: parsed.error };
  if (refusal) return { tag: 'refused', error: refusal };
  return {
    tag: 'remote',
    target: parsed.target,
    identityFile: view.remote.identityFile.value || null,
    gatewayPort: view.remote.gatewayPort.value,
    localPort: view.remote.localPort.value,
    credentials: remoteCredentials,
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
