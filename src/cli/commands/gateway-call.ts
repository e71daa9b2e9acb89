import { type AppError, AppErrorException } from '../../shared/errors.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { DEFAULT_TIMEOUT_MS, withGateway } from '../gateway/connect.ts';
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
  return withGateway(context, options, { scopes: ['operator.read'] }, async ({ call, askAs }) => {
    const { timeout: timeoutMs = DEFAULT_TIMEOUT_MS, expectFinal = false } = options;
    const request = { timeoutMs, ...(expectFinal && { expectFinal }) };
    const first = await out.spin(t('calls.asking', { method }), call.request(method, params.value, request));
    const scopes = first.ok ? [] : scopesAskedFor(first.error);
    if (!first.ok && scopes.length === 0) throw new AppErrorException(first.error);
    const answer = first.ok ? first.value : await askAs(scopes, method, params.value, request);
    out.write(`${JSON.stringify(answer ?? null, null, 2)}\n`);
    return 0;
  });
};

function scopesAskedFor({ details }: AppError): string[] {
  const required = details?.requiredScopes;
  return details?.gatewayCode === 'FORBIDDEN' && Array.isArray(required) ? required : [];
}
