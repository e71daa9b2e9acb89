import { z } from 'zod';
import { assertNever } from '../../shared/assert-never.ts';
import type { Credentials, Effective } from '../../shared/config/effective.ts';
import type { GatewayAccess, ServerAuthConfig } from '../../shared/config/gateway-access.ts';
import { serverAccess } from '../../shared/config/gateway-section.ts';
import type { AgentConfig, ModelConfig } from '../../shared/config/model-config.ts';
import type { OpenclawConfig } from '../../shared/config/openclaw.ts';
import { configuredAgent, configuredModel } from '../../shared/config/openclaw-agent.ts';
import type { LocalGatewayChoice, SettingsView } from '../../shared/config/settings.ts';
import { formatSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import type { ServerAuth } from '../../shared/credentials/server-auth.ts';
import type { GatewayAddress } from '../link/dial.ts';
import { type RemotePlan, remotePlan } from './remote-plan.ts';

/** What the coordinator shall bring about. Equal plans need no restart. */
export type Plan =
  | {
      readonly tag: 'local';
      readonly port: number;
      readonly gateway: LocalGatewayChoice;
      /** Who gets in. Holds secrets. */
      readonly access: GatewayAccess;
      /** What a Gateway is greeted with that is there already. */
      readonly attach: Credentials;
      /** It was there, and is used. Only in what {@link asRunning} makes. */
      readonly isAttached?: true;
      readonly model: ModelConfig | null;
      readonly agent: AgentConfig;
    }
  | RemotePlan;

/** The one that Chela runs itself has given this computer another device token, and has other conversations. */
const localKeys = { embedded: 'local', openclaw: 'local:attached' } as const;
export const localKeySchema = z.enum(localKeys);
export type LocalKey = z.infer<typeof localKeySchema>;

export function isLocalKey(key: string | null): key is LocalKey {
  return localKeySchema.safeParse(key).success;
}

/**
 * The key of the Gateway that is wanted, before any was reached; null where nobody can say which that is. `lastLocal`:
 * of the one that was used last on this computer, where whichever is there is wanted.
 */
export function wantedGatewayKey(
  { mode, local, remote }: SettingsView,
  lastLocal: LocalKey | null,
): string | null {
  if (mode.value === 'remote') {
    const plan = remotePlan({ remote }, {});
    return plan.tag === 'refused' ? null : gatewayKeyOf(plan);
  }
  return local.gateway.value === 'auto' ? lastLocal : localKeys[local.gateway.value];
}

/** Names a Gateway across restarts. The WebSocket URL would not do: every tunnel ends on the same local port. */
export function gatewayKeyOf(plan: Plan): string {
  switch (plan.tag) {
    case 'remote':
      return remoteGatewayKey(plan.target, plan.gatewayPort);
    case 'direct':
      return plan.url;
    case 'local':
      return plan.isAttached || plan.gateway === 'openclaw' ? localKeys.openclaw : localKeys.embedded;
    case 'refused':
      return plan.tag;
    default:
      return assertNever(plan);
  }
}

function remoteGatewayKey(target: SshTarget, gatewayPort: number): string {
  return `ssh:${formatSshTarget(target)}#${gatewayPort}`;
}

/** What the plan's Gateway is greeted with. */
export function credentialsOf(plan: Plan): Credentials {
  switch (plan.tag) {
    case 'local':
      return plan.isAttached ? plan.attach : callerCredentials(plan.access.auth);
    case 'remote':
    case 'direct':
      return plan.credentials;
    case 'refused':
      return {};
    default:
      return assertNever(plan);
  }
}

/** What a caller of this computer shows to a Gateway that lets callers in like this. */
function callerCredentials(auth: ServerAuthConfig): Credentials {
  switch (auth.mode) {
    case 'token':
      return { token: auth.token };
    case 'password':
      return { password: auth.password };
    case 'none':
      return {};
    case 'trusted-proxy':
      return auth.password === undefined ? {} : { password: auth.password };
    default:
      return assertNever(auth);
  }
}

/** What a dial to the plan's Gateway has to know beside the URL: the pin belongs to the direct way alone (R26). */
export function dialOf(plan: Plan): Pick<GatewayAddress, 'tlsFingerprint'> {
  return plan.tag === 'direct' ? { tlsFingerprint: plan.tlsFingerprint } : {};
}

/** Nothing was asked of the credential contract. */
const unasked: ServerAuth = { tag: 'generate', kind: 'token', trail: [] };

/**
 * Pure. `generatedToken` serves where neither the environment nor `openclaw.json` sets one (R16). Local is refused as
 * `chela gateway run` refuses to start; whether a bind is exposed (R25) the Gateway itself judges, by its interfaces.
 */
export function planConnection(
  effective: Effective,
  openclaw: OpenclawConfig | null,
  generatedToken: string,
): Plan {
  const { view, remoteCredentials, server, localCredentials, refusal } = effective;
  if (view.mode.value === 'remote') {
    const plan = remotePlan(view, remoteCredentials);
    return refusal && plan.tag !== 'refused' ? { tag: 'refused', error: refusal } : plan;
  }
  if (refusal) return { tag: 'refused', error: refusal };
  const access = serverAccess(openclaw?.gateway, server ?? unasked, generatedToken);
  if (!access.ok) return { tag: 'refused', error: access.error };
  return {
    tag: 'local',
    port: view.local.port.value,
    gateway: view.local.gateway.value,
    access: access.value,
    attach: localCredentials ?? { token: generatedToken },
    model: configuredModel(openclaw),
    agent: configuredAgent(openclaw),
  };
}

/**
 * Pure. Whether an OpenClaw that Chela started on this port may stay: it is wanted again, or nobody can say what is. Else it
 * would be a second Gateway beside the plan's (R5).
 */
export function goesOnWithOpenclaw(plan: Plan, port: number): boolean {
  return (
    plan.tag === 'refused' || (plan.tag === 'local' && plan.gateway === 'openclaw' && plan.port === port)
  );
}

/** The plan as it turned out: its Gateway is Chela's own, or one that was there already. */
export function asRunning(plan: Plan, isAttached: boolean): Plan {
  return plan.tag === 'local' && isAttached ? { ...plan, isAttached: true } : plan;
}
