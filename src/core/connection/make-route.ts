import { assertNever } from '../../shared/assert-never.ts';
import type { Locale } from '../../shared/config/settings.ts';
import type { Clock } from '../clock.ts';
import { gatewayStateDir } from '../data-dir.ts';
import type { DeviceIdentity } from '../device/device-identity.ts';
import type { DeviceTokens } from '../device/device-tokens.ts';
import { createHealthMonitor } from '../health/monitor.ts';
import type { Keychain } from '../keychain/keychain.ts';
import { createGatewayLink } from '../link/gateway-link.ts';
import type { ChildLauncher } from '../local-gateway/child.ts';
import { createLocalGateway } from '../local-gateway/local-gateway.ts';
import { claimGateway } from '../local-gateway/owner-lock.ts';
import { adoptOrExplain } from '../port-holder/adopt.ts';
import { lookAtPort } from '../port-holder/look-at-port.ts';
import type { AskQuestion } from '../questions.ts';
import type { OfferedHostKeyChange, UnlockedKeys } from '../ssh/client.ts';
import { resolveSshTarget } from '../ssh/config.ts';
import { createTunnel, type SshEngine } from '../tunnel/tunnel.ts';
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
  locale: () => Locale;
  ask: AskQuestion;
  /** Passphrases given once serve until Chela ends. */
  unlockedKeys: UnlockedKeys;
  launchGateway: ChildLauncher;
  device: DeviceIdentity;
  deviceTokens: DeviceTokens;
  keychain: Keychain;
  onHostKeyChange: (change: OfferedHostKeyChange) => void;
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
    makeHealth: (link) => createHealthMonitor({ link, clock }),
    kind: plan.tag === 'local' ? 'embedded' : 'openclaw',
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
        explain: () =>
          adoptOrExplain({
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
        look: () => lookAtPort(plan.port),
        clock: materials.clock,
        random: materials.random,
        own: localGatewayTransport(
          createLocalGateway({
            options: {
              ...plan.access,
              port: plan.port,
              stateDir: gatewayStateDir(materials.dataDir),
              model: plan.model,
              agent: plan.agent,
              locale: materials.locale(),
              version: materials.version,
            },
            launch: materials.launchGateway,
            claim: () =>
              claimGateway(gatewayStateDir(materials.dataDir), {
                kind: 'app',
                port: plan.port,
                profile: null,
              }),
          }),
        ),
      });
    default:
      return assertNever(plan);
  }
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
