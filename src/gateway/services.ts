import { join } from 'node:path';
import { createTranslator } from '../shared/i18n/index.ts';
import { type Conversations, createConversations } from './agent/conversations.ts';
import { createDeviceStore, type DeviceStore } from './auth/device-store.ts';
import { createPairingRequests, type PairingRequests } from './auth/pairing-requests.ts';
import type { GatewayClock } from './clock.ts';
import { type ConfigFile, createConfigFile, type WriteConfig } from './config/config-file.ts';
import { type ConfigStore, createConfigStore } from './config/config-store.ts';
import type { LogFile } from './log-file.ts';
import { createNodes, type Nodes } from './nodes/nodes.ts';
import type { GatewayConfig, GatewayLimits, GatewayLogger } from './options.ts';
import { createHub, type Hub } from './server/hub.ts';
import { createPresence, type Presence } from './server/presence.ts';
import type { TailscaleCli } from './server/tailscale-cli.ts';
import type { GatewayDatabase } from './sessions/database.ts';
import { createRemovedTranscripts, type RemovedTranscripts } from './sessions/removed-transcripts.ts';
import { createSessionIndex, type SessionIndex } from './sessions/session-index.ts';
import { createTranscriptArchive, type TranscriptArchive } from './sessions/transcript-archive.ts';
import { createUnusedMedia, type UnusedMedia } from './sessions/unused-media.ts';

/** What a Gateway is given: its options, time, identifiers and the open database. */
export type Parts = {
  readonly config: GatewayConfig;
  readonly limits: GatewayLimits;
  readonly logger: GatewayLogger;
  readonly clock: GatewayClock;
  readonly newId: () => string;
  readonly database: GatewayDatabase;
  readonly tailscaleCli: TailscaleCli;
  readonly logFile: LogFile;
  readonly writeConfig?: WriteConfig | undefined;
};

/** What methods, the doorkeeper and the server share. */
export type Services = Omit<Parts, 'writeConfig'> & {
  readonly bootId: string;
  readonly startedAt: number;
  readonly hub: Hub;
  readonly presence: Presence;
  readonly devices: DeviceStore;
  readonly pairingRequests: PairingRequests;
  readonly talk: Conversations;
  readonly nodes: Nodes;
  readonly configFile: ConfigFile;
  readonly configStore: ConfigStore;
  readonly index: SessionIndex;
  readonly archive: TranscriptArchive;
  readonly removed: RemovedTranscripts;
  readonly unusedMedia: UnusedMedia;
};

export function createServices(parts: Parts): Services {
  const { config, clock, newId, database } = parts;
  const startedAt = clock.now();
  const bootId = newId();
  const hub = createHub();
  const archiveDir = join(config.stateDir, 'archive');
  const devices = createDeviceStore(database);
  const configFile = createConfigFile(
    config.configPath ?? join(config.stateDir, 'openclaw.json'),
    parts.writeConfig,
  );
  const startNodes = config.nodes ?? {};
  const configStore = createConfigStore({ file: configFile, hashKey: bootId, startNodes });
  const { commandLists, publishing } = configStore;
  const nodes = createNodes({ ...parts, devices, hub, commandLists, publishing });
  return {
    ...parts,
    bootId,
    startedAt,
    hub,
    presence: createPresence({ version: config.version, instanceId: bootId, now: clock.now }),
    devices,
    pairingRequests: createPairingRequests(clock, newId),
    talk: createConversations({ ...parts, hub, nodes, t: createTranslator(config.locale), startedAt }),
    nodes,
    configFile,
    configStore,
    index: createSessionIndex(database),
    archive: createTranscriptArchive(database, { dir: archiveDir, now: clock.now }),
    removed: createRemovedTranscripts(archiveDir),
    unusedMedia: createUnusedMedia({ database, stateDir: config.stateDir, archiveDir, now: clock.now }),
  };
}
