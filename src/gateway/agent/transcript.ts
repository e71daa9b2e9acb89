import type { GatewayClock } from '../clock.ts';
import {
  type AnswerFacts,
  type AssistantRow,
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
import type { AnswerFiles } from './media/answer-files.ts';
import { splitMedia } from './media/answer-media.ts';

/** Writes the rows of runs. Every call belongs inside a transaction. */
export type Transcript = ReturnType<typeof createTranscript>;

/** Of one answer. */
const MAX_FILES = 16;

export function createTranscript(deps: {
  sessions: SessionStore;
  files: AnswerFiles;
  clock: GatewayClock;
  newId: () => string;
}) {
  const { sessions, files, clock, newId } = deps;
  const append = <Row extends HistoryRow>(
    sessionKey: string,
    runId: string,
    build: (position: RowPosition) => Row,
  ) =>
    sessions.append(sessionKey, runId, (seq) => build({ messageId: newId(), seq, runId, at: clock.now() }));

  const attach = (said: string) => {
    const { text, paths } = splitMedia(said);
    return { text, attached: paths.slice(0, MAX_FILES).map(files.attach) };
  };

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
    /** The last segment of the run, as its answer, with the files that it names. */
    answer(run: ActiveRun, facts: Omit<AnswerFacts, 'text' | 'files' | 'excluded'>): AssistantRow {
      const { excluded } = run.reply;
      const { text, attached } = attach(run.output.segmentText);
      return append(run.sessionKey, run.runId, (position) =>
        assistantRow(position, { ...facts, text, files: attached, excluded }),
      );
    },
    failure(sessionKey: string, runId: string, sentence: string): HistoryRow {
      return append(sessionKey, runId, (position) => failureRow(position, sentence));
    },
    /** A call of a model that wants tools, with the text before it and its files as a row of its own (observed). */
    step(run: ActiveRun, step: AssistantFacts, said: { text: string; itemId: string }): HistoryRow[] {
      const { sessionKey, runId } = run;
      const rows: HistoryRow[] = [];
      if (said.text.trim() !== '') {
        const { text, attached } = attach(said.text);
        rows.push(
          append(sessionKey, runId, (position) => stepTextRow(position, text, attached, said.itemId)),
        );
      }
      rows.push(append(sessionKey, runId, (position) => toolCallRow(position, step)));
      return rows;
    },
    toolResult(run: ActiveRun, result: ToolResultFacts): HistoryRow {
      return append(run.sessionKey, run.runId, (position) => toolResultRow(position, result));
    },
  };
}
