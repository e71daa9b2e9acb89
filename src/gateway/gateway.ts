import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { AppErrorException } from '../shared/errors.ts';
import { createTranslator } from '../shared/i18n/index.ts';
import { createConversations } from './agent/conversations.ts';
import { createAdmit } from './auth/admit.ts';
import { createDeviceStore } from './auth/device-store.ts';
import { createPairingRequests } from './auth/pairing-requests.ts';
import { every, type GatewayClock, systemClock } from './clock.ts';
import { chatMethods } from './methods/chat-methods.ts';
import { authorize, type MethodTable } from './methods/method.ts';
import { modelMethods } from './methods/model-methods.ts';
import { describeRequest, pairingMethods } from './methods/pairing-methods.ts';
import { sessionMethods } from './methods/session-methods.ts';
import { readHealth, systemMethods } from './methods/system-methods.ts';
import {
  badConfig,
  defaultLimits,
  type GatewayConfig,
  type GatewayLimits,
  type GatewayOptions,
  gatewayConfigSchema,
  type RunningGateway,
  silentLogger,
} from './options.ts';
import type { Client } from './server/client.ts';
import { serveConnection } from './server/connection.ts';
import { failure, type Reply } from './server/frames.ts';
import { helloOk } from './server/hello.ts';
import { acceptUpgrade, createHttpServer, listenOnLoopback } from './server/http.ts';
import { createHub } from './server/hub.ts';
import { createPresence } from './server/presence.ts';
import { type GatewayDatabase, openDatabase } from './sessions/database.ts';

const DEFAULT_TICK_MS = 30_000;
/** How long clients get to answer the close frame of a shutdown. */
const GOODBYE_MS = 1_000;

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

type Parts = Required<Pick<GatewayOptions, 'logger' | 'clock' | 'newId'>> & {
  config: GatewayConfig;
  limits: GatewayLimits;
  database: GatewayDatabase;
};

async function open(parts: Parts): Promise<RunningGateway> {
  const { config, limits, logger, clock, newId, database } = parts;
  const startedAt = clock.now();
  const uptimeMs = () => clock.now() - startedAt;
  const tickIntervalMs = config.tickIntervalMs ?? DEFAULT_TICK_MS;
  const bootId = newId();
  const t = createTranslator(config.locale);

  const hub = createHub();
  const talk = createConversations({ ...parts, hub, t, startedAt });
  const presence = createPresence({ version: config.version, instanceId: bootId, now: clock.now });
  const devices = createDeviceStore(database);
  const requests = createPairingRequests(clock, newId);
  const admit = createAdmit({
    token: config.auth.token,
    allowedOrigins: config.allowedOrigins ?? [],
    devices,
    requests,
    onDidRequestPairing: (request) =>
      hub.broadcast('device.pair.requested', describeRequest(request), { scope: 'operator.pairing' }),
  });

  const system = {
    version: config.version,
    databasePath: database.path,
    sessions: talk.sessions,
    presence,
    currentModel: talk.currentModel,
    now: clock.now,
  };
  const common = { ...talk, now: clock.now, databasePath: database.path };
  const methods: MethodTable = {
    ...systemMethods(system),
    ...chatMethods(common),
    ...sessionMethods(common),
    ...modelMethods({ models: talk.models, t }),
    ...pairingMethods({ devices, requests, hub, now: clock.now }),
  };

  let stateVersion = { presence: 1, health: 1 };
  const announcePresence = () => {
    stateVersion = { ...stateVersion, presence: stateVersion.presence + 1 };
    hub.broadcast('presence', { presence: presence.list() }, { scope: 'operator.read' }, { stateVersion });
  };
  const announceHealth = () => {
    stateVersion = { ...stateVersion, health: stateVersion.health + 1 };
    hub.broadcast('health', readHealth(system), { scope: 'operator.read' }, { stateVersion });
  };

  let stopping: Promise<void> | null = null;
  const dispatch = async (client: Client, name: string, params: unknown): Promise<Reply> => {
    if (stopping !== null) return unavailable('gateway stopping');
    const verdict = authorize(methods, client, name, params);
    if (!verdict.ok) return verdict.reply;
    try {
      return await verdict.method.handle(params ?? {}, client);
    } catch (thrown) {
      logger.error({ method: name, reason: String(thrown) }, 'a method failed');
      return unavailable(`${name} failed`);
    }
  };

  const http = createHttpServer({ version: config.version, uptimeMs });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxPayloadBytes,
    perMessageDeflate: false,
  });
  http.on('upgrade', (request, socket, head) => {
    // A peer that resets in the middle of an upgrade must not take the process down.
    socket.on('error', (error) => logger.debug({ reason: error.message }, 'a socket broke'));
    if (stopping !== null) return void socket.destroy();
    if (!acceptUpgrade(request, socket)) return;
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      serveConnection(accepted, request, {
        admit,
        dispatch,
        receive(client, greet) {
          // Listed first, so that the greeting shows the newcomer.
          const isListed = presence.arrived(client);
          if (isListed) stateVersion = { ...stateVersion, presence: stateVersion.presence + 1 };
          greet(
            helloOk(client, {
              version: config.version,
              bootId,
              methods: Object.keys(methods),
              presence: presence.list(),
              health: readHealth(system),
              stateVersion,
              uptimeMs: uptimeMs(),
              modelConfigured: talk.currentModel() !== null,
              stateDir: config.stateDir,
              tickIntervalMs,
              limits,
            }),
          );
          hub.add(client);
          if (isListed) announcePresence();
        },
        onDidDisconnect(client) {
          hub.remove(client);
          if (presence.left(client)) announcePresence();
        },
        clock,
        newId,
        limits,
        logger,
      });
    });
  });

  const port = await listenOnLoopback(http, config.port);
  const cancels = [
    every(clock, tickIntervalMs, () => hub.broadcast('tick', { ts: clock.now() })),
    every(clock, limits.healthIntervalMs, announceHealth),
  ];
  talk.runs.resume();
  logger.info({ port, stateDir: config.stateDir }, 'gateway listens');

  const stop = async (reason: string) => {
    logger.info({ reason }, 'gateway stops');
    for (const cancel of cancels) cancel();
    await talk.runs.stop();
    hub.broadcast('shutdown', { reason });
    await closeServer(http, sockets, clock);
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

const unavailable = (message: string) => failure({ code: 'UNAVAILABLE', message, retryable: true });

/**
 * Takes leave of all sockets, strangers in their handshake included, and cuts off who does not answer in
 * time.
 */
function closeServer(http: Server, sockets: WebSocketServer, clock: GatewayClock): Promise<void> {
  return new Promise((resolve) => {
    for (const socket of sockets.clients) socket.close(1012, 'service restart');
    const cancel = clock.after(GOODBYE_MS, () => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
    });
    http.close(() => {
      cancel();
      resolve();
    });
    http.closeIdleConnections();
  });
}
