import Conf from 'conf';
import { effectiveWith, readConfiguration } from '../../core/configuration.ts';
import { readTarget } from '../../core/connection/remote-plan.ts';
import { ensureDataDir } from '../../core/data-dir.ts';
import { openSettingsStore } from '../../core/settings/settings-store.ts';
import { configDiff } from '../../shared/config/config-diff.ts';
import { changeSettings, targetPatch } from '../../shared/config/patch.ts';
import {
  type LocalGatewayChoice,
  localGatewaySchema,
  type Mode,
  modeSchema,
  type Settings,
  type SettingsPatch,
} from '../../shared/config/settings.ts';
import { shareEdits } from '../../shared/config/share.ts';
import { modeKeyOf } from '../../shared/connection/connection-text.ts';
import { appError } from '../../shared/errors.ts';
import { err, type Result } from '../../shared/result.ts';
import { configServiceOf } from '../config/service.ts';
import { showDiff, type WriteOptions, writePlan } from '../config/write.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { withRunning } from './running.ts';

type Chosen = { mode: Mode; sshTarget?: string; gateway?: LocalGatewayChoice };

export type ModeOptions = WriteOptions & {
  readonly sshTarget?: string;
  /** Which one this computer runs. */
  readonly gateway?: string;
  /** Into `openclaw.json` as well, for other OpenClaw tools. */
  readonly shared?: boolean;
};

/** `chela mode [local|remote]`: shows it, or chooses it: in the running Chela, which switches at once, or for its next start. */
export async function mode(
  context: CliContext,
  { sshTarget, gateway, shared = false, ...write }: ModeOptions,
  chosen: string | undefined,
): Promise<number> {
  const { out, t } = context;
  if (chosen === undefined && sshTarget === undefined && gateway === undefined) return showMode(context);
  const parsed = modeSchema.safeParse(chosen ?? (gateway === undefined ? 'remote' : 'local'));
  if (!parsed.success) return out.fail(invalid(t('control.mode.invalid', { mode: chosen ?? '' })));
  const wanted: Mode = parsed.data;
  if (sshTarget !== undefined) {
    if (wanted === 'local') return out.fail(invalid(t('control.mode.targetNeedsRemote')));
    const read = readTarget(sshTarget);
    if (!read.ok) return out.fail(read.error);
  }
  const which = localGatewaySchema.optional().safeParse(gateway);
  if (!which.success) return out.fail(invalid(t('localGateway.invalid', { gateway })));
  if (which.data !== undefined && wanted !== 'local') return out.fail(invalid(t('localGateway.needsLocal')));
  const set = {
    mode: wanted,
    ...(sshTarget !== undefined && { sshTarget }),
    ...(which.data !== undefined && { gateway: which.data }),
  };
  if (shared) {
    const code = await share(context, set, write);
    if (code !== exitCodes.ok || write.dryRun) return code;
  } else if (write.dryRun) {
    return showChange(context, set);
  }
  return withRunning(context, async (running) => {
    const done = running ? await running.request('setMode', set) : save(context, set);
    if (!done.ok) return out.fail(done.error);
    // With `--json` the change of the shared file was the answer.
    if (shared && out.json) return exitCodes.ok;
    const { view } = effectiveWith(await configServiceOf(context).read(), storeOf(context), context.env);
    const named = t(`connection.mode.${modeKeyOf(wanted, view)}`);
    out.answer({ ok: true, running: running !== null, ...set }, () => [
      t(running ? 'control.mode.switched' : 'control.mode.saved', { mode: named }),
    ]);
    return exitCodes.ok;
  });
}

/** What `--dry-run` says of Chela's own settings; the running Chela keeps the same file. */
function showChange(context: CliContext, set: Chosen): number {
  const { out, t } = context;
  const store = storeOf(context);
  if (store.problem) return out.fail(store.problem);
  const text = (settings: Settings) => `${JSON.stringify(settings, null, 2)}\n`;
  const now = store.read();
  const diff = configDiff(store.path, text(now), text(changeSettings(now, patchOf(set))));
  showDiff(context, diff);
  out.answer({ ok: true, file: store.path, diff, written: false }, () => [
    diff === '' ? t('config.unchanged', { file: store.path }) : t('config.dryRun'),
  ]);
  return exitCodes.ok;
}

/** Shows the change to `openclaw.json`, and writes it with consent, before anything of our own changes. */
async function share(context: CliContext, set: Chosen, write: WriteOptions): Promise<number> {
  const { env, homeDir } = context;
  const { remote } = (await readConfiguration(storeOf(context), env, homeDir)).effective.view;
  const service = configServiceOf(context);
  const edits = shareEdits(
    {
      mode: set.mode,
      // A target is one for SSH.
      transport: set.sshTarget === undefined ? remote.transport.value : 'ssh',
      url: remote.url.value,
      sshTarget: set.sshTarget ?? remote.sshTarget.value,
      localPort: remote.localPort.value,
      gatewayPort: remote.gatewayPort.value,
    },
    (await service.read()).authored,
  );
  return writePlan(context, service, await service.plan(edits), write);
}

function invalid(reason: string) {
  return appError('CLI_USAGE', reason, { details: { reason, help: 'chela mode --help' } });
}

function storeOf({ globals }: CliContext) {
  const dataDir = ensureDataDir(globals.dataDir, globals.profile);
  return openSettingsStore({ dataDir, create: (options) => new Conf(options) });
}

async function showMode(context: CliContext): Promise<number> {
  const { out, t, env, homeDir } = context;
  const { effective, openclaw } = await readConfiguration(storeOf(context), env, homeDir);
  if (openclaw.problem) return out.fail(openclaw.problem);
  const { mode: current, remote, local } = effective.view;
  const named = modeKeyOf(current.value, effective.view);
  const [target, sentence] =
    named === 'direct'
      ? ([remote.url, 'control.mode.urlIs'] as const)
      : ([remote.sshTarget, 'control.mode.targetIs'] as const);
  out.answer({ ok: true, mode: current, sshTarget: remote.sshTarget, gateway: local.gateway }, () => [
    t('control.mode.is', { mode: t(`connection.mode.${named}`), origin: current.origin }),
    ...(current.value === 'local' && local.gateway.origin !== 'default'
      ? [
          t('localGateway.is', {
            gateway: t(`localGateway.${local.gateway.value}`),
            origin: local.gateway.origin,
          }),
        ]
      : []),
    ...(target.value ? [t(sentence, { target: target.value, origin: target.origin })] : []),
  ]);
  return exitCodes.ok;
}

function save(context: CliContext, set: Chosen): Result<void> {
  const store = storeOf(context);
  if (store.problem) return err(store.problem);
  return store.write(changeSettings(store.read(), patchOf(set)));
}

const patchOf = (set: Chosen): SettingsPatch => ({ mode: set.mode, ...targetPatch(set) });
