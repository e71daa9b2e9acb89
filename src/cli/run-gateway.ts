import { homedir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { configWriter } from '../core/config/config-writer.ts';
import { locateConfig, profileName } from '../core/config/discovery.ts';
import { readConfigAt } from '../core/config/openclaw-file.ts';
import { configSource, effectiveWith } from '../core/configuration.ts';
import { resolveServerAuth } from '../core/credentials/resolve-credential.ts';
import { ensureDataDir, gatewayStateDir } from '../core/data-dir.ts';
import { claimGateway } from '../core/local-gateway/owner-lock.ts';
import { ensureServerToken } from '../core/server-token.ts';
import { openSettingsStore } from '../core/settings/settings-store.ts';
import { startGateway } from '../gateway/index.ts';
import { serverAccess } from '../shared/config/gateway-section.ts';
import { configuredAgent, configuredModel } from '../shared/config/openclaw-agent.ts';
import type { Locale } from '../shared/config/settings.ts';
import { type Translate, toAppError } from '../shared/errors.ts';
import { anotherGateway } from './another-gateway.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './frame/output.ts';

export type RunGatewayOptions = {
  dataDir?: string;
  profile?: string;
  port?: number;
  t: Translate;
  locale: Locale;
  out: Output;
};

/** `chela gateway run`: the embedded Gateway in this process, until a signal. Returns the exit code. */
export async function runGateway({
  dataDir: chosen,
  profile,
  port,
  t,
  locale,
  out,
}: RunGatewayOptions): Promise<number> {
  const dataDir = ensureDataDir(chosen, profile);
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const location = locateConfig(process.env, { homeDir: homedir(), profile });
  if (!location.ok) return out.fail(location.error);
  const openclaw = await readConfigAt(location.value, process.env);
  // Who gets in, and where it listens, stand in there: nothing is opened on a guess.
  if (openclaw.problem) return out.fail(openclaw.problem);
  const { view } = effectiveWith(openclaw, store, process.env);
  // Whatever the mode is: this computer's own Gateway, never gateway.remote.* (R21, R22).
  const own = await resolveServerAuth(configSource(openclaw), { env: process.env, homeDir: homedir() });
  const generated = await ensureServerToken(dataDir);
  // A token that is in no file lets nobody in.
  if (own.tag === 'generate' && generated.problem) return out.fail(generated.problem);
  const access = serverAccess(openclaw.config?.gateway, own, generated.token);
  if (!access.ok) return out.fail(access.error);
  const wantedPort = port ?? view.local.port.value;
  const another = await anotherGateway(dataDir, wantedPort);
  if (another) return out.fail(another);
  const stateDir = gatewayStateDir(dataDir);
  const claim = { kind: 'cli', port: wantedPort, profile: profileName(profile) } as const;
  const owned = await claimGateway(stateDir, claim);
  if (!owned.ok) return out.fail(owned.error);
  try {
    const gateway = await startGateway({
      ...access.value,
      port: wantedPort,
      stateDir,
      configPath: location.value.file,
      writeConfig: configWriter(process.env),
      model: configuredModel(openclaw.config),
      agent: configuredAgent(openclaw.config),
      locale: view.appearance.language ?? locale,
      version: __CHELA_VERSION__,
    });
    console.log(t('cli.gateway.listening', { url: gateway.url }));
    console.log(
      own.tag === 'generate'
        ? t('cli.gateway.token', { file: join(dataDir, 'gateway-token') })
        : t('cli.gateway.tokenConfigured'),
    );
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    console.log(t('cli.gateway.stopping'));
    await gateway.stop();
    return exitCodes.ok;
  } catch (thrown) {
    return out.fail(toAppError(thrown));
  } finally {
    owned.value.release();
  }
}
