import { homedir, networkInterfaces } from 'node:os';
import type { Settings, SettingsPatch, SettingsView } from '../shared/config/settings.ts';
import type { Snapshot, VersionedSnapshot } from '../shared/contract/snapshot.ts';
import { type AppError, AppErrorException, appError } from '../shared/errors.ts';
import { localeFor } from '../shared/i18n/locale.ts';
import { ok, type Result } from '../shared/result.ts';
import { systemClock } from './clock.ts';
import { createAppCommand } from './command-link/app-command.ts';
import type { ShellPath } from './command-link/shell-path.ts';
import { profileName } from './config/discovery.ts';
import { noOpenclawFile, type OpenclawFile, readOpenclawFile } from './config/openclaw-file.ts';
import { createSharedConfig } from './config/shared-config.ts';
import {
  createConfigurationSource,
  effectiveWith,
  explainConfiguration,
  testCredential,
  tokenGatewayOf,
} from './configuration.ts';
import { createCoordinator } from './connection/coordinator.ts';
import { type LastLocal, openLastLocal } from './connection/last-local.ts';
import { engineOf, makeRoute, type RouteMaterials } from './connection/make-route.ts';
import {
  asRunning,
  gatewayKeyOf,
  goesOnWithOpenclaw,
  isLocalKey,
  type Plan,
  planConnection,
  wantedGatewayKey,
} from './connection/plan.ts';
import { remotePlan } from './connection/remote-plan.ts';
import type { GatewayRoute } from './connection/route.ts';
import { moveTokenToKeychain, saveWithToken } from './credentials/save-token.ts';
import { createTokenStore } from './credentials/token-store.ts';
import { gatewayStateDir } from './data-dir.ts';
import { loadDeviceIdentity } from './device/device-identity.ts';
import { openDeviceTokens } from './device/device-tokens.ts';
import { createDispatch } from './dispatch.ts';
import { createDoctorRuns } from './doctor/doctor-runs.ts';
import { systemDoctorTools } from './doctor/tools.ts';
import { drawSnapshot } from './draw-snapshot.ts';
import { createEndpointGenerations } from './endpoint-generations.ts';
import type { EdgeCapabilities, Engine } from './engine.ts';
import { createEngineTunnelService } from './engine-tunnel-service.ts';
import { createHandlers } from './handlers.ts';
import { openQualityLog, type QualityLog } from './health/quality-log.ts';
import type { Keychain } from './keychain/keychain.ts';
import { createSystemKeychain } from './keychain/system-keychain.ts';
import { OPERATOR_ROLE } from './link/operator.ts';
import { createListeners } from './listeners.ts';
import type { ChildLauncher } from './local-gateway/child.ts';
import { endLeftOpenclaw } from './local-gateway/left-openclaw.ts';
import type { Logger } from './log.ts';
import { isOffline } from './network-watch/is-offline.ts';
import { createNetworkWatch } from './network-watch/network-watch.ts';
import { createQuestions } from './questions.ts';
import { createScreens } from './screens.ts';
import { ensureServerToken } from './server-token.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { OfferedHostKeyChange } from './ssh/client.ts';
import type { Place } from './tunnel-service/place.ts';

export type EngineOptions = {
  dataDir: string;
  store: SettingsStore;
  runtime: Snapshot['app']['runtime'];
  version: string;
  /** Starts the embedded Gateway's process. */
  launchGateway: ChildLauncher;
  edge: EdgeCapabilities;
  logger: Logger;
  /** The built `cli.js`, which Settings can make a command of every shell. */
  commandFile?: string;
  shellPath?: ShellPath;
  /** False: it stays disconnected until somebody connects it. */
  connects?: boolean;
  /** What of the system the persistent tunnel is given; the system's own when absent. */
  tunnelPlace?: Partial<Place>;
  /** The system's own when absent. */
  keychain?: Keychain;
  env?: Record<string, string | undefined>;
  homeDir?: string;
  /** What `--profile` named; `env` leads to its files. */
  profile?: string | undefined;
};

/** What has to be on the table before a connection can be made; read by `start()`. */
type Basis = {
  materials: RouteMaterials;
  serverToken: string;
  openclaw: OpenclawFile;
  quality: QualityLog;
  lastLocal: LastLocal;
};

