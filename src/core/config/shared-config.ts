import type { SettingsView } from '../../shared/config/settings.ts';
import { shareEdits } from '../../shared/config/share.ts';
import type { SharedConfigChange, SharedConfigPlan } from '../../shared/contract/shared-config.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import {
  type AppliedConfig,
  type ConfigPlan,
  type ConfigService,
  createConfigService,
} from './config-service.ts';
import { type Env, locateConfig } from './discovery.ts';

export type SharedConfig = {
  plan(what: SharedConfigChange): Promise<Result<SharedConfigPlan>>;
  /** Writes the change with this id; CONFIG_CONFLICT where it would be another one by now. */
  apply(what: SharedConfigChange, id: string): Promise<Result<AppliedConfig>>;
};

type Options = {
  env: Env;
  homeDir: string;
  profile?: string | undefined;
  view(): SettingsView;
  /** What reads the file has to look again. */
  onDidWrite(): Promise<void>;
};

/** Lets other OpenClaw tools use the connection that was chosen in Chela, with consent to a shown change (R12). */
export function createSharedConfig({ env, homeDir, profile, view, onDidWrite }: Options): SharedConfig {
  async function planOf(
    what: SharedConfigChange,
  ): Promise<Result<{ service: ConfigService; plan: ConfigPlan }>> {
    const location = locateConfig(env, { homeDir, profile });
    if (!location.ok) return location;
    const service = createConfigService(location.value, env);
    const plan = what === 'undo' ? await service.planUndo() : await service.plan(await edits(service));
    return plan.ok ? ok({ service, plan: plan.value }) : plan;
  }

  async function edits(service: ConfigService) {
    const { mode, remote } = view();
    const connection = {
      mode: mode.value,
      transport: remote.transport.value,
      url: remote.url.value,
      sshTarget: remote.sshTarget.value,
      localPort: remote.localPort.value,
      gatewayPort: remote.gatewayPort.value,
    };
    return shareEdits(connection, (await service.read()).authored);
  }

  return {
    async plan(what) {
      const planned = await planOf(what);
      if (!planned.ok) return planned;
      const { file, diff, id } = planned.value.plan;
      return ok({ file, diff, id });
    },
    async apply(what, id) {
      const planned = await planOf(what);
      if (!planned.ok) return planned;
      const { service, plan } = planned.value;
      if (plan.id !== id) {
        return err(appError('CONFIG_CONFLICT', 'another change by now', { details: { file: plan.file } }));
      }
      const applied = await service.apply(plan);
      if (applied.ok && applied.value.written) await onDidWrite();
      return applied;
    },
  };
}
