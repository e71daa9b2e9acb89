import { assertNever } from '../../shared/assert-never.ts';
import { environmentForOpenclaw } from '../../shared/child-environment.ts';
import type { ServerAuthConfig } from '../../shared/config/gateway-access.ts';
import type { Locale } from '../../shared/config/settings.ts';
import { appError } from '../../shared/errors.ts';
import { ok } from '../../shared/result.ts';
import type { Clock } from '../clock.ts';
import { type ShellPath, withShellPath } from '../command-link/shell-path.ts';
import { locateConfig } from '../config/discovery.ts';
import { gatewayStateDir } from '../data-dir.ts';
import type { DeviceIdentity } from '../device/device-identity.ts';
import type { DeviceTokens } from '../device/device-tokens.ts';
import { createHealthMonitor } from '../health/monitor.ts';
import type { Keychain } from '../keychain/keychain.ts';
import { createGatewayLink } from '../link/gateway-link.ts';
import type { ChildLauncher } from '../local-gateway/child.ts';
import { isLeftOpenclawOn } from '../local-gateway/left-openclaw.ts';
import { createLocalGateway, type LocalGateway } from '../local-gateway/local-gateway.ts';
import { findOpenclaw } from '../local-gateway/openclaw-install.ts';
import { createOpenclawLauncher, openclawPatience } from '../local-gateway/openclaw-launcher.ts';
import { claimGateway, type OwnedGateway, portBeside } from '../local-gateway/owner-lock.ts';
import { adoptOrExplain } from '../port-holder/adopt.ts';
import { findPortHolder } from '../port-holder/find-port-holder.ts';
import { lookAtPort, type PortVerdict } from '../port-holder/look-at-port.ts';
import type { AskQuestion } from '../questions.ts';
import type { OfferedHostKeyChange, UnlockedKeys } from '../ssh/client.ts';
import { resolveSshTarget } from '../ssh/config.ts';
import { createTunnel, type SshEngine } from '../tunnel/tunnel.ts';
import { readInstalled } from '../tunnel-service/journal.ts';
import { adoptingTransport } from './adopting-transport.ts';
import { attachingTransport } from './attaching-transport.ts';
import { asRunning, credentialsOf, dialOf, gatewayKeyOf, type Plan } from './plan.ts';
import { createGatewayRoute, type GatewayRoute } from './route.ts';
import { sshEngineFor } from './ssh-engine.ts';
import {
  directTransport,
  localGatewayTransport,
  refusedTransport,
  type Transport,
  tunnelTransport,
} from './transport.ts';

/** What routes are made of, whatever the plan. */
export type RouteMaterials = {
  dataDir: string;
  version: string;
  homeDir: string;
  env: Record<string, string | undefined>;
  /** What `--profile` named. */
  profile: string | null;
  locale: () => Locale;
  ask: AskQuestion;
  /** Passphrases given once serve until Chela ends. */
  unlockedKeys: UnlockedKeys;
  launchGateway: ChildLauncher;
  shellPath?: ShellPath | undefined;
  device: DeviceIdentity;
  deviceTokens: DeviceTokens;
  keychain: Keychain;
  onHostKeyChange: (change: OfferedHostKeyChange) => void;
  /** See `TunnelService.awaitPort`. */
  awaitService: (port: number, signal: AbortSignal) => Promise<void>;
  clock: Clock;
  random: () => number;
};

/** A route for a plan; inert until it is started. */
export function makeRoute(plan: Plan, materials: RouteMaterials): GatewayRoute {
  const { device, deviceTokens, version, clock, random } = materials;
  return createGatewayRoute({
    transport: makeTransport(plan, materials),
    makeLink(url, isAttached) {
      const running = asRunning(plan, isAttached);
      return createGatewayLink({
        url,
        ...dialOf(plan),
        env: materials.env,
        gatewayKey: gatewayKeyOf(running),
        credentials: credentialsOf(running),
        device,
        deviceTokens,
        version,
        clock,
        random,
      });
    },
    keyOf: (isAttached) => gatewayKeyOf(asRunning(plan, isAttached)),
    makeHealth: (link) => createHealthMonitor({ link, clock }),
    kind: plan.tag === 'local' && plan.gateway !== 'openclaw' ? 'embedded' : 'openclaw',
  });
}

