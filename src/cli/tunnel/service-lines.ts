import type { TunnelServiceStatus } from '../../shared/contract/tunnel-service.ts';
import {
  type TunnelServiceCondition,
  tunnelServiceCondition,
  tunnelStepTitle,
} from '../../shared/tunnel-text.ts';
import type { CliContext } from '../frame/context.ts';
import { describeHere } from '../frame/describe-here.ts';

const marks: Record<TunnelServiceCondition, string> = {
  notInstalled: '–',
  running: '●',
  noGateway: '▲',
  restarting: '◌',
  stopped: '■',
  foreign: '▲',
  unknown: '▲',
};

/** The service that keeps the tunnel alive, for people. */
export function serviceLines({ t, out, locale }: CliContext, status: TunnelServiceStatus): string[] {
  const { installed, pid, sinceMs, lastExit, drift, targetNow, interrupted, unsupported } = status;
  if (unsupported && !installed) return [`– ${describeHere(unsupported, t).title}`];
  const condition = tunnelServiceCondition(status);
  const mark = condition === 'running' ? out.paint('green', marks.running) : marks[condition];
  const named = (name: string, value: string) => t('tunnelService.cli.named', { name, value });
  const state = t(`tunnelService.state.${condition}`);
  const lines = [`${mark} ${named(t('tunnelService.cli.service'), state)}`];
  const fact = (name: string, value: string) =>
    lines.push(`  ${named(t(`tunnelService.facts.${name}`), value)}`);
  const when = (atMs: number) => new Date(atMs).toLocaleString(locale);
  if (installed) {
    fact('leads', t('tunnelService.facts.route', installed));
    if (pid !== null) {
      const since = sinceMs === null ? null : when(sinceMs);
      fact('running', t(`tunnelService.facts.${since === null ? 'process' : 'since'}`, { since, pid }));
    }
    fact('keptBy', `${t(`tunnelService.manager.${installed.manager}`)}, ${installed.serviceFile}`);
  }
  if (lastExit) {
    const { code, signal, reason } = lastExit;
    const how =
      signal !== null
        ? t('tunnelService.facts.exitSignal', { signal })
        : code !== null
          ? t('tunnelService.facts.exitCode', { code })
          : t('tunnelService.facts.exitUnknown');
    fact('lastExit', reason === null ? how : named(how, reason));
  }
  if (interrupted) {
    const { what, atMs, done } = interrupted;
    const steps = done.map((id) => tunnelStepTitle(id, t)).join(', ');
    lines.push(
      `▲ ${t(`tunnelService.interrupted.${what}`, { time: when(atMs) })}`,
      `  ${t(`tunnelService.interrupted.${steps === '' ? 'doneNothing' : 'doneBefore'}`, { steps })}`,
      `  ${t('cli.fix', { fix: t('tunnelService.cli.interruptedFix') })}`,
    );
  }
  for (const { file, kind } of drift) lines.push(`▲ ${t(`tunnelService.drift.${kind}`, { file })}`);
  if (targetNow !== null) {
    lines.push(`▲ ${t('tunnelService.targetNow', { target: targetNow, installed: installed?.target })}`);
  }
  if (drift.length > 0 || targetNow !== null) {
    lines.push(`  ${t('cli.fix', { fix: t('tunnelService.cli.driftFix') })}`);
  }
  if (status.hasLegacy) lines.push(`▲ ${t('tunnelService.legacy')}`);
  return lines;
}
