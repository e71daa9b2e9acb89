import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAccess } from './auth/access.ts';
import { createAdmit } from './auth/admit.ts';
import { checkedOptions } from './check-options.ts';
import { every, systemClock } from './clock.ts';
import { apiRoutes } from './http-api/routes.ts';
import { openLogFile } from './log-file.ts';
import { createDispatch } from './methods/dispatch.ts';
import { announceRequest } from './methods/pairing-methods.ts';
import { readHealth } from './methods/system-methods.ts';
import { createMethods } from './methods/table.ts';
import { defaultLimits, type GatewayOptions, type RunningGateway, silentLogger } from './options.ts';
import { readLocalAddresses } from './server/binds.ts';
import { createBroadcasts } from './server/broadcasts.ts';
import { createGate } from './server/gate.ts';
import { helloOk } from './server/hello.ts';
import { openDoor, urlOf } from './server/open-door.ts';
import type { Phase } from './server/phase.ts';
import { createServer } from './server/server.ts';
import { createStrangers } from './server/strangers.ts';
import { createTailscaleCli } from './server/tailscale-cli.ts';
import { startTailscaleServe } from './server/tailscale-serve.ts';
import { createServices, type Parts, type Services } from './services.ts';
import { openDatabase } from './sessions/database.ts';

const DEFAULT_TICK_MS = 30_000;
const CLEANING_INTERVAL_MS = 10 * 60_000;

/**
 * Starts a Gateway, on loopback unless a bind is asked for (R2, R23), and resolves when it takes connections.
 * Rejects with an `AppErrorException`: BAD_REQUEST, SERVER_BIND_*, SERVER_TAILSCALE_*, PORT_IN_USE,
 * PORT_FORBIDDEN, FILE_NOT_OURS, DATABASE_DAMAGED, LOCAL_GATEWAY_FAILED.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const {
    logger = silentLogger,
    clock = systemClock,
    newId = randomUUID,
    tailscaleCli = createTailscaleCli(),
    writeConfig,
    limits: given,
    ...rest
  } = options;
  const config = checkedOptions(rest);
  const limits = { ...defaultLimits, ...given };
  const database = openDatabase(config.stateDir);
  const logFile = openLogFile(join(config.stateDir, 'logs', 'gateway.log'), logger, clock.now);
  const close = () => {
    database.close();
    logFile.close();
  };
  try {
    return await open(
      { config, limits, logger: logFile.logger, logFile, writeConfig, clock, newId, database, tailscaleCli },
      close,
    );
  } catch (thrown) {
    close();
    throw thrown;
  }
}

async function open(parts: Parts, close: () => void): Promise<RunningGateway> {
  const { config, limits, logger, clock, newId, database } = parts;
  const services = createServices(parts);
  const { hub, presence, devices, pairingRequests, talk, nodes, startedAt } = services;
  const uptimeMs = () => clock.now() - startedAt;
  const tickIntervalMs = config.tickIntervalMs ?? DEFAULT_TICK_MS;

  const system = {
    version: config.version,
    databasePath: database.path,
    sessions: talk.sessions,
    index: services.index,
    presence,
    currentModel: talk.currentModel,
    now: clock.now,
  };
  const broadcasts = createBroadcasts({
    hub,
    presence,
    readHealth: () => readHealth(system),
    clock,
    tickIntervalMs,
    healthIntervalMs: limits.healthIntervalMs,
  });
  const methods = createMethods(services, {
    ...system,
    logFile: services.logFile,
    announcePresence: broadcasts.announcePresence,
  });

  const access = createAccess(config, { now: clock.now, localAddresses: readLocalAddresses });
  let phase: Phase = 'starting';
  let stopping: Promise<void> | null = null;
  const server = createServer({
    http: {
      vitals: { version: config.version, uptimeMs, phase: () => phase },
      door: access,
      strangers: createStrangers({ ...access.proxies, limits, now: clock.now, logger }),
      routes: apiRoutes(services),
      headersTimeoutMs: limits.handshakeTimeoutMs,
      logger,
    },
    connection: {
      phase: () => phase,
      admit: createAdmit({
        ...access,
        devices,
        requests: pairingRequests,
        onDidRequestPairing: (request, replaces) => announceRequest(hub, request, replaces, clock.now()),
      }),
      dispatch: createDispatch({ methods, logger, phase: () => phase }),
      receive(client, greet) {
        // Listed first, so that the greeting shows the newcomer.
        const isListed = presence.arrived(client);
        if (isListed) broadcasts.countPresence();
        greet(
          helloOk(client, {
            version: config.version,
            bootId: services.bootId,
            methods: Object.keys(methods),
            presence: presence.list(),
            health: readHealth(system),
            stateVersion: broadcasts.stateVersion(),
            uptimeMs: uptimeMs(),
            modelConfigured: talk.currentModel() !== null,
            stateDir: config.stateDir,
            authMode: config.auth.mode,
            tickIntervalMs,
            limits,
          }),
        );
        hub.add(client);
        if (isListed) broadcasts.announcePresence();
        nodes.arrived(client);
      },
      onDidDisconnect(client) {
        hub.remove(client);
        nodes.left(client);
        if (presence.left(client)) broadcasts.announcePresence();
      },
      clock,
      newId,
      limits,
      logger,
    },
  });

  const openDoors = async () => {
    const door = await openDoor(server, config, createGate(access.proxies), logger);
    if (config.tailscale?.mode !== 'serve') return { door, leaveTailnet: async () => {} };
    const { allowTailscale } = access.credentials;
    const cli = parts.tailscaleCli;
    const leaveTailnet = await startTailscaleServe({ config, allowTailscale, cli, server, clock, logger });
    return { door, leaveTailnet };
  };
  const { door, leaveTailnet } = await openDoors().catch(async (thrown) => {
    await server.close();
    throw thrown;
  });
  const stopBroadcasts = broadcasts.start();
  const stopCleaning = every(clock, CLEANING_INTERVAL_MS, () => void clean(services));
  talk.runs.resume();
  phase = 'running';
  logger.info({ ...door, stateDir: config.stateDir }, 'gateway listens');

  const stop = async (reason: string) => {
    logger.info({ reason }, 'gateway stops');
    phase = 'stopping';
    stopBroadcasts();
    stopCleaning();
    await leaveTailnet();
    await talk.stop();
    hub.broadcast('shutdown', { reason });
    await server.close();
    nodes.stop();
    close();
  };

  return {
    url: urlOf(door),
    port: door.port,
    stop(reason = 'gateway stopping') {
      stopping ??= stop(reason);
      return stopping;
    },
  };
}

async function clean({ archive, unusedMedia, logger }: Services): Promise<void> {
  try {
    archive.prune();
    await unusedMedia.remove();
  } catch (thrown) {
    logger.warn({ reason: String(thrown) }, 'what is old could not be removed');
  }
}
