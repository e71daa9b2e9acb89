import { defaultTokens, effectiveWith, storedToken } from '../../core/configuration.ts';
import { explainCredentials } from '../../core/credentials/explain.ts';
import { dataDirOf } from '../../core/data-dir.ts';
import { peekSettings } from '../../core/settings/peek-settings.ts';
import { assertNever } from '../../shared/assert-never.ts';
import type { CallExplanation, CredentialReport } from '../../shared/contract/credentials.ts';
import type { SecretOrigin, TrailEntry } from '../../shared/credentials/candidates.ts';
import { urlSourceOf } from '../../shared/credentials/url-source.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { describeHere } from '../frame/describe-here.ts';
import { findGeneratedToken } from '../gateway/generated-token.ts';
import { configServiceOf } from './service.ts';

/** `chela config explain`: which credential each kind of call would use, where it stands, and why not the others. */
export async function explain(context: CliContext): Promise<number> {
  const { out, env, homeDir, globals } = context;
  const service = configServiceOf(context);
  const openclaw = await service.read();
  if (openclaw.problem) return out.fail(openclaw.problem);
  const { authored, path } = openclaw;
  const dataDir = dataDirOf(globals.dataDir, globals.profile);
  const { path: settingsFile, settings } = await peekSettings(dataDir);
  const store = { path: settingsFile, read: () => settings };
  const { view } = effectiveWith(openclaw, store, env);
  const urlSource = env.OPENCLAW_GATEWAY_URL?.trim() ? 'env' : urlSourceOf(view, openclaw.config);
  const mode = view.mode.value;
  const report = await out.spin(
    context.t('config.explaining'),
    explainCredentials(
      { mode, urlSource, stored: await storedToken(view, store, defaultTokens(store)) },
      { file: path, authored, locate: (at) => service.locate(at) },
      { env, homeDir },
    ),
  );
  // Sent where nothing else is, and only to the Gateway that made it.
  const isOwn = mode === 'local' && urlSource !== 'env';
  const generated = isOwn ? await findGeneratedToken(dataDir) : null;
  out.answer({ ok: true, ...report, generatedToken: generated }, () => linesOf(report, generated, context));
  return exitCodes.ok;
}

function linesOf(
  { mode, calls, server }: CredentialReport,
  generated: string | null,
  context: CliContext,
): string[] {
  const { t } = context;
  return [
    t('config.explain.mode', { mode: t(`connection.mode.${mode}`) }),
    ...grouped(calls).flatMap(({ paths, call }) => [
      '',
      `${t('config.explain.for')} ${paths.map((path) => t(`config.explain.call.${path}`)).join(', ')}`,
      `  ${outcomeLine(call, generated, context)}`,
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

function outcomeLine(
  { outcome, trail }: CallExplanation,
  generated: string | null,
  { t, out }: CliContext,
): string {
  switch (outcome.tag) {
    case 'use': {
      const { name, origin } = outcome;
      // There with its line.
      const found = trail.find((entry) => entry.name === name)?.origin ?? origin;
      const where = originText(found, t);
      return `${out.paint('green', '●')} ${t('config.explain.use', { name, where })}`;
    }
    case 'none':
      return generated === null
        ? `◌ ${t('config.explain.none')}`
        : `${out.paint('green', '●')} ${t('config.explain.generated', { file: generated })}`;
    case 'refused': {
      const { title, fix } = describeHere(outcome.error, t);
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
