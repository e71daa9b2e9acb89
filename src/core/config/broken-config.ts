import { type AppError, appError } from '../../shared/errors.ts';

/** The one key of `openclaw.json` that is an instruction and no value. */
export const INCLUDE = '$include';

export function brokenError(
  file: string,
  problem: { line: number; column: number; reason: string },
): AppError {
  return appError('OPENCLAW_CONFIG_BROKEN', problem.reason, { details: { file, ...problem } });
}

export function notAnObject(file: string): AppError {
  return brokenError(file, { line: 1, column: 1, reason: 'an object is expected' });
}
