import type { ChatModel } from './chat-state.ts';
import type { Announcement } from './chat-types.ts';
import { messageText } from './payloads.ts';

/** What to say of the run that ended between the two; null where none did. */
export function endOf(before: ChatModel, after: ChatModel): Announcement | null {
  if (before.projection.runs === after.projection.runs) return null;
  for (const [runId, run] of Object.entries(after.projection.runs)) {
    const was = before.projection.runs[runId];
    if (run.status === 'streaming' || (was && was.status !== 'streaming')) continue;
    const text = messageText(run.message);
    if (run.status === 'aborted') return { runId, kind: 'stopped', text };
    if (run.status === 'error' || run.status === 'timeout') {
      return { runId, kind: 'failed', text: run.errorMessage ?? '' };
    }
    if (text !== '') return { runId, kind: 'finished', text };
  }
  return null;
}
