import { type AppError, AppErrorException } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { DEFAULT_TIMEOUT_MS, openAt, withGateway } from '../gateway/connect.ts';
import { readParams } from '../gateway/read-params.ts';

export type GatewayCallOptions = GatewayOptions & {
  readonly params?: string;
  readonly expectFinal?: boolean;
};

/**
 * `chela gateway call <method>`: one request, its answer as it came. It begins with the right to read; where the Gateway
 * says that the method needs more, it signs in again with exactly that, so every method is called with the least rights.
 */
export const gatewayCall: RunCommand<GatewayCallOptions, [method: string]> = async (
  context,
  options,
  method,
) => {
  const { out, t } = context;
  const params = await readParams(options.params, context);
  if (!params.ok) return out.fail(params.error);
  return withGateway(context, options, { scopes: ['operator.read'] }, async ({ call, where }) => {
    const { timeout: timeoutMs = DEFAULT_TIMEOUT_MS, expectFinal = false } = options;
    const request = { timeoutMs, ...(expectFinal && { expectFinal }) };
    const attempt = async (): Promise<Result<unknown>> => {
      const first = await call.request(method, params.value, request);
      const scopes = first.ok ? [] : scopesAskedFor(first.error);
      if (scopes.length === 0) return first;
      await call.close();
      const again = await openAt(where, context, options, { scopes });
      if (!again.ok) return again;
      try {
        return await again.value.request(method, params.value, request);
      } finally {
        await again.value.close();
      }
    };
    const answer = await out.spin(t('calls.asking', { method }), attempt());
    if (!answer.ok) throw new AppErrorException(answer.error);
    out.write(`${JSON.stringify(answer.value ?? null, null, 2)}\n`);
    return 0;
  });
};

function scopesAskedFor({ details }: AppError): string[] {
  const required = details?.requiredScopes;
  return details?.gatewayCode === 'FORBIDDEN' && Array.isArray(required) ? required : [];
}
