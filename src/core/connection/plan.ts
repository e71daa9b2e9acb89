import { assertNever } from '../../shared/assert-never.ts';
import type { Credentials, Effective } from '../../shared/config/effective.ts';
import type { AgentConfig, ModelConfig } from '../../shared/config/model-config.ts';
import type { OpenclawConfig } from '../../shared/config/openclaw.ts';
import { configuredAgent, configuredModel } from '../../shared/config/openclaw-agent.ts';
import type { HostKeyPolicy, SshEngineChoice } from '../../shared/config/settings.ts';
import { formatSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import type { AppError } from '../../shared/errors.ts';
import type { GatewayAddress } from '../link/dial.ts';
import { remotePlan } from './remote-plan.ts';

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
