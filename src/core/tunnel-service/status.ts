import type { TunnelServiceStatus } from '../../shared/contract/tunnel-service.ts';
import { toAppError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { findPortHolder } from '../port-holder/find-port-holder.ts';
import { persistentTunnel, recognisePersistentTunnel } from '../port-holder/persistent-tunnel.ts';
import { probeGateway } from '../port-holder/probe-gateway.ts';
import { findLegacy, type GatherParts, gatherInstall, type InstallFacts } from './facts.ts';
import type { Journal } from './journal.ts';
import { isThere } from './owned-file.ts';
import { findSshTools, managerFor, serviceSpec } from './place.ts';
import { diffOf } from './plan.ts';
import { absentService, type ServiceManager, type ServiceState } from './service-manager.ts';

/** The manager of what is installed; of what would be, where nothing is. Rejects with TUNNEL_SERVICE_UNSUPPORTED. */
export async function managerOf({
  place,
  journal,
}: Pick<GatherParts, 'place' | 'journal'>): Promise<ServiceManager> {
  const { ssh } = await findSshTools(place);
  const alias = journal.installed?.facts.alias ?? persistentTunnel.hostAlias;
  return managerFor(place, serviceSpec(place, ssh, alias));
}

/** Never rejects. */
export async function readStatus(parts: GatherParts, usualPort: number): Promise<TunnelServiceStatus> {
  const { place, journal } = parts;
  const installed = journal.installed?.facts ?? null;
  // A target that is missing by now hides the drift, and nothing else.
  const gathered = installed && (await gatherInstall(parts, 'install', {}).catch(() => null));
  const facts = gathered?.facts ?? null;
  const { manager, unsupported } = gathered
    ? { manager: gathered.tools.manager, unsupported: null }
    : await managerOf(parts).then(
        (found) => ({ manager: found, unsupported: null }),
        (thrown) => ({ manager: null, unsupported: toAppError(thrown) }),
      );
  const service = facts?.service.state ?? (await manager?.state()) ?? absentService;
  const legacy = facts ? facts.legacy : await findLegacy(place);
  const port = installed?.localPort ?? usualPort;
  const [holder, isGateway, log] = await Promise.all([
    findPortHolder(port, place.system),
    probeGateway(port, { timeoutMs: 1500 }),
    manager && service.tag !== 'running' ? manager.log(1) : null,
  ]);
  const isService =
    holder !== null &&
    installed !== null &&
    (holder.pid === service.pid || (await recognisePersistentTunnel(holder, place.system, installed.alias)));
  const reason = brief(log?.lines.at(-1) ?? '') || null;
  const isElsewhere = installed !== null && facts !== null && leadsElsewhere(installed, facts);
  return {
    manager: manager?.kind ?? null,
    unsupported,
    state: await stateOf(journal, manager, service),
    installed,
    pid: service.pid ?? (isService ? holder.pid : null),
    sinceMs: service.sinceMs,
    lastExit: reason || service.lastExit ? { code: null, signal: null, ...service.lastExit, reason } : null,
    port: { port, holder, isService, isGateway },
    drift: installed && facts && !isElsewhere ? driftOf(facts) : [],
    targetNow: isElsewhere ? (facts?.target ?? null) : null,
    hasLegacy: legacy !== null,
    interrupted: journal.pending && {
      what: journal.pending.what,
      atMs: journal.pending.atMs,
      done: journal.pending.done,
    },
  };
}

async function stateOf(
  { installed }: Journal,
  manager: ServiceManager | null,
  { tag }: ServiceState,
): Promise<TunnelServiceStatus['state']> {
  if (installed === null) {
    // An autostart entry has no state of its own.
    const isForeign =
      (tag !== 'absent' && manager?.kind !== 'autostart') ||
      (manager !== null && (await isThere(manager.file)));
    return isForeign && tag !== 'unknown' ? 'foreign' : 'notInstalled';
  }
  return tag === 'absent' ? 'stopped' : tag;
}

function leadsElsewhere(
  installed: NonNullable<TunnelServiceStatus['installed']>,
  { destination, localPort, gatewayPort }: InstallFacts,
): boolean {
  const was = installed.destination;
  return (
    was.host !== destination.host ||
    was.port !== destination.port ||
    was.user !== destination.user ||
    installed.localPort !== localPort ||
    installed.gatewayPort !== gatewayPort
  );
}

/** The plan against the disk. */
function driftOf({ config, service, choices }: InstallFacts): TunnelServiceStatus['drift'] {
  const parts = [
    ...(choices.skip.includes('sshConfig') ? [] : [{ step: 'sshConfig' as const, facts: config }]),
    { step: 'service' as const, facts: service },
  ];
  return parts.flatMap(({ step, facts }) => {
    const diff = diffOf(facts);
    return diff === ''
      ? []
      : [{ step, file: facts.file, kind: facts.now === null ? 'missing' : 'changed', diff }];
  });
}
