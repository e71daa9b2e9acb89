import type { TunnelPlan, TunnelPlanStep } from '../../shared/contract/tunnel-service.ts';
import { commandText, describeTunnelStep } from '../../shared/tunnel-text.ts';
import { showDiff } from '../config/write.ts';
import type { CliContext } from '../frame/context.ts';
import { errorLines } from '../frame/output.ts';
import { stepName } from './steps.ts';

/** Prints every file and command of a plan, in its order. */
export function showPlan(context: CliContext, plan: TunnelPlan): void {
  const { out, t } = context;
  const { what, target, alias, localPort, gatewayPort } = plan;
  out.say(out.paint('bold', t(`tunnelService.cli.head.${what}`, { target, alias, localPort, gatewayPort })));
  plan.steps.forEach((step, at) => {
    out.say('');
    showStep(context, plan, step, at + 1);
  });
  out.say('');
}

function showStep(context: CliContext, plan: TunnelPlan, step: TunnelPlanStep, number: number): void {
  const { out, t } = context;
  const { title, does, notes } = describeTunnelStep(plan, step, t);
  const { host } = plan.destination;
  out.say(`${number}. ${out.paint('bold', title)} (${stepName(step.id)})`);
  out.say(`   ${does}`);
  if (step.state === 'done') out.say(`   ${t('tunnelService.plan.nothingToDo')}`);
  if (step.state === 'skipped') {
    out.say(`   ${t(plan.what === 'uninstall' ? 'tunnelService.plan.stays' : 'tunnelService.plan.leftOut')}`);
  }
  for (const { text, isWarning } of notes) {
    out.say(`   ${isWarning ? `${out.paint('yellow', '▲')} ` : ''}${text}`);
  }
  if (step.error) for (const line of errorLines(step.error, t, out.paint)) out.say(`   ${line}`);
  if (step.state !== 'needed' && step.state !== 'blocked') return;
  for (const { file, change, diff } of step.files) {
    const name = t(`tunnelService.plan.change.${change}`, { host });
    out.say(`   ${t('tunnelService.cli.named', { name, value: file })}`);
    if (diff !== '') showDiff(context, diff);
  }
  for (const { argv, where } of step.commands) {
    const place = where === 'host' ? `${t('tunnelService.plan.onHost', { host })} ` : '';
    out.say(`   ${place}$ ${commandText(argv)}`);
  }
}
