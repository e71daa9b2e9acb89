import { join } from 'node:path';
import { formatSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import type {
  TunnelChange,
  TunnelInstalled,
  TunnelKey,
  TunnelStepId,
  ValidTunnelChoices,
} from '../../shared/contract/tunnel-service.ts';
import { type AppError, AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import { findPortHolder, type PortHolder } from '../port-holder/find-port-holder.ts';
import { persistentTunnel, recognisePersistentTunnel } from '../port-holder/persistent-tunnel.ts';
import type { SshKeywords } from '../ssh/config-keywords.ts';
import type { InstalledRecord, Journal } from './journal.ts';
import { listTunnelKeys, newKeyFile, publicLineOf, refuseTakenKeyFiles } from './keys.ts';
import { lingerState } from './linger.ts';
import { type FileState, isThere, readOwned } from './owned-file.ts';
import { findSshTools, legacyAgent, managerFor, type Place, serviceSpec } from './place.ts';
import type { ServiceManager, ServiceState } from './service-manager.ts';
import { type Directive, entryLines, entryOf, overruled } from './ssh-config-entry.ts';
import {
  dumpWith,
  type ForeignHost,
  findForeignHost,
  freeAlias,
  readSshConfig,
  type SshConfigFile,
  type SshTools,
} from './ssh-config-file.ts';
import { findBlock, withBlock, withoutBlock } from './ssh-config-text.ts';

/** What a persistent tunnel is to be for, as the settings and the caller say. */
export type WantedTunnel = {
  readonly target: SshTarget;
  readonly localPort: number;
  readonly gatewayPort: number;
  /** The key that was picked in Settings. */
  readonly identityFile: string | null;
};

/**
 * `kept`: it outlives a restart. `session`: it does not; `file` is where it could go. `outside`: somebody gives it to Chela at every start,
 * as a variable.
 */
export type TokenState = {
  readonly state: 'kept' | 'session' | 'outside' | 'missing';
  readonly origin: string;
  readonly file: string;
};

/** Every choice made: by the caller, else as installed, else as proposed. */
type MadeChoices = {
  readonly sshTarget: string | undefined;
  readonly alias: string;
  readonly keyFile: string;
  readonly createKey: boolean;
  /** Null of a key that Chela did not make. */
  readonly keyUse: 'tunnel' | 'any' | null;
  readonly token: 'keep' | 'fetch';
  readonly skip: readonly TunnelStepId[];
};

/** A file of ours as it is, as it shall be, and why it may not be touched. */
export type FileFacts = {
  readonly file: string;
  readonly now: FileState | null;
  readonly wanted: Buffer | null;
  readonly error: AppError | null;
};

export type InstallFacts = {
  readonly what: Exclude<TunnelChange, 'uninstall'>;
  readonly choices: MadeChoices;
  readonly target: string;
  readonly destination: TunnelInstalled['destination'];
  readonly localPort: number;
  readonly gatewayPort: number;
  readonly keys: readonly TunnelKey[];
  /** `type base64 comment`; null for a key that is still to be made. */
  readonly publicLine: string | null;
  readonly keyError: AppError | null;
  readonly config: SshConfigFile & FileFacts;
  readonly carried: readonly Directive[];
  readonly foreign: (ForeignHost & { readonly suggestion: string }) | null;
  readonly service: FileFacts & { readonly state: ServiceState };
  readonly legacy: { readonly file: string; readonly isLoaded: boolean } | null;
  readonly linger: 'on' | 'off' | null;
  readonly token: TokenState;
  /** Null where the port is free, or held by whom the service replaces. */
  readonly portHolder: PortHolder | null;
  readonly isPortOurs: boolean;
  readonly record: InstalledRecord | null;
};

/** What the steps work with. */
export type InstallTools = {
  readonly manager: ServiceManager;
  readonly tools: SshTools & { readonly keygen: string };
};

export type GatherParts = {
  readonly place: Place;
  readonly journal: Journal;
  readonly wanted: (sshTarget?: string) => WantedTunnel;
  readonly token: () => TokenState;
};

/** Looks at everything that an installation depends on. Rejects with what makes a plan impossible. */
export async function gatherInstall(
  { place, journal, wanted: wantedOf, token }: GatherParts,
  what: InstallFacts['what'],
  asked: ValidTunnelChoices,
): Promise<{ facts: InstallFacts; tools: InstallTools }> {
  const record = journal.installed;
  if (what === 'repair' && record === null) {
    throw new AppErrorException(appError('TUNNEL_SERVICE_ABSENT', 'nothing to repair'));
  }
  const sshTarget = asked.sshTarget ?? record?.choices.sshTarget;
  const wanted = wantedOf(sshTarget);
  const tools = await findSshTools(place);
  const { homeDir } = place;
  const named = [
    asked.key?.kind === 'use' ? asked.key.file : null,
    record?.choices.keyFile ?? null,
    wanted.identityFile,
  ].filter((file) => file !== null);
  const keys = await listTunnelKeys(homeDir, named);
  const choices = { sshTarget, ...makeChoices(asked, record, keys, wanted, homeDir) };
  const { alias, keyFile } = choices;

  const read = await readSshConfig(homeDir);
  const found = findBlock(read.text);
  // Who connects by our own entry means what it leads to.
  const isByOurs = found.tag === 'block' && wanted.target.host.toLowerCase() === alias.toLowerCase();
  const bare = isByOurs ? read.text : withoutBlock(read.text);
  const [forTarget, forAlias] = await Promise.all([
    dumpWith(tools, bare, wanted.target),
    dumpWith(tools, bare, { host: alias }),
  ]);
  const destination = destinationOf(forTarget, wanted);
  const entry = entryOf(
    { ...wanted, alias, destination, keyFile, platform: place.platform, forTarget, forAlias },
    wanted.target.host,
  );
  const after = isByOurs ? read.text : withBlock(bare, entryLines(alias, entry.directives));
  const foreign = await findForeignHost(read, homeDir, alias);
  const configError =
    read.problem ?? (isByOurs ? null : await judge(tools, after, alias, entry.directives, read.file));

  const spec = serviceSpec(place, tools.ssh, alias);
  const manager = await managerFor(place, spec);
  const service = await fileFacts(manager.file, manager.render(spec), 'service');
  const state = await manager.state();
  const holder = await findPortHolder(wanted.localPort, place.system);
  const legacy = await findLegacy(place);
  const isPortOurs = holder?.pid === process.pid;
  const isReplaced =
    holder !== null &&
    (isPortOurs || holder.pid === state.pid || (await isKnown(holder, record, legacy, place)));
  return {
    tools: { manager, tools },
    facts: {
      what,
      choices,
      target: formatSshTarget(wanted.target),
      destination,
      localPort: wanted.localPort,
      gatewayPort: wanted.gatewayPort,
      keys,
      ...(await keyFacts(choices, keys)),
      config: { ...read, now: read.state, wanted: Buffer.from(after, 'latin1'), error: configError },
      carried: entry.carried,
      foreign: foreign && { ...foreign, suggestion: await freeAlias(read, homeDir, alias) },
      service: { ...service, state },
      legacy,
      linger: manager.kind === 'systemd' ? await lingerState(place) : null,
      token: token(),
      portHolder: isReplaced ? null : holder,
      isPortOurs,
      record,
    },
  };
}

function makeChoices(
  asked: ValidTunnelChoices,
  record: InstalledRecord | null,
  keys: readonly TunnelKey[],
  wanted: WantedTunnel,
  homeDir: string,
): Omit<MadeChoices, 'sshTarget'> {
  const kept = record?.choices;
  const free = keys.filter((key) => !key.isLocked).map(({ file }) => file);
  const proposed = [kept?.keyFile, wanted.identityFile, newKeyFile(homeDir)].find(
    (file) => file !== undefined && file !== null && free.includes(file),
  );
  const own = newKeyFile(homeDir);
  const keyFile =
    asked.key?.kind === 'use'
      ? asked.key.file
      : asked.key?.kind === 'create'
        ? own
        : (proposed ?? free[0] ?? own);
  return {
    alias: asked.alias ?? kept?.alias ?? persistentTunnel.hostAlias,
    keyFile,
    createKey: keyFile === own && !keys.some(({ file }) => file === own),
    keyUse: keyFile === own ? (asked.keyUse ?? usedAs(kept, own)) : null,
    token: asked.token ?? 'keep',
    skip: asked.skip ?? kept?.skip ?? ['linger'],
  };
}

/** As it was installed: a line that somebody may use by now is not narrowed behind their back. */
function usedAs(kept: InstalledRecord['choices'] | undefined, own: string): 'tunnel' | 'any' {
  return kept?.keyFile === own ? (kept.keyUse ?? 'any') : 'tunnel';
}

async function keyFacts(
  { keyFile, createKey }: MadeChoices,
  keys: readonly TunnelKey[],
): Promise<Pick<InstallFacts, 'publicLine' | 'keyError'>> {
  if (createKey) {
    const taken = await refuseTakenKeyFiles(keyFile).then(() => null, toAppError);
    return { publicLine: null, keyError: taken };
  }
  if (!keys.some(({ file }) => file === keyFile)) {
    const cause = (await isThere(keyFile)) ? 'notEd25519' : 'absent';
    const details = { file: keyFile, cause };
    return { publicLine: null, keyError: appError('SSH_KEY_UNUSABLE', cause, { details }) };
  }
  try {
    return { publicLine: await publicLineOf(keyFile), keyError: null };
  } catch (thrown) {
    return { publicLine: null, keyError: toAppError(thrown) };
  }
}

function destinationOf(said: SshKeywords, { target }: WantedTunnel): TunnelInstalled['destination'] {
  const one = (name: string) => said.get(name)?.[0];
  return {
    host: one('hostname') ?? target.host,
    port: Number(one('port') ?? target.port ?? 22),
    user: one('user') ?? target.user ?? '',
  };
}

/** Whether `ssh` would read the new text as it is meant. Null: yes. */
async function judge(
  tools: SshTools,
  text: string,
  alias: string,
  directives: readonly Directive[],
  file: string,
): Promise<AppError | null> {
  try {
    const different = overruled(directives, await dumpWith(tools, text, { host: alias }));
    if (different === null) return null;
    return appError('SSH_CONFIG_OVERRULED', different.keyword, { details: { file, alias, ...different } });
  } catch (thrown) {
    return toAppError(thrown);
  }
}

/** `error` where it may not be touched: TUNNEL_SERVICE_FOREIGN for a service's definition that is a link, else what `readOwned` said. */
export async function fileFacts(
  file: string,
  wanted: Buffer | null,
  of: 'service' | 'config',
): Promise<FileFacts> {
  try {
    return { file, now: await readOwned(file), wanted, error: null };
  } catch (thrown) {
    const isLink = thrown instanceof AppErrorException && of === 'service';
    const details = { label: persistentTunnel.label, file };
    const error = isLink ? appError('TUNNEL_SERVICE_FOREIGN', 'a link', { details }) : toAppError(thrown);
    return { file, now: null, wanted, error };
  }
}

/** R35. Null elsewhere than on macOS, and where there is none. */
export async function findLegacy(place: Place): Promise<InstallFacts['legacy']> {
  if (place.platform !== 'darwin') return null;
  const legacy = legacyAgent(place);
  const isLoaded = (await legacy.state()).tag !== 'absent';
  return isLoaded || (await isThere(legacy.file)) ? { file: legacy.file, isLoaded } : null;
}

/** The ssh that our record, or the agent before us, speaks of: it goes when the service comes. */
async function isKnown(
  holder: PortHolder,
  record: InstalledRecord | null,
  legacy: InstallFacts['legacy'],
  { system }: Place,
): Promise<boolean> {
  if (record === null && !legacy?.isLoaded) return false;
  return recognisePersistentTunnel(holder, system, record?.facts.alias);
}

export function trashOf(homeDir: string): string {
  return join(homeDir, '.Trash');
}
