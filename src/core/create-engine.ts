import { homedir, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Settings, SettingsPatch, SettingsView } from '../shared/config/settings.ts';
import { parseGatewayUrl } from '../shared/connection/gateway-url.ts';
import { lampsOf } from '../shared/connection/lamps.ts';
import type { HostKeyChange, Snapshot, VersionedSnapshot } from '../shared/contract/snapshot.ts';
import { type AppError, AppErrorException, appError } from '../shared/errors.ts';
import { localeFor } from '../shared/i18n/index.ts';
import { err, ok, type Result } from '../shared/result.ts';
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
import { engineOf, makeRoute, type RouteMaterials } from './connection/make-route.ts';
import { asRunning, gatewayKeyOf, goesOnWithOpenclaw, type Plan, planConnection } from './connection/plan.ts';
import { readTarget, remotePlan } from './connection/remote-plan.ts';
import type { GatewayRoute, RouteState } from './connection/route.ts';
import { sshEngineFor } from './connection/ssh-engine.ts';
import { moveTokenToKeychain, saveWithToken } from './credentials/save-token.ts';
import { createTokenStore } from './credentials/token-store.ts';
import { gatewayStateDir } from './data-dir.ts';
import { loadDeviceIdentity } from './device/device-identity.ts';
import { openDeviceTokens } from './device/device-tokens.ts';
import { createDispatch } from './dispatch.ts';
import { createDoctorRuns } from './doctor/doctor-runs.ts';
import { systemDoctorTools } from './doctor/tools.ts';
import type { EdgeCapabilities, Engine } from './engine.ts';
import { createHandlers } from './handlers.ts';
import { openQualityLog, type QualityLog } from './health/quality-log.ts';
import type { Keychain } from './keychain/keychain.ts';
import { createSystemKeychain } from './keychain/system-keychain.ts';
import { OPERATOR_ROLE } from './link/operator.ts';
import { createListeners } from './listeners.ts';
import type { ChildLauncher } from './local-gateway/child.ts';
import { endLeftOpenclaw } from './local-gateway/left-openclaw.ts';
import type { Logger } from './log.ts';
import { createNetworkWatch } from './network-watch/network-watch.ts';
import { createQuestions } from './questions.ts';
import { createScreens } from './screens.ts';
import { ensureServerToken } from './server-token.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { OfferedHostKeyChange } from './ssh/client.ts';
import type { TokenState } from './tunnel-service/facts.ts';
import { type Place, unsupported } from './tunnel-service/place.ts';
import { createTunnelService } from './tunnel-service/tunnel-service.ts';

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
};

