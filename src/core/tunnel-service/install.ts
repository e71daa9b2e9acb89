import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TunnelInstalled, TunnelPlan, TunnelStepId } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { describeHolder } from '../port-holder/adopt.ts';
import { findPortHolder } from '../port-holder/find-port-holder.ts';
import { refuseForeignPort } from '../port-holder/port-owner.ts';
import { probeGateway } from '../port-holder/probe-gateway.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { addAuthorizedKey } from './authorized-keys.ts';
import { type InstallFacts, type InstallTools, trashOf } from './facts.ts';
import { hostLineOf } from './host-line.ts';
import { fetchHostToken } from './host-token.ts';
import type { InstalledRecord, Undo } from './journal.ts';
import { proveKeyLogin } from './key-login.ts';
import { createTunnelKey, publicLineOf, refuseTakenKeyFiles } from './keys.ts';
import { setLinger } from './linger.ts';
import { isThere, makeDirectories } from './owned-file.ts';
import { knownHostsOfPlace, legacyAgent, type Place, serviceSpec } from './place.ts';
import { waitMs } from './service-manager.ts';
import type { Act, RunStep } from './transaction.ts';

export type InstallParts = InstallTools & {
  readonly place: Place;
  readonly facts: InstallFacts;
  readonly plan: TunnelPlan;
  readonly connect: (target: string) => Promise<SshConnection>;
  readonly saveToken: (token: string) => Promise<void>;
  /** Where it outlives a restart. */
  readonly keepToken: () => Promise<void>;
  /** Chela's own tunnel lets the port go. */
  readonly releasePort: () => Promise<void>;
  readonly signal: AbortSignal;
};

const proofSeconds = 20;

/** What each step of a plan does; `copied` tells afterwards what is on the host. */
export function installSteps(parts: InstallParts): {
  steps: RunStep[];
  copied: () => InstalledRecord['hostKey'];
} {
  const { place, facts, plan, manager, tools, signal } = parts;
  const { choices, record } = facts;
  let hostKey = record?.hostKey ?? null;

  const acts: Readonly<Record<TunnelStepId, Act>> = {
    async key(transaction) {
      const file = choices.keyFile;
      // Before the way back is noted, which removes both of its files.
      await refuseTakenKeyFiles(file);
      const made = await makeDirectories(dirname(file));
      await transaction.note({ kind: 'key', step: 'key', file, madeDirectory: made.length > 0 });
      await createTunnelKey(file, `chela@${place.hostName.replace(/[^\w.-]/g, '-')}`, tools);
    },
    async copyKey(transaction) {
      const { line, instead } = hostLineOf(facts, await publicLineOf(choices.keyFile));
      const connection = await parts.connect(facts.target);
      const copied = await addAuthorizedKey(connection, line, instead);
      // Only now is it known whether there is anything to undo. Cut off in between, the line stays: a login that its owner asked for.
      if (copied !== 'there') {
        const earlier = record?.undo.filter((undo) => undo.kind === 'hostKey') ?? [];
        const old = earlier.find((undo) => undo.line === instead);
        const wasCreated = copied === 'created' || old?.wasCreated === true;
        if (old) await transaction.note({ ...old, change: 'removed' });
        const { target } = facts;
        await transaction.note({
          kind: 'hostKey',
          step: 'copyKey',
          change: 'added',
          line,
          target,
          wasCreated,
        });
      }
      hostKey = { line, wasThere: copied === 'there' && hostKey?.line !== line };
      await proveKeyLogin(tools, {
        text: (facts.config.wanted ?? Buffer.alloc(0)).toString('latin1'),
        alias: choices.alias,
        gatewayPort: facts.gatewayPort,
        isLocked: facts.keys.some(({ file, isLocked }) => file === choices.keyFile && isLocked),
        isNarrow: choices.keyUse === 'tunnel',
        knownHosts: knownHostsOfPlace(place),
      });
    },
    // Whoever else writes there keeps what permissions the file had; a new one is its owner's alone.
    async sshConfig(transaction) {
      // A key that was made meanwhile may have made the directory, but never the file.
      await transaction.writeFile('sshConfig', facts.config, 0o600);
    },
    async token(transaction) {
      if (choices.token === 'keep') return parts.keepToken();
      const token = await fetchHostToken(await parts.connect(facts.target), signal);
      if (facts.token.state === 'missing') await transaction.note({ kind: 'token', step: 'token' });
      await parts.saveToken(token);
    },
    async legacy(transaction) {
      if (!facts.legacy) return;
      const { file, isLoaded } = facts.legacy;
      const trash = trashOf(place.homeDir);
      await mkdir(trash, { recursive: true, mode: 0o700 });
      const trashed = await freeName(join(trash, basename(file)), place.clock.now());
      await transaction.note({ kind: 'legacy', step: 'legacy', file, trashed, wasLoaded: isLoaded });
      await legacyAgent(place).deactivate();
      await rename(file, trashed).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOENT') throw thrown;
      });
    },
    async service(transaction) {
      await parts.releasePort();
      const { logFile } = serviceSpec(place, tools.ssh, choices.alias);
      const directories = await makeDirectories(dirname(logFile));
      await transaction.note({ kind: 'log', step: 'service', file: logFile, directories });
      const { tag } = facts.service.state;
      const wasActive = tag === 'running' || tag === 'restarting';
      if (wasActive) {
        await transaction.note({ kind: 'service', step: 'service', wasActive });
        await manager.deactivate();
      }
      await refuseTakenPort(parts);
      await transaction.writeFile('service', facts.service, manager.fileMode);
      await transaction.note({ kind: 'service', step: 'service', wasActive: false });
      await manager.activate();
    },
    async linger(transaction) {
      await transaction.note({ kind: 'linger', step: 'linger', wasOn: false });
      await setLinger(place, true);
    },
    proof: () => prove(parts),
  };

  const steps = plan.steps
    // What is done needs nobody.
    .filter(({ state }) => state !== 'done')
    .map(({ id, state }) => ({ id, act: state === 'needed' ? acts[id] : null }));
  return { steps, copied: () => hostKey };
}

