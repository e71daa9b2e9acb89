import { homedir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { readOpenclawFile } from '../core/config/openclaw-file.ts';
import { configSource, effectiveWith } from '../core/configuration.ts';
import { resolveServerAuth } from '../core/credentials/resolve-credential.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { ensureServerToken } from '../core/server-token.ts';
import { openSettingsStore } from '../core/settings/settings-store.ts';
import { startGateway } from '../gateway/index.ts';
import { configuredModel } from '../shared/config/openclaw.ts';
import type { Locale } from '../shared/config/settings.ts';
import { type Translate, toAppError } from '../shared/errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { printError } from './show-status.ts';

export type RunGatewayOptions = { dataDir?: string; port?: number; t: Translate; locale: Locale };

/** `chela gateway run`: the embedded Gateway in this process, until a signal. Returns the exit code. */
export async function runGateway({ dataDir: chosen, port, t, locale }: RunGatewayOptions): Promise<number> {
  const dataDir = ensureDataDir(chosen);
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const openclaw = await readOpenclawFile(process.env, homedir());
  if (openclaw.problem) printError(openclaw.problem, t);
  const { view } = effectiveWith(openclaw, store, process.env);
  // Whatever the mode is: this computer's own Gateway, never gateway.remote.* (R21, R22).
  const own = await resolveServerAuth(configSource(openclaw), { env: process.env, homeDir: homedir() });
  if (own.tag === 'refused') {
    printError(own.error, t);
    return exitCodeOf(own.error.code);
  }
  const configured = own.tag === 'secret' ? own.value : null;
  const generated = await ensureServerToken(dataDir);
  try {
    const gateway = await startGateway({
      port: port ?? view.local.port.value,
      stateDir: join(dataDir, 'gateway'),
      auth: { mode: 'token', token: configured ?? generated.token },
      model: configuredModel(openclaw.config),
      locale: view.appearance.language ?? locale,
      version: __CHELA_VERSION__,
    });
    console.log(t('cli.gateway.listening', { url: gateway.url }));
    console.log(
      configured === null
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
    const error = toAppError(thrown);
    printError(error, t);
    return exitCodeOf(error.code);
  }
}
