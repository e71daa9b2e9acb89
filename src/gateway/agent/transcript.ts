import type { GatewayClock } from '../clock.ts';
import {
  type AnswerFacts,
  assistantRow,
  failureRow,
  type HistoryRow,
  type Sender,
  userRow,
} from '../sessions/history-row.ts';
import type { RowPosition } from '../sessions/row-parts.ts';
import { mediaOf, type RunRecord } from '../sessions/run-store.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import {
  type AssistantFacts,
  stepTextRow,
  type ToolResultFacts,
  toolCallRow,
  toolResultRow,
} from '../sessions/tool-rows.ts';
import type { ActiveRun } from './active-run.ts';

/** Writes the rows of runs. Every call belongs inside a transaction. */
export type Transcript = ReturnType<typeof createTranscript>;

export function createTranscript(deps: { sessions: SessionStore; clock: GatewayClock; newId: () => string }) {
  const { sessions, clock, newId } = deps;
  const append = (sessionKey: string, runId: string, build: (position: RowPosition) => HistoryRow) =>
    sessions.append(sessionKey, runId, (seq) => build({ messageId: newId(), seq, runId, at: clock.now() }));

  return {
    /** `steerTargetRunId`: the run that the message joined. */
    user(run: RunRecord, excluded: boolean, steerTargetRunId?: string): HistoryRow {
      const sender = JSON.parse(run.sender) as Sender;
      return append(run.sessionKey, run.runId, (position) =>
        userRow(position, {
          text: run.message,
          sender,
          sentAt: run.acceptedAt,
          excluded,
          media: mediaOf(run),
          steerTargetRunId,
        }),
      );
    },
    /** The last segment of the run, as its answer. */
    answer(run: ActiveRun, facts: Omit<AnswerFacts, 'text' | 'excluded'>): HistoryRow {
      const { excluded } = run.reply;
      const text = run.output.segmentText;
      return append(run.sessionKey, run.runId, (position) =>
        assistantRow(position, { ...facts, text, excluded }),
      );
    },
    failure(sessionKey: string, runId: string, sentence: string): HistoryRow {
      return append(sessionKey, runId, (position) => failureRow(position, sentence));
    },
    /** A call of a model that wants tools, with the text before it as a row of its own (observed). */
    step(run: ActiveRun, step: AssistantFacts, said: { text: string; itemId: string }): HistoryRow[] {
      const { sessionKey, runId } = run;
      const rows: HistoryRow[] = [];
      if (said.text.trim() !== '') {
        rows.push(append(sessionKey, runId, (position) => stepTextRow(position, said.text, said.itemId)));
      }
      rows.push(append(sessionKey, runId, (position) => toolCallRow(position, step)));
      return rows;
    },
    toolResult(run: ActiveRun, result: ToolResultFacts): HistoryRow {
      return append(run.sessionKey, run.runId, (position) => toolResultRow(position, result));
    },
  };
}
