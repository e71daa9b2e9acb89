import { isAbsolute, resolve } from 'node:path';
import {
  type TunnelChange,
  type TunnelChoices,
  type TunnelOutcome,
  type TunnelPlan,
  type TunnelRun,
  type TunnelStepId,
  tunnelAliasSchema,
} from '../../shared/contract/tunnel-service.ts';
import type { Result } from '../../shared/result.ts';
import { tunnelStepTitle } from '../../shared/tunnel-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { canAsk, confirmed } from '../frame/consent.ts';
import type { CliContext } from '../frame/context.ts';
import { describeHere } from '../frame/describe-here.ts';
import { type TunnelDoor, withTunnel } from './door.ts';
import { showPlan } from './plan-lines.ts';
import { parseSteps, stepName, usage } from './steps.ts';

export type ChangeOptions = { readonly dryRun?: boolean; readonly yes?: boolean };

export type InstallOptions = ChangeOptions & {
  readonly sshTarget?: string;
  readonly alias?: string;
  readonly key?: string;
  readonly newKey?: boolean;
  readonly keyForAnything?: boolean;
  readonly fetchToken?: boolean;
  readonly skip?: string;
  readonly with?: string;
};

export type UninstallOptions = ChangeOptions & { readonly keep?: string; readonly all?: boolean };

/** Which steps are left out: those of the plan's own proposal, and what was said beside. */
type Wishes = {
  readonly leaveOut: readonly TunnelStepId[];
  readonly include: readonly TunnelStepId[] | 'all';
};

/** `chela tunnel install`. */
export async function installTunnel(context: CliContext, options: InstallOptions): Promise<number> {
  const { out, t } = context;
  const { sshTarget, alias, key, newKey = false, keyForAnything = false, fetchToken = false } = options;
  if (key !== undefined && newKey) return out.fail(usage(t('tunnelService.cli.oneKey')));
  if (alias !== undefined && !tunnelAliasSchema.safeParse(alias).success) {
    return out.fail(usage(t('tunnelService.cli.aliasInvalid')));
  }
  const leaveOut = parseSteps(options.skip, t);
  if (!leaveOut.ok) return out.fail(leaveOut.error);
  const include = parseSteps(options.with, t);
  if (!include.ok) return out.fail(include.error);
  const choices: TunnelChoices = {
    ...(sshTarget !== undefined && { sshTarget }),
    ...(alias !== undefined && { alias }),
    ...(key !== undefined && {
      key: { kind: 'use' as const, file: isAbsolute(key) ? key : resolve(key) },
    }),
    ...(newKey && { key: { kind: 'create' as const } }),
    ...(keyForAnything && { keyUse: 'any' as const }),
    ...(fetchToken && { token: 'fetch' as const }),
  };
  return change(context, 'install', choices, options, { leaveOut: leaveOut.value, include: include.value });
}

/** `chela tunnel repair`: by the choices of the installation, for the target of today. */
export function repairTunnel(context: CliContext, options: ChangeOptions): Promise<number> {
  return change(context, 'repair', {}, options, { leaveOut: [], include: [] });
}

/** `chela tunnel uninstall`. */
export async function uninstallTunnel(context: CliContext, options: UninstallOptions): Promise<number> {
  const keep = parseSteps(options.keep, context.t);
  if (!keep.ok) return context.out.fail(keep.error);
  const include = options.all ? 'all' : [];
  return change(context, 'uninstall', {}, options, { leaveOut: keep.value, include });
}

/** `chela tunnel resume` and `rollback`: what was begun was agreed to. */
export function settleTunnel(context: CliContext, how: 'resume' | 'rollback'): Promise<number> {
  return withTunnel(context, 'change', async (door) => {
    const { out, t } = context;
    const status = await door.request('tunnelService.status', {});
    if (!status.ok) return out.fail(status.error);
    const { interrupted } = status.value;
    if (!interrupted) {
      out.answer({ ok: true, interrupted }, () => [t('tunnelService.cli.nothingInterrupted')]);
      return exitCodes.ok;
    }
    const settled = await following(context, door, () => door.request('tunnelService.settle', { how }));
    return tellOutcome(context, door, settled, interrupted.what, {
      doneKey: how === 'resume' ? interrupted.what : 'rolledBack',
      facts: { how },
    });
  });
}

/**
 * Shows a plan and carries exactly that one out, with consent: `--yes`, or a yes at the terminal. Where nobody can be asked
 * and `--yes` is missing, nothing is touched and the code is that of a usage error.
 */
