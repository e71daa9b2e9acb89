import { errorShape } from '@openclaw/gateway-protocol';
import { methodWhileStopping } from '../auth/connect-refusal.ts';
import type { GatewayLogger } from '../options.ts';
import type { Client } from '../server/client.ts';
import { failure, type Reply } from '../server/frames.ts';
import type { Phase } from '../server/phase.ts';
import { authorize, type MethodTable } from './method.ts';

/** Runs one method of an admitted client. Never rejects. */
export type Dispatch = (client: Client, method: string, params: unknown) => Promise<Reply>;

export function createDispatch(deps: {
  methods: MethodTable;
  logger: GatewayLogger;
  phase: () => Phase;
}): Dispatch {
  return async (client, name, params) => {
    if (deps.phase() === 'stopping') return failure(methodWhileStopping(name));
    const verdict = authorize(deps.methods, client, name, params);
    if (!verdict.ok) return verdict.reply;
    try {
      return await verdict.method.handle(params ?? {}, client);
    } catch (thrown) {
      deps.logger.error({ method: name, reason: String(thrown) }, 'a method failed');
      return failure(errorShape('UNAVAILABLE', `${name} failed`, { retryable: true }));
    }
  };
}
