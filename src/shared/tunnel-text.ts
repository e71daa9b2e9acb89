import { assertNever } from './assert-never.ts';
import type {
  TunnelChange,
  TunnelChoices,
  TunnelNote,
  TunnelPlan,
  TunnelPlanStep,
  TunnelServiceStatus,
  TunnelStepId,
} from './contract/tunnel-service.ts';
import type { Translate } from './errors.ts';

/** What a step of a plan is called, does, and what is to be known about it. Pure; keys `tunnelService.…`. */
export function describeTunnelStep(
  plan: TunnelPlan,
  step: TunnelPlanStep,
  t: Translate,
): { title: string; does: string; notes: { text: string; isWarning: boolean }[] } {
  const { what, alias, localPort: port, gatewayPort, chosen, destination } = plan;
  const values = { alias, port, gatewayPort, file: chosen.key, host: destination.host };
  return {
    title: tunnelStepTitle(step.id, t),
    does: t(`tunnelService.does.${step.id}.${wayOf(plan, step.id, what)}`, values),
    notes: step.notes.map(({ key, values: said }) => ({
      text: t(`tunnelService.notes.${key}`, said),
      isWarning: warnings.has(key),
    })),
  };
}

/** What a person should think about before saying yes; the others only explain. */
const warnings: ReadonlySet<TunnelNote['key']> = new Set([
  'keyNeedsAgent',
  'autostartOnly',
  'endsAtLogout',
  'tokenOnlyNow',
  'portTaken',
]);

export const tunnelStepTitle = (id: TunnelStepId, t: Translate) => t(`tunnelService.step.${id}`);

function wayOf({ chosen, manager }: TunnelPlan, id: TunnelStepId, what: TunnelChange): string {
  if (what === 'uninstall') return 'remove';
  switch (id) {
    case 'key':
      return chosen.createKey ? 'create' : 'use';
    case 'token':
      return chosen.token;
    case 'service':
      return manager;
    case 'copyKey':
      return chosen.keyUse === 'tunnel' ? 'tunnel' : 'add';
    case 'sshConfig':
    case 'legacy':
    case 'linger':
    case 'proof':
      return 'add';
    default:
      return assertNever(id);
  }
}

/** What is true of the service in one sentence, for its title and its shape. */
export type TunnelServiceCondition =
  | 'notInstalled'
  | 'running'
  | 'noGateway'
  | 'restarting'
  | 'stopped'
  | 'foreign'
  | 'unknown';

/** A service that runs is worth nothing while no Gateway answers through it. Pure. */
export function tunnelServiceCondition({ state, port }: TunnelServiceStatus): TunnelServiceCondition {
  return state === 'running' && !port.isGateway ? 'noGateway' : state;
}

/** `systemctl --user status x`, with quotes where a POSIX shell needs them. Pure. */
export function commandText(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** The choices that leave `id` out, or no longer, and the other steps of the plan as they are. Pure. */
export function withSkip(
  { steps }: TunnelPlan,
  choices: TunnelChoices,
  id: TunnelStepId,
  isSkipped: boolean,
): TunnelChoices {
  const now = choices.skip ?? steps.filter(({ state }) => state === 'skipped').map((step) => step.id);
  const others = now.filter((other) => other !== id);
  return { ...choices, skip: isSkipped ? [...others, id] : others };
}
