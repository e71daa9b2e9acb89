import {
  errorShape,
  validateSessionsBranchesListParams,
  validateSessionsBranchesSwitchParams,
} from '@openclaw/gateway-protocol';
import type { Runs } from '../agent/runs.ts';
import { answer, failure, invalidRequest } from '../server/frames.ts';
import type { HistoryRow } from '../sessions/history-row.ts';
import type { RemovedTranscripts } from '../sessions/removed-transcripts.ts';
import { textOfRow } from '../sessions/row-text.ts';
import type { SessionCare } from '../sessions/session-care.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { TranscriptReader } from '../sessions/transcript-reader.ts';
import { checked, type MethodTable } from './method.ts';

export type BranchDeps = {
  readonly care: SessionCare;
  readonly reader: TranscriptReader;
  readonly removed: RemovedTranscripts;
  readonly runs: Runs;
  readonly sessions: SessionStore;
};

const MAX_HEADLINE_CHARACTERS = 120;
const MAX_LAST_ROW_BYTES = 16 * 1024 * 1024;

/** What a conversation was before it was taken back, and the way to it. Shapes and errors as published and observed. */
export function branchMethods({ care, reader, removed, runs, sessions }: BranchDeps): MethodTable {
  const lastRow = (key: string): HistoryRow | null => {
    const { rows } = reader.page(key, { limit: 1, offset: 0, maxBytes: MAX_LAST_ROW_BYTES });
    return rows[0] === undefined ? null : (JSON.parse(rows[0]) as HistoryRow);
  };
  /** By the id of their last row; of the same one, the newest. */
  const branches = (key: string): Map<string, readonly HistoryRow[]> =>
    new Map(
      removed
        .rewound(key)
        .toReversed()
        .map(({ rows }) => [idOf(rows.at(-1)), rows]),
    );

  return {
    ...checked('sessions.branches.list', 'operator.read', validateSessionsBranchesListParams, (params) => {
      const { key } = parseSessionKey(params.sessionKey);
      const last = lastRow(key);
      const active =
        last === null ? [] : [{ ...describe([last]), messageCount: reader.lastSeq(key), active: true }];
      const others = [...branches(key)].filter(([leafEntryId]) => leafEntryId !== idOf(last)).toReversed();
      return answer({
        branches: [...active, ...others.map(([, rows]) => ({ ...describe(rows), active: false }))],
      });
    }),
    ...checked(
      'sessions.branches.switch',
      'operator.admin',
      validateSessionsBranchesSwitchParams,
      (params) => {
        const { sessionKey, leafEntryId } = params;
        const { key } = parseSessionKey(sessionKey);
        if (sessions.find(key) === undefined) return invalidRequest(`session not found: ${sessionKey}`);
        if (runs.unfinishedIds(key).length > 0) {
          return failure(
            errorShape('UNAVAILABLE', 'Branch switch is unavailable while the agent is working.'),
          );
        }
        if (idOf(lastRow(key)) === leafEntryId) {
          return invalidRequest(`branch is already active: ${leafEntryId}`);
        }
        const rows = branches(key).get(leafEntryId);
        if (rows === undefined) return invalidRequest(`branch entry not found: ${leafEntryId}`);
        care.switchTo(key, rows);
        return answer({});
      },
    ),
  };
}

function idOf(row: HistoryRow | null | undefined): string {
  return row?.__openclaw.id ?? '';
}

function describe(rows: readonly HistoryRow[]) {
  const last = rows.at(-1);
  const said = rows.findLast(({ role }) => role === 'user' || role === 'assistant');
  const headline = said === undefined ? '' : textOfRow(said).replace(/\s+/g, ' ').trim();
  return {
    leafEntryId: idOf(last),
    headline: headline.slice(0, MAX_HEADLINE_CHARACTERS),
    messageCount: rows.length,
    ...(last && { updatedAt: new Date(last.timestamp).toISOString() }),
  };
}
