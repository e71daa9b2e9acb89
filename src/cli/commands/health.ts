import { appError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/printable.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { withGateway } from '../gateway/connect.ts';
import { fields, list, number, text } from '../gateway/payload.ts';

/** `chela health`: the Gateway's own word on its health. `--json` prints its answer as it came. */
export const health: RunCommand<GatewayOptions> = (context, options) => {
  const { out, t } = context;
  return withGateway(context, options, { scopes: ['operator.read'] }, async ({ ask, call, where }) => {
    const startedAt = performance.now();
    const answer = await ask('health');
    const ms = Math.max(1, Math.round(performance.now() - startedAt));
    const report = fields(answer);
    if (report.ok === false) {
      return out.fail(appError('NOT_HEALTHY', 'health: ok is false', { details: { url: where.url } }), {
        health: answer,
      });
    }
    out.answer(answer, () => {
      const agents = list(report.agents);
      const sessions = number(fields(report.sessions).count);
      const channels = Object.entries(fields(report.channels));
      return [
        `${out.paint('green', '●')} ${t('calls.health.ok', { version: oneLine(call.hello.version), url: where.url, ms })}`,
        ...(agents.length > 0
          ? [
              `  ${t('calls.health.agents', { agents: agents.map((a) => oneLine(text(a.agentId))).join(', ') })}`,
            ]
          : []),
        ...(sessions !== null ? [`  ${t('calls.health.sessions', { count: sessions })}`] : []),
        ...(channels.length > 0
          ? [
              `  ${t('calls.health.channels', { channels: channels.map(([name]) => oneLine(name)).join(', ') })}`,
            ]
          : []),
      ];
    });
    return 0;
  });
};
