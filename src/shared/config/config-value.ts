import JSON5 from 'json5';
import { appError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * A value as typed on a command line, read as upstream does: JSON5 where it is that, else the text itself. `strict`: JSON
 * and nothing else, else CONFIG_VALUE_INVALID (which does not repeat the value: it may be a secret).
 */
export function parseConfigValue(text: string, { strict = false } = {}): Result<unknown> {
  try {
    return ok(strict ? JSON.parse(text) : JSON5.parse(text));
  } catch {
    if (!strict) return ok(text);
    return err(appError('CONFIG_VALUE_INVALID', 'not JSON', { details: { path: '', cause: 'json' } }));
  }
}
