import { answer, invalidRequest } from '../server/frames.ts';
import type { RemovedTranscripts } from '../sessions/removed-transcripts.ts';
import type { SessionCare } from '../sessions/session-care.ts';
import type { MethodTable } from './method.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * The way back for what `sessions.delete`, `sessions.reset` and `sessions.rewind` have removed. A real Gateway has none, so
 * the names are our own.
 */
export function removedMethods({
  care,
  removed,
}: {
  readonly care: SessionCare;
  readonly removed: RemovedTranscripts;
}): MethodTable {
  return {
    'chela.removed.list': {
      scope: 'operator.read',
      handle(params) {
        const { limit = DEFAULT_LIMIT } = Object(params) as Record<string, unknown>;
        const isCount = Number.isInteger(limit) && Number(limit) > 0 && Number(limit) <= MAX_LIMIT;
        if (!isCount) return invalidRequest(`invalid chela.removed.list params: limit is 1 to ${MAX_LIMIT}`);
        return answer({ removed: removed.list(Number(limit)) });
      },
    },
    'chela.removed.restore': {
      // As what removes it.
      scope: 'operator.admin',
      handle(params) {
        const { name } = Object(params) as Record<string, unknown>;
        const transcript = typeof name === 'string' ? removed.read(name) : null;
        if (transcript === null) return invalidRequest(`nothing to restore: ${String(name)}`);
        return answer({ ok: true, ...care.restore(transcript) });
      },
    },
  };
}
