import Conf from 'conf';
import { readConfiguration } from '../../core/configuration.ts';
import { readTarget } from '../../core/connection/remote-plan.ts';
import { ensureDataDir } from '../../core/data-dir.ts';
import { openSettingsStore } from '../../core/settings/settings-store.ts';
import { createTunnelService, type TunnelService } from '../../core/tunnel-service/tunnel-service.ts';
import { err, ok } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';

/** The persistent tunnel without a running Chela: what is asked is asked in this terminal. */
export async function serviceHere({ globals, env, homeDir }: CliContext): Promise<TunnelService> {
  const dataDir = ensureDataDir(globals.dataDir, globals.profile);
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const { effective } = await readConfiguration(store, env, homeDir);
  return createTunnelService({
    wanted(sshTarget) {
      const { remote } = effective.view;
      const read = readTarget(sshTarget ?? remote.sshTarget.value);
      if (!read.ok) return err(read.error);
      return ok({
        target: read.target,
        localPort: remote.localPort.value,
        gatewayPort: remote.gatewayPort.value,
        identityFile: remote.identityFile.value || null,
      });
    },
  });
}
