import type { ConfigPath } from './config-path.ts';
import { indexOf } from './json5-document.ts';

/** The value at a path of a parsed document, or undefined. */
export function valueAt(value: unknown, path: ConfigPath): unknown {
  let current = value;
  for (const segment of path) {
    if (Array.isArray(current)) current = current[indexOf(segment)];
    else if (typeof current === 'object' && current !== null && Object.hasOwn(current, String(segment))) {
      current = (current as Record<string, unknown>)[String(segment)];
    } else return undefined;
  }
  return current;
}

/** Equal as configuration: the order of an object's keys does not count, `NaN` equals itself. */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        isSameValue((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
    )
  );
}