function makeTransport(plan: Plan, materials: RouteMaterials): Transport {
  switch (plan.tag) {
    case 'refused':
      return refusedTransport(plan.error);
    case 'remote':
      return adoptingTransport({
        tunnel: tunnelTransport(
          createTunnel({
            target: plan.target,
            ...(plan.identityFile !== null && { identityFile: plan.identityFile }),
            remotePort: plan.gatewayPort,
            connect: engineOf(plan, materials),
            localPort: plan.localPort,
            sideForwards: plan.sideForwards ? [1, 2].map((offset) => sideForward(plan, offset)) : [],
            ask: materials.ask,
            unlockedKeys: materials.unlockedKeys,
            homeDir: materials.homeDir,
            env: materials.env,
          }),
        ),
        port: plan.localPort,
        clock: materials.clock,
        awaitService: (signal) => materials.awaitService(plan.localPort, signal),
        explain: async () =>
          adoptOrExplain({
            hostAlias: (await readInstalled(materials.dataDir))?.alias,
            port: plan.localPort,
            target: plan.target,
            resolve: (target) => resolveSshTarget({ target, homeDir: materials.homeDir, env: materials.env }),
          }),
      });
    case 'direct':
      return directTransport(plan.url);
    case 'local':
      return attachingTransport({
        port: plan.port,
        look: () => lookFor(plan, gatewayStateDir(materials.dataDir)),
        clock: materials.clock,
        random: materials.random,
        own: localGatewayTransport(makeLocalGateway(plan, materials)),
      });
    default:
      return assertNever(plan);
  }
}

type LocalPlan = Extract<Plan, { tag: 'local' }>;

/**
 * Where a person wants Chela's own alone, another Gateway is in its way like any stranger. The OpenClaw that a killed Chela left
 * is in nobody's: it is gone on with.
 */
async function lookFor({ port, gateway }: LocalPlan, stateDir: string): Promise<PortVerdict> {
  if (gateway === 'openclaw' && (await isLeftOpenclawOn(port, stateDir))) return { tag: 'free' };
  const found = await lookAtPort(port);
  if (gateway !== 'embedded' || found.tag !== 'gateway') return found;
  const holder = (await findPortHolder(port)) ?? { command: '?', pid: 0 };
  return {
    tag: 'stranger',
    error: appError('GATEWAY_RUNS_ALREADY', `a Gateway listens on port ${port}`, {
      details: { port, ...holder, suggestedPort: portBeside(port) },
    }),
  };
}

function makeLocalGateway(plan: LocalPlan, materials: RouteMaterials): LocalGateway {
  const stateDir = gatewayStateDir(materials.dataDir);
  const isOpenclaw = plan.gateway === 'openclaw';
  const { env, homeDir } = materials;
  const location = locateConfig(env, { homeDir });
  const kind = isOpenclaw ? 'openclaw' : 'app';
  let owned: OwnedGateway | null = null;
  return createLocalGateway({
    options: {
      ...plan.access,
      port: plan.port,
      stateDir,
      ...(location.ok && { configPath: location.value.file }),
      model: plan.model,
      agent: plan.agent,
      locale: materials.locale(),
      version: materials.version,
    },
    async claim() {
      const claimed = await claimGateway(stateDir, { kind, port: plan.port, profile: materials.profile });
      if (claimed.ok) owned = claimed.value;
      return claimed;
    },
    ...(isOpenclaw
      ? { launch: openclawLauncher(plan, materials, () => owned), ...openclawPatience }
      : { launch: materials.launchGateway }),
  });
}

function openclawLauncher(
  { access, port }: LocalPlan,
  materials: RouteMaterials,
  owned: () => OwnedGateway | null,
): ChildLauncher {
  const { homeDir, shellPath } = materials;
  return createOpenclawLauncher({
    port,
    last: () => owned()?.child() ?? null,
    onDidStart(pid) {
      // A full disk, say: it runs all the same.
      void owned()
        ?.nameChild(pid)
        .catch(() => undefined);
    },
    async find() {
      const env = await withShellPath(materials.env, shellPath);
      const found = await findOpenclaw({ env, homeDir, platform: process.platform });
      if (!found.ok) return found;
      return ok({
        ...found.value,
        env: {
          ...environmentForOpenclaw(env),
          // It has to stay the process that is watched.
          OPENCLAW_NO_RESPAWN: '1',
          ...generatedCredential(access.auth),
        },
      });
    },
  });
}

/** For a Gateway of whose owner nobody set how callers get in: what Chela shows to it. It takes one no other way. */
function generatedCredential(auth: ServerAuthConfig): Record<string, string> {
  if (auth.mode === 'token' && auth.generated) return { OPENCLAW_GATEWAY_TOKEN: auth.token };
  return auth.mode === 'password' && auth.generated ? { OPENCLAW_GATEWAY_PASSWORD: auth.password } : {};
}

/** The ports after the Gateway's, under the numbers after the local end's. */
function sideForward(plan: Extract<Plan, { tag: 'remote' }>, offset: number) {
  return { localPort: plan.localPort + offset, remotePort: plan.gatewayPort + offset };
}

/** The engine of a plan, for its tunnel and for whoever looks at the same path. */
export function engineOf(plan: Extract<Plan, { tag: 'remote' }>, materials: RouteMaterials): SshEngine {
  const sides = plan.sideForwards ? [plan.gatewayPort + 1, plan.gatewayPort + 2] : [];
  return sshEngineFor({
    choice: plan.engine,
    hostKeyPolicy: plan.hostKeyPolicy,
    forwardPorts: [plan.gatewayPort, ...sides],
    keychain: materials.keychain,
    onHostKeyChange: materials.onHostKeyChange,
  });
}