/** Composes the rooms of the engine. Inert until `start()`, which rejects only when the data directory is unusable. */
export function createEngine(options: EngineOptions): Engine {
  const { dataDir, store, version, logger, env = process.env, homeDir = homedir() } = options;
  const changes = createListeners<VersionedSnapshot>();
  const questions = createQuestions(() => crypto.randomUUID());
  const stopping = new AbortController();
  let stopped: Promise<void> | null = null;
  const networkWatch = createNetworkWatch({ interfaces: networkInterfaces });
  const keychain = options.keychain ?? createSystemKeychain();
  const tokens = createTokenStore({ dataDir, keychain });
  const configuration = createConfigurationSource({ store, tokens, env, homeDir, clock: systemClock });
  const startNotices: AppError[] = store.problem ? [store.problem] : [];

  let basis: Basis | null = null;
  let effective = effectiveWith(noOpenclawFile, store, env);
  /** The same with the credentials of a probe (R19). */
  let probing = effective;
  let refreshing: Promise<void> = Promise.resolve();
  let hostKeyChange: OfferedHostKeyChange | null = null;
  const endpointOf = createEndpointGenerations();
  /** False after a person disconnected, until somebody connects again or Chela ends. */
  let isWanted = options.connects ?? true;
  let earlierOrigins: readonly string[] = [];

  const coordinator = createCoordinator<GatewayRoute>((plan) => {
    logger.info({ plan: plan.tag }, 'connecting');
    const route = makeRoute(plan, requireBasis().materials);
    route.onDidChange(() => {
      if (coordinator.current() === route) announce();
    });
    return route;
  });

  /** While the persistent tunnel is set up, Chela's own leaves the port to it. */
  let isHandedOver = false;
  const tunnelService = createEngineTunnelService({
    place: { ...options.tunnelPlace, homeDir, dataDir, env },
    effective: () => effective,
    materials: () => requireBasis().materials,
    saveSettings,
    handOver: {
      async release() {
        if (plan().tag !== 'remote') return;
        isHandedOver = true;
        coordinator.apply(null);
        announce();
        await coordinator.settled();
      },
      async takeBack() {
        isHandedOver = false;
        await refresh();
      },
    },
  });

  let current: VersionedSnapshot = { revision: 0, snapshot: draw() };

  function requireBasis(): Basis {
    if (!basis)
      throw new AppErrorException(
        appError('NOT_AVAILABLE', 'not started', { details: { reason: 'Chela is starting' } }),
      );
    return basis;
  }

  function plan(of = effective): Plan {
    const { openclaw, serverToken } = requireBasis();
    return planConnection(of, openclaw.config, serverToken);
  }

  /** With the Gateway that was found. */
  function runningPlan(of = effective): Plan {
    return asRunning(plan(of), coordinator.current()?.isAttached() ?? false);
  }

  function gatewayOf(settings: Settings): string {
    const { openclaw } = requireBasis();
    return tokenGatewayOf(effectiveWith(openclaw, { path: store.path, read: () => settings }, env).view);
  }

  function credentialSources() {
    const { openclaw } = requireBasis();
    return { openclaw, store, surroundings: { env, homeDir }, tokens };
  }

  function draw(): Snapshot {
    const route = coordinator.current();
    const state = route?.state() ?? null;
    return drawSnapshot({
      app: { version, runtime: options.runtime, platform: process.platform },
      route: state,
      endpoint: endpointOf(route, state?.endpoint ?? null),
      isConnecting: basis !== null && isWanted,
      isOnline: !isOffline(),
      quality: basis?.quality.quality() ?? null,
      hostKeyChange,
      wantedGatewayKey: wantedGatewayKey(effective.view, basis?.lastLocal.key() ?? null),
      settings: effective.view,
      questions: [...questions.open()],
      tunnelRun: tunnelService.run(),
      earlierOrigins: [...earlierOrigins],
      notices: [...startNotices, ...(basis?.openclaw.problem ? [basis.openclaw.problem] : [])],
    });
  }

  function announce(): void {
    if (stopping.signal.aborted) return;
    noteConnection();
    current = { revision: current.revision + 1, snapshot: draw() };
    changes.announce(current);
  }

  /** The quality is kept for the way to another computer; Local mode has no path to speak of. */
  function noteConnection(): void {
    if (!basis) return;
    if (!isWanted) basis.quality.note({ tag: 'idle' });
    const route = coordinator.current();
    if (!route) return;
    if (route.state().phases.transport.tag === 'up') hostKeyChange = null;
    const now = plan();
    basis.quality.follow(now.tag === 'remote' || now.tag === 'direct' ? gatewayKeyOf(now) : null);
    const { connection, health, gatewayKey } = route.state();
    if (isLocalKey(gatewayKey)) basis.lastLocal.note(gatewayKey);
    basis.quality.note(connection);
    basis.quality.noteHealth(health);
  }

  /** Reads what may have changed outside, then brings the connection in line with it. */
  function refresh(): Promise<void> {
    // One after the other: looking a secret up takes its time, and the last look at the files has to win.
    refreshing = refreshing.then(readAndApply);
    return refreshing;
  }

  async function readAndApply(): Promise<void> {
    const ready = requireBasis();
    ({ effective, probe: probing, openclaw: ready.openclaw } = await configuration.read());
    const wanted = isWanted && !isHandedOver ? plan() : null;
    if (wanted) await endLeftOpenclaw(gatewayStateDir(dataDir), (port) => goesOnWithOpenclaw(wanted, port));
    coordinator.apply(wanted);
    announce();
    void coordinator.settled().then(announce);
  }

  /** As a person asked for it. Connecting what is connected changes nothing. */
  async function want(connected: boolean): Promise<void> {
    isWanted = connected;
    await refresh();
    // A countdown is skipped, a permanent failure tried again.
    coordinator.current()?.retryNow();
  }

  async function reconnect(): Promise<void> {
    requireBasis();
    isWanted = true;
    coordinator.apply(null);
    announce();
    await coordinator.settled();
    await refresh();
  }

  function probe(): void {
    const route = coordinator.current();
    route?.probeNow();
    void route?.checkHealth();
    announce();
  }

  async function saveSettings(patch: SettingsPatch): Promise<Result<SettingsView>> {
    const ready = requireBasis();
    const saved = await saveWithToken(patch, { store, tokens, gatewayOf });
    if (!saved.ok) return saved;

    if (saved.value.isOtherToken) {
      // R13: an explicit credential is to be tried itself, not masked by a device token that still works.
      const { view } = effectiveWith(ready.openclaw, store, env);
      const key = gatewayKeyOf(remotePlan(view, {}));
      ready.materials.deviceTokens.forget(key, OPERATOR_ROLE);
    }
    await refresh();
    return ok(effective.view);
  }

  const doctor = createDoctorRuns({
    newId: () => crypto.randomUUID(),
    onFault: (thrown) => logger.error({ err: thrown }, 'the doctor failed unexpectedly'),
    patient() {
      const { materials } = requireBasis();
      const wanted = runningPlan(probing);
      return {
        plan: wanted,
        tools: systemDoctorTools(
          wanted.tag === 'remote' ? { ...materials, ...wanted, connect: engineOf(wanted, materials) } : null,
        ),
        ask: materials.ask,
        device: materials.device,
        deviceTokens: materials.deviceTokens,
        version,
        env,
      };
    },
  });

  const dispatch = createDispatch(
    createHandlers({
      snapshot: () => current,
      view: () => effective.view,
      testCredential: (draft) => testCredential(draft, credentialSources()),
      explainCredentials: () => explainConfiguration(credentialSources()),
      hasKeychain: () => tokens.hasKeychain(),
      plan: runningPlan,
      route: () => coordinator.current(),
      materials: () => requireBasis().materials,
      saveSettings,
      want,
      reconnect,
      doctor,
      sharedConfig: createSharedConfig({ env, homeDir, view: () => effective.view, onDidWrite: refresh }),
      tunnelService,
      command: createAppCommand({
        target: options.commandFile,
        shellPath: options.shellPath,
        platform: process.platform,
        env,
        homeDir,
      }),
      logger,
      hostKeyChange: () => hostKeyChange,
      forgetHostKeyChange() {
        hostKeyChange = null;
        announce();
      },
      questions,
      edge: options.edge,
      stopping: stopping.signal,
    }),
    (method, thrown) => logger.error({ method, err: thrown }, 'a request failed unexpectedly'),
  );

  const screens = createScreens({
    dispatch,
    engine: { snapshot: () => current, onDidChange: changes.add },
    newId: () => crypto.randomUUID(),
  });

  async function settle(): Promise<void> {
    // What it undoes takes the rest of the engine.
    await tunnelService.stop();
    stopping.abort(appError('STOPPED', 'the engine stopped'));
    screens.disposeAll();
    changes.clear();
    networkWatch.stop();
    await configuration.stop();
    await doctor.stopAll();
    await coordinator.stop();
    await basis?.quality.flush();
    await basis?.lastLocal.flush();
    await basis?.materials.deviceTokens.flush();
  }

  return {
    async start(page) {
      const identity = await loadDeviceIdentity(dataDir);
      if (!identity.ok) throw new AppErrorException(identity.error);
      const { identity: device, notice } = identity.value;
      const deviceTokens = await openDeviceTokens({ dataDir, deviceId: device.deviceId });
      if (!deviceTokens.ok) throw new AppErrorException(deviceTokens.error);
      const { token: serverToken, problem } = await ensureServerToken(dataDir);
      startNotices.push(...[notice, problem, page?.notice ?? null].filter((found) => found !== null));
      earlierOrigins = page?.earlierOrigins ?? [];

      basis = {
        quality: await openQualityLog(dataDir, systemClock),
        lastLocal: await openLastLocal(dataDir),
        openclaw: noOpenclawFile,
        serverToken,
        materials: {
          dataDir,
          version,
          homeDir,
          env,
          profile: profileName(options.profile),
          locale: () =>
            effective.view.appearance.language ?? localeFor(env.LC_ALL || env.LC_MESSAGES || env.LANG),
          ask: questions.ask,
          unlockedKeys: new Map(),
          launchGateway: options.launchGateway,
          shellPath: options.shellPath,
          device,
          deviceTokens: deviceTokens.value,
          keychain,
          onHostKeyChange(change) {
            hostKeyChange = change;
            announce();
          },
          awaitService: tunnelService.awaitPort,
          clock: systemClock,
          random: Math.random,
        },
      };
      questions.onDidChange(announce);
      tunnelService.onDidChange(announce);
      networkWatch.onDidChange(probe);
      configuration.onDidChange(() => void refresh());
      networkWatch.start();
      basis.openclaw = await readOpenclawFile(env, homeDir);
      await moveTokenToKeychain({ store, tokens, gatewayOf });
      await refresh();
    },
    stop() {
      stopped ??= settle();
      return stopped;
    },
    snapshot: () => current,
    probe,
    onDidChange: changes.add,
    openScreen: screens.open,
  };
}