/** Composes the rooms of the engine. Inert until `start()`, which rejects only when the data directory is unusable. */
export function createEngine(options: EngineOptions): Engine {
  const { dataDir, store, version, logger, env = process.env, homeDir = homedir() } = options;
  const changes = createListeners<VersionedSnapshot>();
  const questions = createQuestions(() => crypto.randomUUID());
  const stopping = new AbortController();
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
  let endpoint: { route: GatewayRoute; epoch: number; url: string; generation: number } | null = null;
  let generations = 0;
  /** False after a person disconnected, until somebody connects again or Chela ends. */
  let isWanted = options.connects ?? true;

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
  const tunnelService = createTunnelService({
    place: { ...options.tunnelPlace, homeDir, dataDir, env },
    wanted(sshTarget) {
      const { remote } = effective.view;
      if (sshTarget === undefined && remote.transport.value === 'direct')
        return err(unsupported('transport').error);
      const read = readTarget(sshTarget ?? remote.sshTarget.value);
      if (!read.ok) return err(read.error);
      return ok({
        target: read.target,
        localPort: remote.localPort.value,
        gatewayPort: remote.gatewayPort.value,
        identityFile: remote.identityFile.value || null,
      });
    },
    connect(target, signal) {
      const { materials } = requireBasis();
      const { engine, hostKeyPolicy, identityFile, gatewayPort } = effective.view.remote;
      const connect = sshEngineFor({
        choice: engine.value,
        hostKeyPolicy: hostKeyPolicy.value,
        forwardPorts: [gatewayPort.value],
        keychain: materials.keychain,
        onHostKeyChange: materials.onHostKeyChange,
      });
      const { ask, unlockedKeys: unlocked } = materials;
      return connect({
        ...target,
        ...(identityFile.value && { identityFile: identityFile.value }),
        ...{ ask, signal, homeDir, env, unlocked },
      });
    },
    token: {
      state: () => tunnelTokenState(effective.view, join(dataDir, 'gateway-tokens.json')),
      keep: () => saveSettings({ remote: { token: effective.remoteCredentials.token, tokenPlace: 'file' } }),
      save: (token) => saveSettings({ remote: { token, tokenPlace: 'file' } }),
      forget: () => saveSettings({ remote: { token: null } }),
    },
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

  /** A new generation whenever WebChat has to open its socket again: another route, or a transport that came back. */
  function drawEndpoint(route: GatewayRoute | null): Snapshot['endpoint'] {
    const through = route?.state().endpoint ?? null;
    if (!route || !through) {
      endpoint = null;
      return null;
    }
    if (endpoint?.route !== route || endpoint.epoch !== through.epoch || endpoint.url !== through.url) {
      generations += 1;
      endpoint = { route, ...through, generation: generations };
    }
    const { url, generation } = endpoint;
    return isDirect() ? { url, generation, relayOnly: true } : { url, generation };
  }

  /** Before the start, when disconnected, or while one route makes way for the next. */
  function betweenRoutes(): Snapshot['connection'] {
    if (basis === null || !isWanted) return { tag: 'idle' };
    return { tag: 'connecting', step: effective.view.mode.value === 'local' ? 'localGateway' : 'port' };
  }

  function isDirect(): boolean {
    const { mode, remote } = effective.view;
    return mode.value === 'remote' && remote.transport.value === 'direct';
  }

  function drawLamps(state: RouteState | undefined): Snapshot['lamps'] {
    return lampsOf({
      mode: isDirect() ? 'direct' : effective.view.mode.value,
      isOnline: hasAddress(networkInterfaces()),
      transport: state?.phases.transport ?? { tag: 'off' },
      link: state?.phases.link ?? { tag: 'closed' },
      isSuspect: state?.tunnel.tag === 'up' && state.tunnel.suspectSinceMs !== null,
      forwardError: state?.forwardError ?? null,
      sideErrors: (state?.ssh?.sideForwards ?? []).flatMap(({ error }) => error ?? []),
      healthError: state?.health?.error ?? null,
    });
  }

  function draw(): Snapshot {
    const route = coordinator.current();
    const state = route?.state();
    const { view } = effective;
    return {
      app: { version, runtime: options.runtime, platform: process.platform },
      mode: view.mode.value,
      ...drawTarget(view),
      connection: state?.connection ?? betweenRoutes(),
      tunnel: state?.tunnel ?? { tag: 'stopped' },
      endpoint: drawEndpoint(route),
      gateway: state?.gateway ?? null,
      health: state?.health ?? null,
      lamps: drawLamps(state),
      quality: basis?.quality.quality() ?? null,
      ssh: state?.ssh ?? null,
      hostKeyChange: hostKeyChange && shownChange(hostKeyChange),
      settings: view,
      questions: [...questions.open()],
      tunnelRun: tunnelService.run(),
      notices: [...startNotices, ...(basis?.openclaw.problem ? [basis.openclaw.problem] : [])],
    };
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
    const { connection, health } = route.state();
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
      generation: () => endpoint?.generation ?? null,
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

  return {
    async start() {
      const identity = await loadDeviceIdentity(dataDir);
      if (!identity.ok) throw new AppErrorException(identity.error);
      const { identity: device, notice } = identity.value;
      const deviceTokens = await openDeviceTokens({ dataDir, deviceId: device.deviceId });
      if (!deviceTokens.ok) throw new AppErrorException(deviceTokens.error);
      const { token: serverToken, problem } = await ensureServerToken(dataDir);
      startNotices.push(...[notice, problem].filter((found) => found !== null));

      basis = {
        quality: await openQualityLog(dataDir, systemClock),
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
    async stop() {
      if (stopping.signal.aborted) return;
      await tunnelService.stop();
      stopping.abort(appError('STOPPED', 'the engine stopped'));
      screens.disposeAll();
      changes.clear();
      networkWatch.stop();
      await configuration.stop();
      await doctor.stopAll();
      await coordinator.stop();
      await basis?.quality.flush();
      await basis?.materials.deviceTokens.flush();
    },
    snapshot: () => current,
    probe,
    onDidChange: changes.add,
    openScreen: screens.open,
  };
}

/** Whether the token that a connection would use is there after a restart too. */
function tunnelTokenState({ remote }: SettingsView, file: string): TokenState {
  const { isSet, origin, keptIn } = remote.token;
  if (!isSet) return { state: 'missing', origin, file };
  if (keptIn === 'session') return { state: 'session', origin, file };
  return { state: origin === 'environment' ? 'outside' : 'kept', origin, file };
}

/** Without the key itself and the files it would go to. */
function shownChange({ host, port, keyType, fingerprint, art, known }: OfferedHostKeyChange): HostKeyChange {
  return { host, port, keyType, fingerprint, known, ...(art !== undefined && { art }) };
}

/** What a person calls the other end, and how it is reached. */
function drawTarget({ mode, remote }: SettingsView): Pick<Snapshot, 'target' | 'via'> {
  if (mode.value === 'local') return { target: '' };
  if (remote.transport.value === 'ssh') return { target: remote.sshTarget.value };
  const url = parseGatewayUrl(remote.url.value);
  return url.ok ? { target: url.value.host, via: url.value.secure ? 'tls' : 'plaintext' } : { target: '' };
}

/** Whether this computer has an address that others could answer to. */
function hasAddress(interfaces: ReturnType<typeof networkInterfaces>): boolean {
  return Object.values(interfaces).some((addresses) => addresses?.some(({ internal }) => !internal));
}
