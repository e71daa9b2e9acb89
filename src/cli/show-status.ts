import { homedir } from 'node:os';
import Conf from 'conf';
import { systemClock } from '../core/clock.ts';
import { readConfiguration } from '../core/configuration.ts';
import { credentialsOf, gatewayKeyOf, type Plan, planConnection } from '../core/connection/plan.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { loadDeviceIdentity } from '../core/device/device-identity.ts';
import { createMemoryDeviceTokens } from '../core/device/device-tokens.ts';
import { createHealthMonitor } from '../core/health/monitor.ts';
import { createGatewayLink, type GatewayLink } from '../core/link/gateway-link.ts';
import { ensureServerToken } from '../core/server-token.ts';
import { openSettingsStore } from '../core/settings/settings-store.ts';
import { type AppError, appError, describeError, type Translate } from '../shared/errors.ts';
import { err, ok, type Result } from '../shared/result.ts';
import { exitCodeOf } from './exit-codes.ts';

export type StatusOptions = { dataDir?: string; json: boolean; t: Translate };

type Report = { version: string; authMethod: string; rttMs: number };

/** `chela status`: asks the Gateway at this computer's end of the connection. Returns the exit code. */
export async function showStatus({ dataDir: chosen, json, t }: StatusOptions): Promise<number> {
  const dataDir = ensureDataDir(chosen);
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const { effective, openclaw } = await readConfiguration(store, process.env, homedir());
  const { token } = await ensureServerToken(dataDir);
  const plan = planConnection(effective, openclaw.config, token);
  const url = urlOf(plan);
  const answer = plan.tag === 'refused' ? err(plan.error) : await ask(plan, url, dataDir);

  const target = effective.view.remote.sshTarget.value;
  if (json) {
    const common = { mode: effective.view.mode.value, ...(target && { target }), url };
    const outcome = answer.ok
      ? { ok: true, ...answer.value }
      : { ok: false, error: errorJson(answer.error, t) };
    console.log(JSON.stringify({ ...common, ...outcome }, null, 2));
  } else {
    console.log(
      effective.view.mode.value === 'local'
        ? t('cli.status.runsLocal')
        : t('cli.status.runsRemote', { target: target || '—' }),
    );
    if (url) console.log(t('cli.status.gateway', { url }));
    if (answer.ok) {
      const { version, rttMs, authMethod } = answer.value;
      console.log(
        t('cli.status.answers', { version, rtt: Math.max(1, Math.round(rttMs)), method: authMethod }),
      );
    } else {
      printError(answer.error, t);
    }
  }
  return answer.ok ? 0 : exitCodeOf(answer.error.code);
}

function urlOf(plan: Plan): string | null {
  if (plan.tag === 'refused') return null;
  return `ws://127.0.0.1:${plan.tag === 'local' ? plan.port : plan.localPort}`;
}

async function ask(plan: Plan, url: string | null, dataDir: string): Promise<Result<Report>> {
  const identity = await loadDeviceIdentity(dataDir);
  if (!identity.ok) return identity;
  const link = createGatewayLink({
    url: url ?? '',
    gatewayKey: gatewayKeyOf(plan),
    credentials: credentialsOf(plan),
    device: identity.value.identity,
    deviceTokens: createMemoryDeviceTokens(),
    version: __CHELA_VERSION__,
    clock: systemClock,
    random: Math.random,
    retry: false,
  });
  try {
    return await helloAndHealth(link);
  } finally {
    await link.stop();
  }
}

async function helloAndHealth(link: GatewayLink): Promise<Result<Report>> {
  const settled = new Promise<void>((resolve) => {
    link.onDidChange(({ tag }) => (tag === 'open' || tag === 'failed') && resolve());
  });
  link.start();
  await settled;
  const state = link.state();
  if (state.tag === 'failed') return err(state.error);
  if (state.tag !== 'open') return err(appError('GATEWAY_UNREACHABLE', state.tag));
  const health = await createHealthMonitor({ link, clock: systemClock }).check();
  if (!health.ok || health.rttMs === null) return err(health.error ?? appError('INTERNAL', 'no health'));
  return ok({ version: state.version, authMethod: state.authMethod, rttMs: health.rttMs });
}

function errorJson(error: AppError, t: Translate) {
  const { code, message, retryable, details } = error;
  return { code, message, retryable, details, fix: describeError(error, t).fix };
}

export function printError(error: AppError, t: Translate): void {
  const { title, body, fix } = describeError(error, t);
  console.error(`■ ${title}\n  ${body}\n  ${t('cli.fix', { fix })}`);
}
