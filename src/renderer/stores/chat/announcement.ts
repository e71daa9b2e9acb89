import type { ChatModel } from './chat-state.ts';
import type { Announcement } from './chat-types.ts';
import { messageText, readTranscriptRow } from './payloads.ts';

/** What to say of what happened between the two; null where nothing has to be said. */
export function announcementOf(before: ChatModel, after: ChatModel): Announcement | null {
  return refusalOf(before, after) ?? endOf(before, after) ?? missedEndOf(before, after);
}

/** A message that was on its way and was refused; one that had failed before was said. */
function refusalOf({ outbox: before }: ChatModel, { outbox: after }: ChatModel): Announcement | null {
  if (before === after) return null;
  const hadNotFailed = new Set(
    before.filter(({ delivery }) => delivery !== 'failed').map(({ idempotencyKey }) => idempotencyKey),
  );
  const refused = after.find(
    ({ idempotencyKey, delivery }) => delivery === 'failed' && hadNotFailed.has(idempotencyKey),
  );
  return refused ? { runId: refused.idempotencyKey, kind: 'unsent', error: refused.error } : null;
}

function endOf(before: ChatModel, after: ChatModel): Announcement | null {
  if (before.projection.runs === after.projection.runs) return null;
  for (const [runId, run] of Object.entries(after.projection.runs)) {
    const was = before.projection.runs[runId];
    if (run.status === 'streaming' || (was && was.status !== 'streaming')) continue;
    const text = messageText(run.message);
    if (run.status === 'aborted') {
      const hadBegun = before.activities[runId] !== undefined || text !== '';
      if (!hadBegun) continue;
      return { runId, kind: 'stopped', text };
    }
    if (run.status === 'error' || run.status === 'timeout') {
      return { runId, kind: 'failed', text: run.errorMessage ?? '' };
    }
    if (text !== '') return { runId, kind: 'finished', text };
  }
  return null;
}

/** A run that ended while nothing was heard of it: the history that was read since has its answer. */
function missedEndOf(before: ChatModel, after: ChatModel): Announcement | null {
  if (before.activities === after.activities || after.isGone) return null;
  // A run that is known to have ended was heard.
  const ended = Object.keys(before.activities).filter(
    (runId) => !after.activities[runId] && !after.projection.runs[runId],
  );
  // With every word of an answer activities change, and a conversation may be long.
  if (ended.length === 0) return null;
  for (const { identity, message } of after.projection.entries.toReversed()) {
    const runId = identity?.runId ?? null;
    if (runId === null || !ended.includes(runId)) continue;
    const text = identity?.role === 'assistant' ? messageText(message) : '';
    if (text === '') continue;
    const isStopped = readTranscriptRow(message)?.aborted === true;
    return { runId, kind: isStopped ? 'stopped' : 'finished', text };
  }
  return null;
}
