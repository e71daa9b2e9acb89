import { kindOfGateway } from '../../shared/connection/gateway-kind.ts';
import { oneLine } from '../../shared/printable.ts';
import type { CliContext, RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { type Connected, withGateway } from '../gateway/connect.ts';
import { describeOrigin, factsOf } from '../gateway/explain-failure.ts';
import { type Fields, fields, list, number, text } from '../gateway/payload.ts';
import { findRunBy } from '../gateway/run-by.ts';

export type StatusOptions = GatewayOptions & { readonly deep?: boolean; readonly all?: boolean };

/** What is asked, by how much a person wants to know. */
const DEEP = [
  ['channels', 'channels.status', { probe: false, timeoutMs: 8000 }],
  ['health', 'health', { probe: true }],
  ['heartbeat', 'last-heartbeat', {}],
] as const;
const ALL = [
  ['presence', 'system-presence', undefined],
  ['nodes', 'node.list', {}],
  ['models', 'models.list', {}],
] as const;

/**
 * `chela status`: where OpenClaw runs, whether it answers, and what it says of itself. `--deep` asks it to look closer,
 * `--all` for everything there is to know. A Gateway that does not know one of the finer questions still has a status.
 */
export const status: RunCommand<StatusOptions> = async (context, options) => {
  const { out } = context;
  const questions = [...(options.deep || options.all ? DEEP : []), ...(options.all ? ALL : [])];
  return withGateway(
    context,
    options,
    { path: 'status', caller: 'backend', scopes: ['operator.read'] },
    async (gateway) => {
      const startedAt = performance.now();
      const answer = fields(await gateway.ask('status', { includeChannelSummary: false }));
      const rttMs = performance.now() - startedAt;
      const more = new Map<string, unknown>();
      for (const [name, method, params] of questions) {
        const found = await gateway.call.request(method, params);
        more.set(name, found.ok ? found.value : null);
      }
      const { version, authMethod } = gateway.call.hello;
      const runBy = await findRunBy(gateway.where, context);
      const facts = {
        ok: true,
        ...where(gateway, context),
        version,
        authMethod,
        rttMs,
        ...(runBy && { process: runBy.facts }),
      };
      out.answer({ ...facts, status: answer, ...Object.fromEntries(more) }, () => [
        ...linesOf(gateway, rttMs, context),
        ...(runBy ? [`  ${runBy.line}`] : []),
        ...statusLines(answer, context),
        ...[...more].flatMap(([name, found]) => moreLines(name, found, context)),
      ]);
      return 0;
    },
  );
};

function where({ where }: Connected, context: CliContext) {
  const target = where.route?.tag === 'tunnel' && where.route.target;
  return { ...factsOf(where, context), ...(target && { target }) };
}

function linesOf({ where, call }: Connected, rttMs: number, { out, t }: CliContext): string[] {
  const { route, decision } = where;
  const { version, authMethod } = call.hello;
  const runs =
    route?.tag === 'local'
      ? t('cli.status.runsLocal')
      : route?.tag === 'tunnel'
        ? t('cli.status.runsRemote', { target: route.target ?? where.url })
        : t('calls.status.runsAt');
  const sent =
    decision.tag === 'use'
      ? t('calls.sent', { name: decision.name, from: describeOrigin(decision.origin, t) })
      : null;
  return [
    runs,
    t('cli.status.gateway', { url: where.url }),
    t('cli.status.answers', {
      name: t(`connection.run.${kindOfGateway(version)}`),
      version: oneLine(version),
      rtt: Math.max(1, Math.round(rttMs)),
      method: oneLine(authMethod),
    }).replace('●', out.paint('green', '●')),
    ...(sent ? [`  ${sent}`] : []),
  ];
}

function statusLines(answer: Fields, { t }: CliContext): string[] {
  const sessions = fields(answer.sessions);
  const count = number(sessions.count);
  const model = text(fields(sessions.defaults).model);
  return [
    ...(count !== null ? [`  ${t('calls.health.sessions', { count })}`] : []),
    ...(model ? [`  ${t('calls.status.model', { model: oneLine(model) })}`] : []),
  ];
}

/** One line for each further answer; `—` for what the Gateway could not tell. */
function moreLines(name: string, found: unknown, { t }: CliContext): string[] {
  const value = found === null && name !== 'heartbeat' ? '—' : summary(name, found, t);
  return [`  ${t(`calls.status.more.${name}`)} ${oneLine(value)}`];
}

function summary(name: string, found: unknown, t: CliContext['t']): string {
  const known = fields(found);
  switch (name) {
    case 'channels':
      return Object.keys(fields(known.channels)).join(', ') || t('calls.none');
    case 'health':
      return t(known.ok === false ? 'calls.no' : 'calls.yes');
    case 'heartbeat':
      return found === null ? t('calls.none') : text(known.status) || t('calls.yes');
    case 'presence':
      return list(found)
        .filter(({ reason }) => reason !== 'disconnect')
        .map((one) => text(one.host) || text(one.text))
        .join(', ');
    case 'nodes':
      return (
        list(known.nodes)
          .map((node) => `${text(node.displayName) || text(node.nodeId)}${node.connected ? '' : ' ×'}`)
          .join(', ') || t('calls.none')
      );
    default:
      return list(known.models)
        .map((model) => `${text(model.provider)}/${text(model.id)}`)
        .join(', ');
  }
}
