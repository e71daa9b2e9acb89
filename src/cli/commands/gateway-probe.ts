import type { AppError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/printable.ts';
import type { Result } from '../../shared/result.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { errorJson } from '../frame/output.ts';
import { DEFAULT_TIMEOUT_MS, withGateway } from '../gateway/connect.ts';
import { factsOf } from '../gateway/explain-failure.ts';

const QUESTIONS = ['health', 'status', 'system-presence', 'config.get'] as const;

type Reply = { readonly method: string; readonly ms: number; readonly error: AppError | null };

/** `chela gateway probe`: connects as a probe and asks four things at once. What it may not know is no failure. */
export const gatewayProbe: RunCommand<GatewayOptions> = (context, options) => {
  const { out, t } = context;
  const { timeout: timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return withGateway(
    context,
    options,
    { path: 'probe', caller: 'probe', scopes: ['operator.read'] },
    async ({ call, where }) => {
      const ask = async (method: string): Promise<Reply> => {
        const startedAt = performance.now();
        const params = method === 'config.get' ? {} : undefined;
        const answer: Result<unknown> = await call.request(method, params, { timeoutMs });
        const ms = Math.max(1, Math.round(performance.now() - startedAt));
        return { method, ms, error: answer.ok ? null : answer.error };
      };
      const replies = await out.spin(
        t('calls.asking', { method: QUESTIONS.join(', ') }),
        Promise.all(QUESTIONS.map(ask)),
      );
      const { version, authMethod, scopes } = call.hello;
      const answers = Object.fromEntries(
        replies.map(({ method, ms, error }) => [
          method,
          error ? { ok: false, ms, error: errorJson(error, t) } : { ok: true, ms },
        ]),
      );
      out.answer({ ok: true, ...factsOf(where, context), version, authMethod, scopes, answers }, () => [
        t('cli.status.gateway', { url: where.url }),
        `${out.paint('green', '●')} ${t('calls.status.letIn', { version: oneLine(version), method: oneLine(authMethod) })}`,
        ...replies.map(({ method, ms, error }) =>
          error
            ? `  ${out.paint('yellow', '–')} ${method}: ${oneLine(String(error.details?.reason ?? error.message))}`
            : `  ${out.paint('green', '✓')} ${method} ${out.paint('dim', t('doctor.cli.ms', { ms }))}`,
        ),
      ]);
      return 0;
    },
  );
};
