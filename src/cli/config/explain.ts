import Conf from 'conf';
import { readConfiguration } from '../../core/configuration.ts';
import { explainCredentials } from '../../core/credentials/explain.ts';
import { ensureDataDir } from '../../core/data-dir.ts';
import { openSettingsStore } from '../../core/settings/settings-store.ts';
import { assertNever } from '../../shared/assert-never.ts';
import type { CallExplanation, CredentialReport } from '../../shared/contract/credentials.ts';
import { type SecretOrigin, setSecret, type TrailEntry } from '../../shared/credentials/candidates.ts';
import { describeError } from '../../shared/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { configServiceOf } from './service.ts';

/** `chela config explain`: which credential each kind of call would use, where it stands, and why not the others. */
export async function explain(context: CliContext): Promise<number> {
  const { out, env, homeDir, globals } = context;
  const service = configServiceOf(context);
  const { authored, path } = await service.read();
  const dataDir = ensureDataDir(globals.dataDir);
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const { effective } = await readConfiguration(store, env, homeDir);
  const { token } = store.read().remote;
  const report = await out.spin(
    context.t('config.explaining'),
    explainCredentials(
      {
        mode: effective.view.mode.value,
        urlSource: env.OPENCLAW_GATEWAY_URL ? 'env' : 'config',
        ...(token && { stored: setSecret(token, { tag: 'settings', file: store.path }) }),
      },
      { file: path, authored, locate: (at) => service.locate(at) },
      { env, homeDir },
    ),
  );
  out.answer({ ok: true, ...report }, () => linesOf(report, context));
  return exitCodes.ok;
}

function linesOf({ mode, calls, server }: CredentialReport, context: CliContext): string[] {
  const { t } = context;
  return [
    t('config.explain.mode', { mode: t(`connection.mode.${mode}`) }),
    ...grouped(calls).flatMap(({ paths, call }) => [
      '',
      `${t('config.explain.for')} ${paths.map((path) => t(`config.explain.call.${path}`)).join(', ')}`,
      `  ${outcomeLine(call, context)}`,
      ...trailLines(call.trail, context),
    ]),
    '',
    `${t('config.explain.for')} ${t('config.explain.server')}`,
    `  ${t(`config.explain.serverOutcome.${server.outcome.tag}`, 'name' in server.outcome ? { name: server.outcome.name } : {})}`,
    ...trailLines(server.trail, context),
  ];
}

/** Calls of the same explanation are said once. */
function grouped(calls: readonly CallExplanation[]) {
  const groups = new Map<string, { paths: CallExplanation['path'][]; call: CallExplanation }>();
  for (const call of calls) {
    const key = JSON.stringify({ ...call, path: null });
    const group = groups.get(key) ?? { paths: [], call };
    group.paths.push(call.path);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function outcomeLine({ outcome, trail }: CallExplanation, { t, out }: CliContext): string {
  switch (outcome.tag) {
    case 'use': {
      const { name, origin } = outcome;
      // There with its line.
      const found = trail.find((entry) => entry.name === name)?.origin ?? origin;
      const where = originText(found, t);
      return `${out.paint('green', '●')} ${t('config.explain.use', { name, where })}`;
    }
    case 'none':
      return `◌ ${t('config.explain.none')}`;
    case 'refused': {
      const { title, fix } = describeError(outcome.error, t);
      return `${out.paint('red', '■')} ${title} ${t('cli.fix', { fix })}`;
    }
    default:
      return assertNever(outcome);
  }
}

/** What is set, each with its reason; then the names of what is not. */
function trailLines(trail: readonly TrailEntry[], { t, out }: CliContext): string[] {
  const unset = trail.filter(({ verdict }) => verdict === 'absent').map(({ name }) => name);
  const lines = trail
    .filter(({ verdict }) => verdict !== 'absent')
    .map(({ name, origin, verdict, why }) => {
      const where = origin ? ` (${originText(origin, t)})` : '';
      return `${name}${where}: ${t(`credentials.verdict.${verdict}`)}. ${t(`credentials.why.${why}`)}`;
    });
  if (unset.length > 0) {
    lines.push(out.paint('dim', `${t('credentials.verdict.absent')}: ${unset.join(', ')}`));
  }
  return lines.map((line) => `    ${line}`);
}

function originText(origin: SecretOrigin, t: CliContext['t']): string {
  if (origin.tag !== 'config') return t(`credentials.origin.${origin.tag}`, { ...origin });
  const { file, line, ref } = origin;
  const where = line === undefined ? file : t('credentials.origin.configLine', { file, line });
  if (!ref) return where;
  return `${where}, ${t('credentials.ref', { ref: `${ref.source}:${ref.provider}:${ref.id}` })}`;
}