function change(
  context: CliContext,
  what: TunnelChange,
  choices: TunnelChoices,
  { dryRun = false, yes = false }: ChangeOptions,
  wishes: Wishes,
): Promise<number> {
  return withTunnel(context, 'change', async (door) => {
    const { out, t } = context;
    const planned = await planFor(context, door, what, choices, wishes);
    if (!planned.ok) {
      const isMissing = planned.error.code === 'SSH_TARGET_MISSING';
      return out.fail(planned.error, {}, isMissing ? { fix: t('tunnelService.cli.targetFix') } : {});
    }
    const { plan, choices: made } = planned.value;
    showPlan(context, plan);
    if (plan.isNothing) {
      out.answer({ ok: true, plan, applied: false }, () => [t(`tunnelService.plan.nothing.${what}`)]);
      return exitCodes.ok;
    }
    const blocked = plan.steps.find(({ error }) => error !== null)?.error;
    if (!plan.isReady && blocked) return out.fail(blocked, { plan });
    if (dryRun) {
      out.answer({ ok: true, plan, applied: false }, () => [t('tunnelService.cli.dryRun')]);
      return exitCodes.ok;
    }
    if (!yes) {
      if (!canAsk(context)) return out.fail(usage(t('tunnelService.cli.yesNeeded')), { plan });
      const answer = await confirmed(context, t(`tunnelService.cli.ask.${what}`));
      if (answer !== 'yes') {
        out.say(t('tunnelService.cli.declined'));
        return answer === 'interrupted' ? exitCodes.interrupted : exitCodes.failed;
      }
    }
    const applied = await following(context, door, () =>
      door.request('tunnelService.apply', { what, choices: made, id: plan.id }),
    );
    return tellOutcome(context, door, applied, what, { doneKey: what, facts: { plan } });
  });
}

type Planned = Result<{ plan: TunnelPlan; choices: TunnelChoices }>;

/** Steps are named beside what the plan proposes, so it is asked first. */
async function planFor(
  { t, out }: CliContext,
  door: TunnelDoor,
  what: TunnelChange,
  choices: TunnelChoices,
  { leaveOut, include }: Wishes,
): Promise<Planned> {
  const look = t('tunnelService.action.looking');
  const proposed = await out.spin(look, door.request('tunnelService.plan', { what, choices }));
  if (!proposed.ok) return proposed;
  const { steps } = proposed.value;
  const fixed = leaveOut.find((id) => steps.some((step) => step.id === id && !step.canSkip));
  if (fixed !== undefined) {
    return {
      ok: false,
      error: usage(t('tunnelService.cli.notSkippable', { step: stepName(fixed) })),
    };
  }
  const isOut = ({ id, state }: (typeof steps)[number]) =>
    leaveOut.includes(id) || (state === 'skipped' && include !== 'all' && !include.includes(id));
  const skip = steps.filter(isOut).map(({ id }) => id);
  const before = steps.filter(({ state }) => state === 'skipped').map(({ id }) => id);
  if (skip.join() === before.join()) return { ok: true, value: { plan: proposed.value, choices } };
  const made = { ...choices, skip };
  const plan = await out.spin(look, door.request('tunnelService.plan', { what, choices: made }));
  return plan.ok ? { ok: true, value: { plan: plan.value, choices: made } } : plan;
}

const marks = { running: '◌', done: '●', failed: '■', undone: '▲' } as const;

/** Says each step when it begins and when it ends, while `work` lasts. */
async function following<T>({ out, t }: CliContext, door: TunnelDoor, work: () => Promise<T>): Promise<T> {
  const said = new Map<TunnelStepId, TunnelRun['steps'][number]['state']>();
  const stop = door.onDidChange(() => {
    for (const { id, state } of door.run()?.steps ?? []) {
      if (state === said.get(id) || state === 'waiting' || state === 'skipped') continue;
      said.set(id, state);
      const name = tunnelStepTitle(id, t);
      const value = t(`tunnelService.run.state.${state}`);
      out.say(
        `${marks[state]} ${state === 'running' ? name : t('tunnelService.cli.named', { name, value })}`,
      );
    }
  });
  try {
    return await work();
  } finally {
    stop();
  }
}

type Ending = {
  /** Of `tunnelService.outcome`. */
  readonly doneKey: TunnelChange | 'rolledBack';
  readonly facts: object;
};

async function tellOutcome(
  { out, t }: CliContext,
  door: TunnelDoor,
  applied: Result<TunnelOutcome>,
  what: TunnelChange,
  { doneKey, facts }: Ending,
): Promise<number> {
  if (!applied.ok) return out.fail(applied.error, { ...facts });
  const outcome = applied.value;
  if (outcome.tag === 'done') {
    const status = await door.request('tunnelService.status', {});
    const port = status.ok ? status.value.port.port : '';
    out.answer({ ok: true, ...facts, applied: true, outcome }, () => [
      `${out.paint('green', '●')} ${t(`tunnelService.outcome.${doneKey}`, { port })}`,
    ]);
    return exitCodes.ok;
  }
  const code = out.fail(outcome.error, { ...facts, what, outcome });
  const { step, restored, left } = outcome;
  const told = [
    t(`tunnelService.outcome.${outcome.error.code === 'STOPPED' ? 'stoppedAt' : 'failedAt'}`, {
      step: tunnelStepTitle(step, t),
    }),
    restored.length === 0
      ? t('tunnelService.outcome.restoredAll')
      : t('tunnelService.outcome.restored', { names: restored.join(', ') }),
    ...left.map(({ name, error }) =>
      t('tunnelService.outcome.left', { name, reason: describeHere(error, t).body }),
    ),
  ];
  if (!out.json) for (const line of told) out.note(`  ${line}`);
  return code;
}
