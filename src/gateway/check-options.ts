import type { z } from 'zod';
import { type AppError, AppErrorException, appError } from '../shared/errors.ts';
import { type GatewayConfig, gatewayConfigSchema } from './options.ts';

/** The options with their defaults. Throws {@link AppErrorException} BAD_REQUEST. */
export function checkedOptions(given: unknown): GatewayConfig {
  const parsed = gatewayConfigSchema.safeParse(given);
  if (!parsed.success) throw new AppErrorException(badConfig(parsed.error));
  return parsed.data;
}

/** Names the fields that are wrong, never their values: one of them is a token. */
function badConfig(error: z.ZodError): AppError {
  const fields = error.issues.map(({ path }) => path.join('.') || 'message').join(', ');
  const reason = `invalid gateway options: ${fields}`;
  return appError('BAD_REQUEST', reason, { details: { reason } });
}
