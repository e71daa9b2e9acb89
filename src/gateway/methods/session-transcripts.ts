import {
  errorShape,
  validateSessionsRewindParams,
  validateSessionsSearchParams,
} from '@openclaw/gateway-protocol';
import type { MediaStore } from '../agent/media/media-store.ts';
import type { Runs } from '../agent/runs.ts';
import { answer, failure, invalidRequest } from '../server/frames.ts';
import type { HistoryRow, UserRow } from '../sessions/history-row.ts';
import type { SessionCare } from '../sessions/session-care.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { snippetOf } from '../sessions/snippet.ts';
import type { TranscriptReader } from '../sessions/transcript-reader.ts';
import { checked, type MethodTable } from './method.ts';

export type SessionTranscriptDeps = {
  readonly care: SessionCare;
  readonly media: MediaStore;
  readonly reader: TranscriptReader;
  readonly runs: Runs;
  readonly sessions: SessionStore;
};

const DEFAULT_HITS = 10;

/** Taking a conversation back to before a message, and searching what was said. Shapes and errors as observed. */
export function sessionTranscriptMethods(deps: SessionTranscriptDeps): MethodTable {
  const { care, media, reader, runs, sessions } = deps;
  return {
    ...checked('sessions.rewind', 'operator.admin', validateSessionsRewindParams, async (params) => {
      const { key } = parseSessionKey(params.sessionKey);
      if (sessions.find(key) === undefined) return invalidRequest(`session not found: ${params.sessionKey}`);
      if (runs.unfinishedIds(key).length > 0) {
        return failure(errorShape('UNAVAILABLE', 'Rewind is unavailable while the agent is working.'));
      }
      const entry = reader.find(key, params.entryId);
      const row = entry === undefined ? null : (JSON.parse(entry.row) as HistoryRow);
      if (entry === undefined || row?.role !== 'user') {
        return invalidRequest(`message entry not found: ${params.entryId}`);
      }
      // Before anything is waited for: the next message may be on its way.
      care.rewind(key, entry.seq);
      const files = await readFiles(media, row);
      return answer({ editorText: row.content, ...(files.length > 0 && { editorAttachments: files }) });
    }),
    ...checked('sessions.search', 'operator.read', validateSessionsSearchParams, (params) => {
      const { query, sessionKeys, agentId = AGENT_ID, limit = DEFAULT_HITS } = params;
      const wanted = sessionKeys?.map((asked) => parseSessionKey(asked).key);
      const hits = agentId === AGENT_ID ? reader.search(query, limit, wanted) : [];
      return answer({
        results: hits.map(({ key, messageId, role, text, timestamp }) => ({
          sessionKey: key,
          sessionId: sessions.find(key)?.sessionId ?? '',
          messageId,
          role,
          timestamp,
          snippet: snippetOf(text, query),
          score: 1,
        })),
      });
    }),
  };
}

/** Without those that are gone: the words are worth more than the refusal. */
async function readFiles(media: MediaStore, row: UserRow): Promise<{ mimeType: string; data: string }[]> {
  const files = await Promise.all(
    (row.__openclaw.media ?? []).map(async (fact) => {
      const bytes = await media.read(fact);
      return bytes === null ? [] : [{ mimeType: fact.contentType, data: bytes.toString('base64') }];
    }),
  );
  return files.flat();
}
