import type { Effective } from '../shared/config/effective.ts';
import type { SettingsPatch, SettingsView } from '../shared/config/settings.ts';
import { err, ok, type Result } from '../shared/result.ts';
import type { RouteMaterials } from './connection/make-route.ts';
import { readTarget } from './connection/remote-plan.ts';
import { sshEngineFor } from './connection/ssh-engine.ts';
import { tokenFileIn } from './credentials/token-store.ts';
import type { TokenState } from './tunnel-service/facts.ts';
import { unsupported } from './tunnel-service/place.ts';
import {
  createTunnelService,
  type TunnelService,
  type TunnelServiceOptions,
} from './tunnel-service/tunnel-service.ts';

/** What the persistent tunnel has of an engine. */
export type EngineTunnelServiceOptions = Pick<TunnelServiceOptions, 'place' | 'handOver'> & {
  readonly effective: () => Effective;
  readonly materials: () => RouteMaterials;
  readonly saveSettings: (patch: SettingsPatch) => Promise<Result<SettingsView>>;
};

/** The persistent tunnel to where the settings lead, over the engine's own way there. */
export function createEngineTunnelService(engine: EngineTunnelServiceOptions): TunnelService {
  const { place, handOver, effective, materials, saveSettings } = engine;
  return createTunnelService({
    place,
    handOver,
    wanted(sshTarget) {
      const { remote } = effective().view;
      if (sshTarget === undefined && remote.transport.value === 'direct') {
        return err(unsupported('transport').error);
      }
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
      const { ask, unlockedKeys: unlocked, keychain, onHostKeyChange, homeDir, env } = materials();
      const { engine: choice, hostKeyPolicy, identityFile, gatewayPort } = effective().view.remote;
      const connect = sshEngineFor({
        choice: choice.value,
        hostKeyPolicy: hostKeyPolicy.value,
        forwardPorts: [gatewayPort.value],
        keychain,
        onHostKeyChange,
      });
      return connect({
        ...target,
        ...(identityFile.value && { identityFile: identityFile.value }),
        ask,
        signal,
        homeDir,
        env,
        unlocked,
      });
    },
    token: {
      state: () => tokenStateOf(effective().view, tokenFileIn(place.dataDir)),
      keep: () =>
        saveSettings({ remote: { token: effective().remoteCredentials.token, tokenPlace: 'file' } }),
      save: (token) => saveSettings({ remote: { token, tokenPlace: 'file' } }),
      forget: () => saveSettings({ remote: { token: null } }),
    },
  });
}

/** Whether the token that a connection would use is there after a restart too. */
function tokenStateOf({ remote }: SettingsView, file: string): TokenState {
  const { isSet, origin, keptIn } = remote.token;
  if (!isSet) return { state: 'missing', origin, file };
  if (keptIn === 'session') return { state: 'session', origin, file };
  return { state: origin === 'environment' ? 'outside' : 'kept', origin, file };
}
