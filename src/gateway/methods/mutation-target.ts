import type { Client } from '../server/client.ts';
import { invalidRequest, type Reply } from '../server/frames.ts';
import type { MethodTable } from './method.ts';

/**
 * A session mutation without a usable target has an answer of its own, before its other parameters are looked
 * at.
 */
export function withTarget(methods: MethodTable, names: readonly string[]): MethodTable {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      {
        scope: method.scope,
        handle(params: unknown, client: Client) {
          if (hasTarget(params, names)) return method.handle(params, client);
          return noTarget(name);
        },
      },
    ]),
  );
}

function hasTarget(params: unknown, names: readonly string[]): boolean {
  if (typeof params !== 'object' || params === null) return false;
  return Object.entries(params).some(
    ([name, value]) => names.includes(name) && typeof value === 'string' && value.trim() !== '',
  );
}

export function noTarget(method: string): Reply {
  return invalidRequest('session mutation target is unavailable', {
    code: 'SESSION_MUTATION_TARGET_REQUIRED',
    method,
  });
}
