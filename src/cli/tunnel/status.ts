import Conf from 'conf';
import { readConfiguration } from '../../core/configuration.ts';
import { dataDirOf, ensureDataDir } from '../../core/data-dir.ts';
import type { ControlStatus } from '../../core/instance/control-protocol.ts';
import { findPortHolder } from '../../core/port-holder/find-port-holder.ts';
import { recognisePersistentTunnel } from '../../core/port-holder/persistent-tunnel.ts';
import { realSystem } from '../../core/port-holder/system.ts';
import { openSettingsStore } from '../../core/settings/settings-store.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import type { TunnelServiceStatus } from '../../shared/contract/tunnel-service.ts';
import type { Result } from '../../shared/result.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { describeHere } from '../frame/describe-here.ts';
import { withTunnel } from './door.ts';
import { serviceLines } from './service-lines.ts';

/** `chela tunnel status` (R36): 0 when a tunnel is up, the failure's own code, else 1. */
export function tunnelStatus(context: CliContext): Promise<number> {
  return withTunnel(context, 'look', async ({ request }, running) => {
    const service = await request('tunnelService.status', {});
    if (!running) return withoutApp(context, service);
    const answer = await running.request('status', {});
    return answer.ok ? ofRunning(context, answer.value, service) : context.out.fail(answer.error);
  });
}

/** What is known of the service that keeps the tunnel alive. */
type Service = Result<TunnelServiceStatus>;

const factsOf = (service: Service) => ({ service: service.ok ? service.value : null });

function linesOf(context: CliContext, service: Service): string[] {
  return service.ok ? serviceLines(context, service.value) : [describeHere(service.error, context.t).title];
}

function ofRunning(context: CliContext, status: ControlStatus, service: Service): number {
  const { out, t, locale } = context;
  const { tunnel, target, mode, health, pid } = status;
  const port = tunnel.tag === 'up' ? tunnel.localPort : null;
  const facts = {
    running: true,
    pid,
    mode,
    target,
    state: tunnel.tag,
    port,
    owner: tunnel.tag === 'up' ? tunnel.owner : null,
    since: tunnel.tag === 'up' ? new Date(tunnel.sinceMs).toISOString() : null,
    rttMs: health?.rttMs ?? null,
    ...factsOf(service),
  };
  out.answer({ ok: tunnel.tag === 'up', ...facts, ...('error' in tunnel && { error: tunnel.error }) }, () => {
    const lines = [`${mark(tunnel, out.paint)} ${t(`control.tunnel.state.${tunnel.tag}`)}`];
    if (mode === 'local') return [...lines, t('control.tunnel.localMode'), ...linesOf(context, service)];
    lines.push(t('control.tunnel.target', { target: target || '—' }));
    if (tunnel.tag === 'up') {
      lines.push(t('control.tunnel.port', { port: tunnel.localPort }));
      lines.push(t('control.tunnel.since', { time: new Date(tunnel.sinceMs).toLocaleString(locale) }));
      lines.push(t(`control.tunnel.owner.${tunnel.owner}`));
      if (health?.rttMs != null)
        lines.push(t('control.tunnel.rtt', { ms: Math.max(1, Math.round(health.rttMs)) }));
    }
    if ('error' in tunnel) {
      const { title, fix } = describeHere(tunnel.error, t);
      lines.push(title, t('cli.fix', { fix }));
    }
    return [...lines, ...linesOf(context, service)];
  });
  if (tunnel.tag === 'up') return exitCodes.ok;
  return 'error' in tunnel ? exitCodeOf(tunnel.error.code) : exitCodes.failed;
}

function mark(tunnel: TunnelState, paint: CliContext['out']['paint']): string {
  if (tunnel.tag === 'up') return paint('green', '●');
  return tunnel.tag === 'failed' ? paint('red', '■') : '◌';
}

/** No Chela runs: is the persistent tunnel there, or somebody else? */
async function withoutApp(context: CliContext, service: Service): Promise<number> {
  const { out, t, globals, env, homeDir } = context;
  const dataDir = ensureDataDir(globals.dataDir, globals.profile);
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const { effective, openclaw } = await readConfiguration(store, env, homeDir);
  if (openclaw.problem) return out.fail(openclaw.problem);
  const { mode, remote } = effective.view;
  const port = remote.localPort.value;
  const holder = await findPortHolder(port);
  const alias = service.ok ? service.value.installed?.alias : undefined;
  const isService = holder !== null && (await recognisePersistentTunnel(holder, realSystem, alias));
  const facts = {
    running: false,
    mode: mode.value,
    target: remote.sshTarget.value,
    state: isService ? 'up' : 'stopped',
    port,
    owner: isService ? 'service' : null,
    holder,
    ...factsOf(service),
  };
  out.answer({ ok: isService, ...facts }, () => [
    isService
      ? `${out.paint('green', '●')} ${t('control.tunnel.serviceUp', { port, pid: holder.pid })}`
      : `◌ ${t('control.tunnel.notRunning', { dataDir: dataDirOf(globals.dataDir, globals.profile) })}`,
    ...(isService
      ? []
      : [
          holder
            ? t('control.tunnel.heldBy', { port, command: holder.command, pid: holder.pid })
            : t('control.tunnel.free', { port }),
        ]),
    ...linesOf(context, service),
  ]);
  return isService ? exitCodes.ok : exitCodes.failed;
}
