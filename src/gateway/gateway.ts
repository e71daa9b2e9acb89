import { randomUUID } from 'node:crypto';
import { AppErrorException } from '../shared/errors.ts';
import { createAdmit } from './auth/admit.ts';
import { systemClock } from './clock.ts';
import { createDispatch } from './methods/dispatch.ts';
import { describeRequest } from './methods/pairing-methods.ts';
import { readHealth } from './methods/system-methods.ts';
import { createMethods } from './methods/table.ts';
import {
  badConfig,
  defaultLimits,
  type GatewayOptions,
  gatewayConfigSchema,
  type RunningGateway,
  silentLogger,
} from './options.ts';
import { createBroadcasts } from './server/broadcasts.ts';
import { helloOk } from './server/hello.ts';
import { createServer } from './server/server.ts';
import { createServices, type Parts } from './services.ts';
import { openDatabase } from './sessions/database.ts';

const DEFAULT_TICK_MS = 30_000;

/**
 * Starts a Gateway on 127.0.0.1 (R2, R23) and resolves when it takes connections. Rejects with an
 * `AppErrorException`: BAD_REQUEST, PORT_IN_USE, PORT_FORBIDDEN, FILE_NOT_OURS, LOCAL_GATEWAY_FAILED.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { logger = silentLogger, clock = systemClock, newId = randomUUID, limits: given, ...rest } = options;
  const parsed = gatewayConfigSchema.safeParse(rest);
  if (!parsed.success) throw new AppErrorException(badConfig(parsed.error));
  const config = parsed.data;
  const limits = { ...defaultLimits, ...given };
  const database = openDatabase(config.stateDir);
  try {
    return await open({ config, limits, logger, clock, newId, database });
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

async function open(parts: Parts): Promise<RunningGateway> {
  const { config, limits, logger, clock, newId, database } = parts;
  const services = createServices(parts);
  const { hub, presence, devices, pairingRequests, talk, startedAt } = services;
  const uptimeMs = () => clock.now() - startedAt;
  const tickIntervalMs = config.tickIntervalMs ?? DEFAULT_TICK_MS;

  const system = {
    version: config.version,
    databasePath: database.path,
    sessions: talk.sessions,
    presence,
    currentModel: talk.currentModel,
    now: clock.now,
  };
  const methods = createMethods(services, system);
  const broadcasts = createBroadcasts({
    hub,
    presence,
    readHealth: () => readHealth(system),
    clock,
    tickIntervalMs,
    healthIntervalMs: limits.healthIntervalMs,
  });

  let stopping: Promise<void> | null = null;
  const server = createServer({
    vitals: { version: config.version, uptimeMs },
    connection: {
      admit: createAdmit({
        token: config.auth.token,
        allowedOrigins: config.allowedOrigins ?? [],
        devices,
        requests: pairingRequests,
        onDidRequestPairing: (request) =>
          hub.broadcast('device.pair.requested', describeRequest(request), { scope: 'operator.pairing' }),
      }),
      dispatch: createDispatch({ methods, logger, isStopping: () => stopping !== null }),
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
            tickIntervalMs,
            limits,
          }),
        );
        hub.add(client);
        if (isListed) broadcasts.announcePresence();
      },
      onDidDisconnect(client) {
        hub.remove(client);
        if (presence.left(client)) broadcasts.announcePresence();
      },
      clock,
      newId,
      limits,
      logger,
    },
  });

  const port = await server.listen(config.port);
  const stopBroadcasts = broadcasts.start();
  talk.runs.resume();
  logger.info({ port, stateDir: config.stateDir }, 'gateway listens');

  const stop = async (reason: string) => {
    logger.info({ reason }, 'gateway stops');
    server.refuseNewcomers();
    stopBroadcasts();
    await talk.runs.stop();
    hub.broadcast('shutdown', { reason });
    await server.close();
    database.close();
  };

  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    stop(reason = 'gateway stopping') {
      stopping ??= stop(reason);
      return stopping;
    },
  };
}
