import { oneLine } from '../../shared/printable.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { withGateway } from '../gateway/connect.ts';
import { describeOrigin, factsOf } from '../gateway/explain-failure.ts';
import { findRunBy } from '../gateway/run-by.ts';

/** `chela gateway status`: can it be reached, and is this computer let in? Asks nothing more. */
export const gatewayStatus: RunCommand<GatewayOptions> = (context, options) => {
  const { out, t } = context;
  return withGateway(
    context,
    options,
    { path: 'probe', caller: 'probe', scopes: [] },
    async ({ call, where }) => {
      const { version, authMethod } = call.hello;
      const { decision } = where;
      const runBy = await findRunBy(where, context);
      out.answer(
        { ok: true, ...factsOf(where, context), version, authMethod, ...(runBy && { process: runBy.facts }) },
        () => [
          t('cli.status.gateway', { url: where.url }),
          `${out.paint('green', '●')} ${t('calls.status.letIn', { version: oneLine(version), method: oneLine(authMethod) })}`,
          ...(runBy ? [`  ${runBy.line}`] : []),
          decision.tag === 'use'
            ? `  ${t('calls.sent', { name: decision.name, from: describeOrigin(decision.origin, t) })}`
            : `  ${t(where.generatedToken === null ? 'calls.sentNothing' : 'calls.sentGenerated')}`,
        ],
      );
      return 0;
    },
  );
};