/** Chela's own tunnel takes a moment to let go; anybody else is left alone. */
async function refuseTakenPort({ place, facts }: InstallParts): Promise<void> {
  const { localPort } = facts;
  for (let tries = 0; tries < 25; tries += 1) {
    const holder = await findPortHolder(localPort, place.system);
    if (holder === null) return;
    if (tries === 24) throw new AppErrorException(describeHolder(localPort, holder, null));
    await waitMs(place.clock, 200);
  }
}

/** A real Gateway has to greet through the port. Rejects with TUNNEL_SERVICE_NO_PROOF. */
async function prove({ place, facts, manager, signal }: InstallParts): Promise<void> {
  const { clock } = place;
  const { localPort: port } = facts;
  const giveUpAt = clock.now() + proofSeconds * 1000;
  while (clock.now() < giveUpAt && !signal.aborted) {
    if (await probeGateway(port, { timeoutMs: 3000, clock })) {
      // Any user of this computer can listen on a port, and greet like a Gateway.
      const foreign = await refuseForeignPort(port, place.system);
      if (foreign) throw new AppErrorException(foreign);
      return;
    }
    await waitMs(clock, 250);
  }
  const { lines } = await manager.log(1);
  const line = brief(lines.at(-1) ?? '').replace(/\.$/, '');
  const details = { port, seconds: proofSeconds, cause: line === '' ? 'silent' : 'log', line };
  throw new AppErrorException(appError('TUNNEL_SERVICE_NO_PROOF', line, { details }));
}

async function freeName(file: string, nowMs: number): Promise<string> {
  return (await isThere(file)) ? `${file}.${nowMs}` : file;
}

/** What is there now, with the way back to before Chela's first change. */
export function recordOf(
  { place, facts, manager }: InstallParts,
  hostKey: InstalledRecord['hostKey'],
  undo: readonly Undo[],
): InstalledRecord {
  const { choices, record } = facts;
  const installed: TunnelInstalled = {
    manager: manager.kind,
    atMs: place.clock.now(),
    target: facts.target,
    destination: facts.destination,
    alias: choices.alias,
    localPort: facts.localPort,
    gatewayPort: facts.gatewayPort,
    keyFile: choices.keyFile,
    serviceFile: manager.file,
    label: manager.label,
  };
  // A change that went on after it was cut off finds its own line there.
  const isOurs = undo.some((one) => one.kind === 'hostKey' && one.line === hostKey?.line);
  return {
    facts: installed,
    choices: keptChoices(choices),
    hostKey: hostKey && { ...hostKey, wasThere: hostKey.wasThere && !isOurs },
    undo: mergeUndo(record?.undo ?? [], undo),
  };
}

/** Of the choices, what the next plan goes by. */
export function keptChoices({ sshTarget, alias, keyFile, keyUse, skip }: InstallFacts['choices']) {
  const said = { ...(sshTarget !== undefined && { sshTarget }), ...(keyUse !== null && { keyUse }) };
  return { ...said, alias, keyFile, skip: [...skip] };
}

/**
 * Of two changes of the same thing the way back is the first one's; only what it leads from is the last one's. A line on the host that was
 * replaced needs no way back any more.
 */
function mergeUndo(first: readonly Undo[], then: readonly Undo[]): Undo[] {
  const nameOf = (undo: Undo) =>
    JSON.stringify([
      undo.kind,
      'file' in undo ? undo.file : '',
      undo.kind === 'hostKey' ? [undo.line, undo.target] : '',
    ]);
  const known = new Set(first.map(nameOf));
  const removed = new Set(
    then.filter((undo) => undo.kind === 'hostKey' && undo.change === 'removed').map(nameOf),
  );
  const lasting = first.filter((undo) => !removed.has(nameOf(undo)));
  const updated = lasting.map((old) => {
    const last = then.findLast((undo) => undo.kind === 'file' && nameOf(undo) === nameOf(old));
    return old.kind === 'file' && last?.kind === 'file' ? { ...old, after: last.after } : old;
  });
  return [...updated, ...then.filter((undo) => !known.has(nameOf(undo)))];
}
