import { z } from 'zod';
import { type AppError, type ErrorCode, errorTable } from '../errors.ts';

/** {@link AppError} as it comes over a boundary. Apart from `errors.ts`, which a short-lived process reads without zod. */
export const appErrorSchema: z.ZodType<AppError, AppError> = z.object({
  code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().int().nonnegative().optional(),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .optional(),
});
