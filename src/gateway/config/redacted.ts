import type { ConfigPath } from '../../shared/config/config-path.ts';
import { redactValue } from '../../shared/config/redact-json5.ts';
import { isRecord } from '../../shared/is-record.ts';

/** What stands in place of a secret (observed). Sent back, it means: leave it as it is. */
export const REDACTED = '__OPENCLAW_REDACTED__';

/** The value without its secrets. What the rules would mask only in part is left out whole. */
export function redacted(value: unknown): unknown {
  return replaceChanged(value, redactValue(value, []));
}

function replaceChanged(value: unknown, masked: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(masked)) {
    return value.map((item, index) => replaceChanged(item, masked[index]));
  }
  if (isRecord(value) && isRecord(masked)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaceChanged(item, masked[key])]),
    );
  }
  return Object.is(value, masked) ? value : REDACTED;
}

/** Where a value holds the placeholder. */
export function redactedPaths(value: unknown, path: ConfigPath = []): ConfigPath[] {
  if (value === REDACTED) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => redactedPaths(item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => redactedPaths(item, [...path, key]));
}
