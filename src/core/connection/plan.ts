import { assertNever } from '../../shared/assert-never.ts';
import type { Credentials, Effective } from '../../shared/config/effective.ts';
import type { AgentConfig, ModelConfig } from '../../shared/config/model-config.ts';
import type { OpenclawConfig } from '../../shared/config/openclaw.ts';
import { configuredAgent, configuredModel } from '../../shared/config/openclaw-agent.ts';
import type { HostKeyPolicy, SshEngineChoice } from '../../shared/config/settings.ts';
import { parseGatewayUrl } from '../../shared/connection/gateway-url.ts';
import { formatSshTarget, parseSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import type { GatewayAddress } from '../link/dial.ts';

/** What the coordinator shall bring about. Equal plans need no restart. */
export type Plan =
  | {
      readonly tag: 'local';
      readonly port: number;
      readonly token: string;
      readonly model: ModelConfig | null;
      readonly agent: AgentConfig;
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
  | {
      readonly tag: 'direct';
      readonly url: string;
      /** R26; empty for none. */
      readonly tlsFingerprint: string;
      readonly credentials: Credentials;
    }
  | { readonly tag: 'refused'; readonly error: AppError };

/** Names a Gateway across restarts. The WebSocket URL would not do: every tunnel ends on the same local port. */
export function gatewayKeyOf(plan: Plan): string {
  switch (plan.tag) {
    case 'remote':
      return remoteGatewayKey(plan.target, plan.gatewayPort);
    case 'direct':
      return plan.url;
    case 'local':
    case 'refused':
      return plan.tag;
    default:
      return assertNever(plan);
  }
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
    case 'direct':
      return plan.credentials;
    case 'refused':
      return {};
    default:
      return assertNever(plan);
  }
}

/** What a dial to the plan's Gateway has to know beside the URL: the pin belongs to the direct way alone (R26). */
export function dialOf(plan: Plan): Pick<GatewayAddress, 'tlsFingerprint'> {
  return plan.tag === 'direct' ? { tlsFingerprint: plan.tlsFingerprint } : {};
}

/** Pure. `generatedToken` serves where neither the environment nor `openclaw.json` sets one (R16). */
export function planConnection(
  effective: Effective,
  openclaw: OpenclawConfig | null,
  generatedToken: string,
): Plan {
  const { view, remoteCredentials, serverToken, refusal } = effective;
  if (view.mode.value === 'remote') {
    const plan = remotePlan(view, remoteCredentials);
    return refusal && plan.tag !== 'refused' ? { tag: 'refused', error: refusal } : plan;
  }
  if (refusal) return { tag: 'refused', error: refusal };
  return {
    tag: 'local',
    port: view.local.port.value,
    token: serverToken ?? generatedToken,
    model: configuredModel(openclaw),
    agent: configuredAgent(openclaw),
  };
}

/** The plan that Remote mode would carry out, whatever the mode is. Pure. */
export function remotePlan(
  view: Effective['view'],
  credentials: Credentials,
): Extract<Plan, { tag: 'remote' | 'direct' | 'refused' }> {
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
